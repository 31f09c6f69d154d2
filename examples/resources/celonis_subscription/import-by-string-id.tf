# The celonis_subscriptions data source lists the ids. You can also use a unique name.
import {
  to = celonis_subscription.customers
  id = "8c985281-25a0-4cb1-80de-1f7a6327dd4f"
}

data "celonis_knowledge_model_trigger" "changed" {
  knowledge_model_id = "order-to-cash.otc-km"
  name               = "Customer changed"
}

resource "celonis_subscription" "customers" {
  knowledge_model_id = data.celonis_knowledge_model_trigger.changed.knowledge_model_id
  trigger_id         = data.celonis_knowledge_model_trigger.changed.id
  name               = "Customers to CRM"

  callback = {
    uri = "https://hooks.example.com/celonis/customers"
  }
}
