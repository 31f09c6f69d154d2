terraform import celonis_group_member.alan_in_procurement \
  "Procurement readers/alan.turing@example.com"
