data "celonis_subscription" "customers" {
  name = "Customers to CRM"
}

# Discards the events that the paused subscription has collected. Invoke the action
# with:
# terraform apply -invoke=action.celonis_subscription_discard_collected_events.customers
action "celonis_subscription_discard_collected_events" "customers" {
  config {
    subscription_id = data.celonis_subscription.customers.id
  }
}
