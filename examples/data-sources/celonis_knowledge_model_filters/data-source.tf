data "celonis_knowledge_model_filters" "order_to_cash" {
  knowledge_model_id = "order-to-cash.otc-km"
}

output "filters" {
  value = { for filter in data.celonis_knowledge_model_filters.order_to_cash.filters : filter.id => filter.name }
}
