# The id in the import block is the name or the id of the group, and the e-mail address
# or the id of the user. Without an import, the first apply takes over an existing
# membership.
import {
  to = celonis_group_member.alan_in_procurement
  id = "Procurement readers/alan.turing@example.com"
}

# The group_id argument must be an id.
data "celonis_group" "procurement" {
  display_name = "Procurement readers"
}

resource "celonis_group_member" "alan_in_procurement" {
  group_id  = data.celonis_group.procurement.id
  user_name = "alan.turing@example.com"
}
