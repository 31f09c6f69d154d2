terraform {
  required_version = ">= 1.7" # For for_each in import blocks.

  required_providers {
    celonis = {
      source  = "celonis-community/celonis"
      version = "~> 0.1"
    }
  }
}

variable "fewest_people" {
  description = "Minimum number of rows in team.csv, about 90 percent of all people."
  type        = number
  default     = 2
}

locals {
  groups = jsondecode(file("${path.module}/groups.json"))

  # An empty cell becomes null, so the provider does not change the attribute in
  # Celonis.
  people = {
    for row in csvdecode(file("${path.module}/team.csv")) : lower(row.email) => {
      name        = row.name == "" ? null : row.name
      external_id = row.hr_id == "" ? null : row.hr_id
      role        = row.role == "" ? null : row.role
      groups      = compact(split(" ", row.groups))
    }
  }
}

# Delete the two import blocks after the first apply.
import {
  for_each = local.people

  to = celonis_user.people[each.key]
  id = each.key # The e-mail address.
}

import {
  for_each = local.groups

  to = celonis_group.groups[each.key]
  id = each.value.name
}

# Stops a plan that would delete all people who are missing from an incomplete table.
output "number_of_people" {
  value = length(local.people)

  precondition {
    condition = length(local.people) >= var.fewest_people
    error_message = join(" ", [
      "team.csv has ${length(local.people)} people, and must have at least",
      "${var.fewest_people}: the table may be incomplete.",
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
    # The invitation applies only when a user is created. Without this line, the first
    # plan changes every imported user.
    ignore_changes = [send_invitation_email]

    precondition {
      condition = length(setsubtract(each.value.groups, keys(local.groups))) == 0
      error_message = "${each.key} is in unknown groups: ${join(", ", setsubtract(
        each.value.groups, keys(local.groups)
      ))}."
    }
  }
}

resource "celonis_group" "groups" {
  for_each = local.groups

  display_name = each.value.name
  role         = each.value.role
  member_ids = [
    for address, person in local.people : celonis_user.people[address].id
    if contains(person.groups, each.key)
  ]

  lifecycle {
    prevent_destroy = true
  }
}
