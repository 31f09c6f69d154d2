terraform import celonis_group_member.grace_in_procurement 6f0a2d5e-8b17-4c93-a4d8-3e9b1c7f5a20/d3a5b9e1-7c26-4f48-9b0d-5e1f8a6c2437
