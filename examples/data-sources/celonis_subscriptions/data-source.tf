# All subscriptions that the credentials can see, from one listing.
data "celonis_subscriptions" "all" {}

# Suspended subscriptions to one Knowledge Model: Celonis no longer retries their deliveries.
data "celonis_subscriptions" "suspended" {
  knowledge_model_id = "order-to-cash.otc-km"
  status             = "suspended"
}

output "names_by_status" {
  value = { for one in data.celonis_subscriptions.all.subscriptions : coalesce(one.status, "-") => coalesce(one.name, one.id)... }
}

output "suspended" {
  value = { for one in data.celonis_subscriptions.suspended.subscriptions : one.id => one.callback_uri }
}
