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

# Whether Celonis's list of groups names the members is not documented; the group itself has them.
data "celonis_group" "each" {
  for_each = toset(data.celonis_groups.all.groups[*].id)

  id = each.key
}

locals {
  # Keys for the groups, such as finance-readers.
  keys = { for id, group in data.celonis_group.each : id => trim(replace(lower(group.display_name), "/[^a-z0-9]+/", "-"), "-") }

  rows = [
    for user in data.celonis_users.all.users : [
      user.user_name, user.display_name, user.external_id, user.role,
      join(" ", sort([for id, group in data.celonis_group.each : local.keys[id] if contains(group.member_ids, user.id)])),
    ]
  ]
}

output "team_csv" {
  value = join("\n", [for row in concat([["email", "name", "hr_id", "role", "groups"]], local.rows) :
    join(",", [for value in row : "\"${replace(value == null ? "" : value, "\"", "\"\"")}\""])
  ])
}

output "groups" {
  value = { for id, group in data.celonis_group.each : local.keys[id] => { name = group.display_name, role = group.role }... }
}
