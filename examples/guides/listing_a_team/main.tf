terraform {
  required_providers {
    celonis = {
      source  = "celonis-community/celonis"
      version = "~> 0.1"
    }
  }
}

data "celonis_users" "all" {}

data "celonis_groups" "all" {}

# Celonis does not document whether its list of groups includes the members. Reading a
# single group returns them.
data "celonis_group" "each" {
  for_each = toset(data.celonis_groups.all.groups[*].id)

  id = each.key
}

locals {
  users = { for user in data.celonis_users.all.users : lower(user.user_name) => user }

  # "Finance readers" becomes finance-readers. If the result is empty or not unique, the
  # id is appended.
  names = {
    for id, group in data.celonis_group.each :
    id => trim(replace(lower(group.display_name), "/[^a-z0-9]+/", "-"), "-")
  }
  ids = { for id, name in local.names : name => id... }
  keys = {
    for id, name in local.names :
    id => name != "" && length(local.ids[name]) == 1 ? name : trim("${name}-${id}", "-")
  }

  # Sorted by address. Attributes that Celonis does not return are empty.
  rows = [
    for address in sort(keys(local.users)) : [
      address,
      local.users[address].display_name,
      local.users[address].external_id,
      local.users[address].role,
      join(" ", sort([
        for id, group in data.celonis_group.each : local.keys[id]
        if contains(group.member_ids, local.users[address].id)
      ])),
    ]
  ]
}

output "team_csv" {
  value = join("", [
    for row in concat([["email", "name", "hr_id", "role", "groups"]], local.rows) :
    "${join(",", [
      for value in row : "\"${replace(value == null ? "" : value, "\"", "\"\"")}\""
    ])}\n"
  ])
}

output "groups" {
  value = {
    for id, group in data.celonis_group.each :
    local.keys[id] => { name = group.display_name, role = group.role }
  }
}
