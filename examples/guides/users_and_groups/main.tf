terraform {
  required_version = ">= 1.8"

  required_providers {
    celonis = {
      source  = "celonis-community/celonis"
      version = "~> 0.1"
    }
  }
}

variable "fewest_employees" {
  description = "Minimum number of rows in team.csv, about 90 percent of the employees."
  type        = number
  default     = 2
}

locals {
  # The employees, as exported by the HR system. Addresses are in lower case, because
  # addresses are case-insensitive but keys are not.
  employees = {
    for row in csvdecode(file("${path.module}/team.csv")) : lower(row.email) => {
      name        = row.name
      external_id = row.hr_id == "" ? null : row.hr_id
      role        = row.role == "" ? null : row.role
      groups      = compact(split(" ", row.groups))
    }
  }

  # People who are not in the HR system.
  guests = {
    "barbara.liskov@consulting.example" = {
      name        = "Barbara Liskov"
      external_id = null
      role        = "ANALYST"
      groups      = ["finance-analysts"]
    }
  }

  people = merge(local.employees, local.guests)

  # When you rename a group, keep its key. If the key changes, Terraform deletes the group
  # and creates another group.
  groups = {
    finance-analysts = { name = "Finance analysts", role = "ANALYST" }
    finance-readers  = { name = "Finance readers", role = "MEMBER" }
  }
}

# Stops a plan that would delete all people who are missing from an incomplete export.
output "number_of_employees" {
  value = length(local.employees)

  precondition {
    condition = length(local.employees) >= var.fewest_employees
    error_message = join(" ", [
      "team.csv has ${length(local.employees)} employees, and must have at least",
      "${var.fewest_employees}: the export may be incomplete.",
    ])
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
    ignore_changes = [send_invitation_email] # Applies only when a user is created.

    precondition {
      condition = length(setsubtract(each.value.groups, keys(local.groups))) == 0
      error_message = "${each.key} is in unknown groups: ${join(", ", setsubtract(
        each.value.groups, keys(local.groups)
      ))}."
    }
  }
}

# The members of each group are exactly the people whose entries contain its key.
resource "celonis_group" "groups" {
  for_each = local.groups

  display_name = each.value.name
  role         = each.value.role
  member_user_names = [
    for address, person in local.people : celonis_user.people[address].user_name
    if contains(person.groups, each.key)
  ]

  lifecycle {
    prevent_destroy = true
  }
}

# Others manage this group as well. Each resource manages one membership and does not
# change other members.
data "celonis_group" "procurement" {
  display_name = "Procurement readers"
}

resource "celonis_group_member" "analysts_in_procurement" {
  for_each = toset([
    for address, person in local.people : address if person.role == "ANALYST"
  ])

  group_id  = data.celonis_group.procurement.id
  user_name = celonis_user.people[each.key].user_name
}

# Team members who are not in this configuration, as of the start of the run.
data "celonis_users" "all" {}

locals {
  from_elsewhere = sort(setsubtract(
    [for user in data.celonis_users.all.users : lower(user.user_name)],
    keys(local.people),
  ))
}

# Shows only the first three, because outputs are printed to logs.
output "people_from_elsewhere" {
  value = {
    count = length(local.from_elsewhere)
    first = slice(local.from_elsewhere, 0, min(3, length(local.from_elsewhere)))
  }
}
