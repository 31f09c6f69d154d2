# The token that the callback requires, from TF_VAR_callback_token. Neither the plan nor
# the state contains the token.
variable "callback_token" {
  type      = string
  sensitive = true
  ephemeral = true
}

data "celonis_knowledge_model_trigger" "blocked" {
  knowledge_model_id = "order-to-cash.otc-km"
  name               = "Order blocked"
}

resource "celonis_subscription" "blocked_orders" {
  knowledge_model_id = data.celonis_knowledge_model_trigger.blocked.knowledge_model_id
  trigger_id         = data.celonis_knowledge_model_trigger.blocked.id
  name               = "Blocked orders to ERP"

  callback = {
    uri                = "https://hooks.example.com/celonis/blocked-orders"
    headers_wo         = { Authorization = "Bearer ${var.callback_token}" }
    headers_wo_version = 1 # Increase this with each new token.
  }
}

# Shows a warning during every plan and apply while events are not delivered.
check "blocked_orders_arrive" {
  assert {
    condition = celonis_subscription.blocked_orders.status == "active"
    error_message = join(" ", [
      "Blocked orders do not reach the ERP: the subscription is",
      "${coalesce(celonis_subscription.blocked_orders.status, "not read yet")}.",
    ])
  }
}
