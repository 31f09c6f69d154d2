# The id in the import block is the name of the group; the group's id works too.
import {
  to = celonis_group.procurement
  id = "Procurement readers"
}

# Without member_ids, the import leaves the members as they are.
resource "celonis_group" "procurement" {
  display_name = "Procurement readers"
}
