terraform {
  required_providers {
    celonis = {
      source  = "celonis-community/celonis"
      version = "~> 0.1"
    }
  }
}

variable "administrators" {
  description = "E-mail addresses of the people who may administer the team."
  type        = set(string)
  default     = ["margaret.hamilton@example.com"]
}

variable "editors" {
  description = "Names of the users, groups and applications that may edit packages."
  type        = set(string)
  default     = ["Process engineers"]
}

variable "applications" {
  description = "Allowed actions of each application and OAuth client, by name."
  type        = map(set(string))
  default = {
    terraform-production = ["USE_PACKAGE"]
  }
}

data "celonis_team_members" "all" {}

# All celonis_permissions data sources share one request, regardless of their filters.
data "celonis_permissions" "all" {}

data "celonis_permissions" "edit_packages" {
  service = "package-manager"
  action  = "EDIT_PACKAGE"
}

locals {
  administrators = toset([
    for member in data.celonis_team_members.all.members :
    lower(coalesce(member.email, member.user_id, "somebody"))
    if upper(coalesce(member.role, "-")) == "ADMIN"
  ])
  surplus_administrators = setsubtract(
    local.administrators,
    [for address in var.administrators : lower(address)],
  )

  surplus_editors = setsubtract(
    [
      for permission in data.celonis_permissions.edit_packages.permissions :
      coalesce(permission.subject_name, permission.subject_id, "somebody")
    ],
    var.editors,
  )

  # All subjects other than users and groups, because Celonis does not document the
  # other subject types.
  surplus_application_rights = toset(flatten([
    for permission in data.celonis_permissions.all.permissions : [
      for action in setsubtract(
        permission.actions,
        lookup(var.applications, coalesce(permission.subject_name, "-"), []),
        ) : join(" ", [
          "${coalesce(permission.subject_name, permission.subject_id, "somebody")}:",
          action, "on",
          coalesce(permission.object_name, permission.service, "something"),
      ])
    ] if !contains(["USER", "GROUP"], upper(coalesce(permission.subject_type, "-")))
  ]))
}

# Without access to the permissions, the export would be empty, and the checks below
# would pass.
check "permissions_are_seen" {
  assert {
    condition     = length(data.celonis_permissions.all.permissions) > 0
    error_message = "Celonis returned no permissions, so the checks below prove nothing."
  }

  assert {
    condition     = length(data.celonis_team_members.all.members) > 0
    error_message = "Celonis returned no members, so the checks below prove nothing."
  }
}

check "only_these_administer" {
  assert {
    condition     = length(local.surplus_administrators) == 0
    error_message = "Also administrators: ${join(", ", local.surplus_administrators)}."
  }
}

check "only_these_edit_packages" {
  assert {
    condition     = length(local.surplus_editors) == 0
    error_message = "May also edit packages: ${join(", ", local.surplus_editors)}."
  }
}

check "applications_have_no_more_than_they_need" {
  assert {
    condition = length(local.surplus_application_rights) == 0
    error_message = join(" ", [
      "Applications may do more than they need:",
      "${join("; ", local.surplus_application_rights)}.",
    ])
  }
}
