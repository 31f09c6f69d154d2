# Any number of these cost one request in a plan.
data "celonis_permissions" "edit_packages" {
  service = "package-manager"
  action  = "EDIT_PACKAGE"
}

data "celonis_permissions" "of_a_group" {
  subject_type = "GROUP"
  subject_name = "Group 3"
}

check "only_users_edit_packages" {
  assert {
    condition     = alltrue([for permission in data.celonis_permissions.edit_packages.permissions : permission.subject_type == "USER"])
    error_message = "Groups and applications should not edit packages."
  }
}

output "packages_of_the_group" {
  value = { for permission in data.celonis_permissions.of_a_group.permissions : permission.object_name => permission.actions... }
}
