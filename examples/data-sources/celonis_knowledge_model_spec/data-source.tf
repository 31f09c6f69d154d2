data "celonis_knowledge_model_spec" "order_to_cash" {
  knowledge_model_id = "order-to-cash.otc-km"
}

output "paths" {
  value = keys(jsondecode(data.celonis_knowledge_model_spec.order_to_cash.openapi).paths)
}
