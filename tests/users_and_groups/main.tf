# This module contains the objects that users_and_groups.tftest.hcl creates and changes.
terraform {
  required_providers {
    celonis = {
      source = "celonis-community/celonis"
    }
  }
}

variable "user_name" {
  type    = string
  default = "ada.lovelace@example.com"
}

variable "display_name" {
  type    = string
  default = null
}

variable "role" {
  type    = string
  default = "MEMBER"
}

variable "group_name" {
  type = string
}

variable "has_member" {
  type    = bool
  default = true
}

variable "joins" {
  description = "Whether the user is in the existing group."
  type        = bool
  default     = true
}

# This is the value of an output in the previous run. In OpenTofu, conditions cannot refer to other runs, and variables can refer only to
# the previous run.
variable "before" {
  type    = list(string)
  default = null
}

resource "celonis_user" "this" {
  user_name             = var.user_name
  display_name          = var.display_name
  role                  = var.role
  send_invitation_email = false
}

resource "celonis_group" "this" {
  display_name = var.group_name
  member_ids   = var.has_member ? [celonis_user.this.id] : []
}

# This group already exists and has members.
data "celonis_group" "existing" {
  display_name = "Treasury readers"
}

resource "celonis_group_member" "this" {
  for_each = var.joins ? toset(["user"]) : []

  group_id = data.celonis_group.existing.id
  user_id  = celonis_user.this.id
}

# These data sources read the objects in Celonis after each change.
data "celonis_user" "found" {
  user_name = upper(var.user_name)

  depends_on = [celonis_user.this]
}

data "celonis_group" "found" {
  display_name = var.group_name

  depends_on = [celonis_group.this]
}

data "celonis_group" "joined" {
  id = data.celonis_group.existing.id

  depends_on = [celonis_group_member.this]
}

output "ids" {
  value = [celonis_user.this.id, celonis_group.this.id]
}

output "number_of_others" {
  value = length(setsubtract(data.celonis_group.joined.member_ids, [celonis_user.this.id]))
}
