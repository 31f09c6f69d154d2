data "celonis_groups" "all" {}

output "names_of_groups" {
  value = {
    for group in data.celonis_groups.all.groups : group.id => group.display_name
  }
}

check "no_group_makes_administrators" {
  assert {
    condition = !anytrue([
      for group in data.celonis_groups.all.groups :
      upper(coalesce(group.role, "-")) == "ADMIN"
    ])
    error_message = "A group raises all of its members to ADMIN."
  }
}
