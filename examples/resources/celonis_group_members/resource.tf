# A group that others manage as well.
data "celonis_group" "procurement" {
  display_name = "Procurement readers"
}

resource "celonis_user" "buyers" {
  for_each  = toset(["katherine.johnson@example.com", "dorothy.vaughan@example.com"])
  user_name = each.key
}

# Terraform knows the addresses during the plan, even though the users do not exist yet,
# so the plan shows who is added.
resource "celonis_group_members" "buyers_in_procurement" {
  group_id   = data.celonis_group.procurement.id
  user_names = [for user in celonis_user.buyers : user.user_name]
}
