data "celonis_knowledge_model_records" "order_to_cash" {
  knowledge_model_id = "order-to-cash.otc-km"
}

output "record_ids" {
  value = data.celonis_knowledge_model_records.order_to_cash.records[*].id
}
