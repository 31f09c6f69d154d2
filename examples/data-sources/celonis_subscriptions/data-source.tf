# All subscriptions that the credentials can see.
data "celonis_subscriptions" "all" {}

# Suspended subscriptions to one Knowledge Model. Celonis no longer retries their
# deliveries.
data "celonis_subscriptions" "suspended" {
  knowledge_model_id = "order-to-cash.otc-km"
  status             = "suspended"
}

output "names_by_status" {
  value = {
    for subscription in data.celonis_subscriptions.all.subscriptions :
    coalesce(subscription.status, "-") => coalesce(subscription.name, subscription.id)...
  }
}

output "suspended" {
  value = {
    for subscription in data.celonis_subscriptions.suspended.subscriptions :
    subscription.id => subscription.callback_uri
  }
}
