# The id in the import block can be the group's name or its id.
import {
  to = celonis_group.procurement
  id = "Procurement readers"
}

# Without member_ids, the import does not change the members.
resource "celonis_group" "procurement" {
  display_name = "Procurement readers"
}
