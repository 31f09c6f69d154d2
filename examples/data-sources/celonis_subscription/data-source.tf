# Looks up a subscription by name. You can also use the id. All lookups share a single
# read of the list.
data "celonis_subscription" "customers" {
  name = "Customers to CRM"
}

check "customers_arrive" {
  assert {
    condition = data.celonis_subscription.customers.status == "active"
    error_message = join(" ", [
      "The subscription ${data.celonis_subscription.customers.id} is",
      "${coalesce(data.celonis_subscription.customers.status, "in an unknown state")}.",
    ])
  }
}

output "last_customer_at" {
  value = data.celonis_subscription.customers.last_delivered_at
}
