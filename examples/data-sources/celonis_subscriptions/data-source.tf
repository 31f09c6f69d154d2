# All subscriptions that the credentials may see, from one listing.
data "celonis_subscriptions" "all" {}

# Those to one Knowledge Model that have been given up.
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
