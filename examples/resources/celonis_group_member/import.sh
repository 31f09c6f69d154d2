terraform import celonis_group_member.alan_in_procurement \
  6f0a2d5e-8b17-4c93-a4d8-3e9b1c7f5a20/e8f1c6d4-2a93-4b57-8e0c-6d4b9f3a7152
