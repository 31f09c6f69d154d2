data "celonis_user" "grace" {
  user_name = "grace.hopper@example.com"
}

resource "celonis_user" "ada" {
  user_name = "ada.lovelace@example.com"
}

# These two, and nobody else.
resource "celonis_group" "finance_analysts" {
  display_name = "Finance analysts"
  role         = "ANALYST" # Both have it at the least, and take the seats for it.
  member_ids   = [celonis_user.ada.id, data.celonis_user.grace.id]

  # A new group has none of the permissions that people have granted to the old one.
  lifecycle {
    prevent_destroy = true
  }
}

# Without member_ids, whoever is in it stays in it.
resource "celonis_group" "finance_readers" {
  display_name = "Finance readers"
}
