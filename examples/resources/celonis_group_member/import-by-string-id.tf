# Use the ids of the group and the user, or the group's name and the user's e-mail
# address: "Procurement readers/alan.turing@example.com". In both cases, `group_id` must
# be an id. Without an import, the first apply takes over an existing membership.
import {
  to = celonis_group_member.alan_in_procurement
  id = "6f0a2d5e-8b17-4c93-a4d8-3e9b1c7f5a20/e8f1c6d4-2a93-4b57-8e0c-6d4b9f3a7152"
}

resource "celonis_group_member" "alan_in_procurement" {
  group_id = "6f0a2d5e-8b17-4c93-a4d8-3e9b1c7f5a20"
  user_id  = "e8f1c6d4-2a93-4b57-8e0c-6d4b9f3a7152"
}
