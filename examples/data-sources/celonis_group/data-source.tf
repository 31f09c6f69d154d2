# Looks up a group by name. You can also use the id.
data "celonis_group" "procurement" {
  display_name = "Procurement readers"
}

# Costs one request per user, or reads the list of all users if that costs fewer
# requests.
data "celonis_user" "in_procurement" {
  for_each = data.celonis_group.procurement.member_ids

  id = each.key
}

output "people_in_procurement" {
  value = sort([for user in data.celonis_user.in_procurement : user.user_name])
}
