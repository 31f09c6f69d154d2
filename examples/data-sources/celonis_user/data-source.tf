# Looks up a user by e-mail address; an id works too. All lookups by address share one list of the users.
data "celonis_user" "grace" {
  user_name = "grace.hopper@example.com"
}

output "grace" {
  value = {
    id   = data.celonis_user.grace.id
    role = data.celonis_user.grace.role
  }
}
