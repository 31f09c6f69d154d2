data "celonis_knowledge_model_triggers" "order_to_cash" {
  knowledge_model_id = "order-to-cash.otc-km"
}

output "triggers_by_record" {
  value = {
    for trigger in data.celonis_knowledge_model_triggers.order_to_cash.triggers :
    coalesce(trigger.record_id, "-") => trigger.name...
  }
}
