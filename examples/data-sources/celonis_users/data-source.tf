data "celonis_users" "all" {}

output "people_by_role" {
  value = { for user in data.celonis_users.all.users : upper(coalesce(user.role, "-")) => user.user_name... }
}

check "every_user_comes_from_the_identity_provider" {
  assert {
    condition     = alltrue([for user in data.celonis_users.all.users : user.external_id != null])
    error_message = "Made by hand: ${join(", ", [for user in data.celonis_users.all.users : user.user_name if user.external_id == null])}."
  }
}
