# Looks up a user by e-mail address. You can also use the id. All lookups by address
# share a single read of the list of users.
data "celonis_user" "grace" {
  user_name = "grace.hopper@example.com"
}

# Grace maintains the Knowledge Models. If her role no longer permits this, every plan
# and apply shows a warning.
locals {
  role = upper(coalesce(data.celonis_user.grace.role, "not set"))
}

check "grace_can_work" {
  assert {
    condition     = contains(["ANALYST", "ADMIN"], local.role)
    error_message = "Grace's role is ${local.role}."
  }
}

output "grace" {
  value = {
    id   = data.celonis_user.grace.id
    role = data.celonis_user.grace.role
  }
}
