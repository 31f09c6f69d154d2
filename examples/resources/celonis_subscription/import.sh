terraform import celonis_subscription.customers 8c985281-25a0-4cb1-80de-1f7a6327dd4f
