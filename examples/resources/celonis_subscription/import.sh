terraform import celonis_subscription.customers "Customers to CRM"
