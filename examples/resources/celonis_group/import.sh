terraform import celonis_group.procurement "Procurement readers"
