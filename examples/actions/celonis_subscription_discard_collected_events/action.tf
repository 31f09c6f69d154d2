data "celonis_subscription" "customers" {
  name = "Customers to CRM"
}

# The events that the paused subscription has collected are lost. Invoke it by hand:
# terraform apply -invoke=action.celonis_subscription_discard_collected_events.customers
action "celonis_subscription_discard_collected_events" "customers" {
  config {
    subscription_id = data.celonis_subscription.customers.id
  }
}
