data "celonis_knowledge_model_trigger" "order_blocked" {
  knowledge_model_id = "order-to-cash.otc-km"
  name               = "Order blocked"
}

output "fields_of_the_event" {
  value = data.celonis_knowledge_model_trigger.order_blocked.fields[*].name
}
