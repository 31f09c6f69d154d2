import {
  to = celonis_group.procurement
  identity = {
    id = "6f0a2d5e-8b17-4c93-a4d8-3e9b1c7f5a20"
  }
}

# Without member_ids, the import does not change the members.
resource "celonis_group" "procurement" {
  display_name = "Procurement readers"
}
