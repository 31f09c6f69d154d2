# The id or the name of the group, and the ids or the e-mail addresses of the users,
# separated by commas. Use the form that the resource uses. Without an import, the first
# apply takes over memberships that already exist.
import {
  to = celonis_group_members.procurement
  id = "Procurement readers/alan.turing@example.com"
}

resource "celonis_group_members" "procurement" {
  group_id   = "6f0a2d5e-8b17-4c93-a4d8-3e9b1c7f5a20"
  user_names = ["alan.turing@example.com"]
}
