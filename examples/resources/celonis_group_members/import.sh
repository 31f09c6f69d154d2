terraform import celonis_group_members.procurement \
  "Procurement readers/alan.turing@example.com"
