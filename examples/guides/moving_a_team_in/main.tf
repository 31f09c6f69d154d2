terraform {
  required_version = ">= 1.7" # for_each of import blocks.

  required_providers {
    celonis = {
      source  = "celonis-community/celonis"
      version = "~> 0.1"
    }
  }
}

locals {
  people = {
    "grace.hopper@example.com" = { name = "Grace Hopper", role = "ANALYST" }
    "alan.turing@example.com"  = { name = "Alan M. Turing", role = "MEMBER" }
  }

  groups = {
    procurement-readers = { name = "Procurement readers", members = ["alan.turing@example.com"] }
  }
}

import {
  for_each = local.people

  to = celonis_user.people[each.key]
  id = each.key # The e-mail address.
}

resource "celonis_user" "people" {
  for_each = local.people

  user_name    = each.key
  display_name = each.value.name
  role         = each.value.role
}

import {
  for_each = local.groups

  to = celonis_group.groups[each.key]
  id = each.value.name
}

resource "celonis_group" "groups" {
  for_each = local.groups

  display_name = each.value.name
  member_ids   = [for address in each.value.members : celonis_user.people[address].id]

  lifecycle {
    prevent_destroy = true
  }
}
