# All Knowledge Models that the credentials can see, sorted by name.
data "celonis_knowledge_models" "all" {
  sort = "name"
}

# The Knowledge Models of one Studio package whose names start with "Order".
data "celonis_knowledge_models" "order_to_cash" {
  package_key = "order-to-cash"
  name_regex  = "(?i)^order"
}

output "knowledge_model_names" {
  value = {
    for model in data.celonis_knowledge_models.all.knowledge_models :
    model.id => model.name
  }
}

output "order_to_cash_ids" {
  value = data.celonis_knowledge_models.order_to_cash.ids
}
