terraform {
  required_version = ">= 1.8"

  required_providers {
    celonis = {
      source  = "celonis-community/celonis"
      version = "~> 0.1"
    }
  }
}

locals {
  # The employees, as the HR system exports them. Addresses are without case: in lower case, none is in here twice.
  employees = {
    for row in csvdecode(file("${path.module}/team.csv")) : lower(row.email) => {
      name        = row.name
      external_id = row.hr_id == "" ? null : row.hr_id # An empty text would be a value too.
      role        = row.role
      groups      = compact(split(" ", row.groups)) # Of an empty text, split makes one empty group.
    }
  }

  # People whom the HR system does not know.
  guests = {
    "barbara.liskov@consulting.example" = { name = "Barbara Liskov", external_id = null, role = "ANALYST", groups = ["finance-analysts"] }
  }

  people = merge(local.employees, local.guests)

  # The keys stay when a group gets another name: another key would delete the group and make a new one.
  groups = {
    finance-analysts = { name = "Finance analysts", role = "ANALYST" }
    finance-readers  = { name = "Finance readers", role = "MEMBER" }
  }
}

resource "celonis_user" "people" {
  for_each = local.people

  user_name             = each.key
  display_name          = each.value.name
  external_id           = each.value.external_id
  role                  = each.value.role
  send_invitation_email = true

  lifecycle {
    precondition {
      condition     = length(setsubtract(each.value.groups, keys(local.groups))) == 0
      error_message = "${each.key} is in groups that there are not: ${join(", ", setsubtract(each.value.groups, keys(local.groups)))}."
    }
  }
}

# Exactly these people are in these groups, and nobody else.
resource "celonis_group" "groups" {
  for_each = local.groups

  display_name = each.value.name
  role         = each.value.role
  member_ids   = [for address, person in local.people : celonis_user.people[address].id if contains(person.groups, each.key)]

  lifecycle {
    prevent_destroy = true
  }
}

# A group that others fill as well: each membership by itself, and everybody else stays in it.
data "celonis_group" "procurement" {
  display_name = "Procurement readers"
}

resource "celonis_group_member" "analysts_in_procurement" {
  for_each = toset([for address, person in local.people : address if person.role == "ANALYST"])

  group_id = data.celonis_group.procurement.id
  user_id  = celonis_user.people[each.key].id
}

# Who is in the team and not in this configuration, as it was before the changes of a run.
data "celonis_users" "all" {}

output "people_from_elsewhere" {
  value = sort(setsubtract([for user in data.celonis_users.all.users : lower(user.user_name)], keys(local.people)))
}
