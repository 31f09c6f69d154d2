# The id in the import block can be the subscription's name, if it is unique, or its id.
# The celonis_subscriptions data source lists both.
import {
  to = celonis_subscription.customers
  id = "Customers to CRM"
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
