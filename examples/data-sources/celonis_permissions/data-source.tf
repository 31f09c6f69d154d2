# All celonis_permissions data sources in a plan share one request.
data "celonis_permissions" "edit_packages" {
  service = "package-manager"
  action  = "EDIT_PACKAGE"
}

data "celonis_permissions" "of_a_group" {
  subject_type = "GROUP"
  subject_name = "Procurement readers"
}

check "only_groups_edit_packages" {
  assert {
    condition = alltrue([
      for permission in data.celonis_permissions.edit_packages.permissions :
      permission.subject_type == "GROUP"
    ])
    error_message = "Grant EDIT_PACKAGE to groups only, not to users or applications."
  }
}

output "packages_of_the_group" {
  value = {
    for permission in data.celonis_permissions.of_a_group.permissions :
    permission.object_name => permission.actions...
  }
}
