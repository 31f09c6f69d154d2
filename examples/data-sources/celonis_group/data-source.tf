# By name; an id works too.
data "celonis_group" "procurement" {
  display_name = "Procurement readers"
}

# One request for each, or the pages of the list of all users where that takes fewer.
data "celonis_user" "in_procurement" {
  for_each = data.celonis_group.procurement.member_ids

  id = each.key
}

output "people_in_procurement" {
  value = sort([for user in data.celonis_user.in_procurement : user.user_name])
}
