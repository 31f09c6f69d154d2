# A group that others manage as well.
data "celonis_group" "procurement" {
  display_name = "Procurement readers"
}

resource "celonis_group_member" "grace_in_procurement" {
  group_id  = data.celonis_group.procurement.id
  user_name = "grace.hopper@example.com"
}
