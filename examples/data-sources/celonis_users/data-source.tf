data "celonis_users" "all" {}

output "people_by_role" {
  value = {
    for user in data.celonis_users.all.users :
    upper(coalesce(user.role, "-")) => user.user_name...
  }
}

locals {
  created_by_hand = [
    for user in data.celonis_users.all.users : user.user_name
    if user.external_id == null
  ]
}

check "every_user_comes_from_the_identity_provider" {
  assert {
    condition     = length(local.created_by_hand) == 0
    error_message = "Created by hand: ${join(", ", local.created_by_hand)}."
  }
}
