# Use the group's id or name, and the users' ids or e-mail addresses, separated by
# commas. Specify users in the same way as the resource does. Without an import, the
# first apply takes over existing memberships.
import {
  to = celonis_group_members.procurement
  id = "Procurement readers/alan.turing@example.com"
}

# The group_id argument must be an id.
data "celonis_group" "procurement" {
  display_name = "Procurement readers"
}

resource "celonis_group_members" "procurement" {
  group_id   = data.celonis_group.procurement.id
  user_names = ["alan.turing@example.com"]
}
