# Use the group's id or name, and the users' ids or e-mail addresses, separated by
# commas. Specify users in the same way as the resource does. Without an import, the
# first apply takes over existing memberships.
import {
  to = celonis_group_members.procurement
  id = "Procurement readers/alan.turing@example.com"
}

resource "celonis_group_members" "procurement" {
  group_id   = "6f0a2d5e-8b17-4c93-a4d8-3e9b1c7f5a20"
  user_names = ["alan.turing@example.com"]
}
