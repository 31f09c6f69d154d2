resource "celonis_user" "ada" {
  user_name = "ada.lovelace@example.com"
}

# The group has exactly these two members.
resource "celonis_group" "finance_analysts" {
  display_name      = "Finance analysts"
  role              = "ANALYST" # Each member has at least this role and uses a seat.
  member_user_names = [celonis_user.ada.user_name, "grace.hopper@example.com"]

  # Permissions are granted to a group manually. A recreated group would have none.
  lifecycle {
    prevent_destroy = true
  }
}

# Without member_user_names or member_ids, the provider does not manage the members.
resource "celonis_group" "finance_readers" {
  display_name = "Finance readers"
}
