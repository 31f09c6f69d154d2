# Looks up a model by name. All lookups share a single read of the list of models.
data "celonis_knowledge_model" "order_to_cash" {
  name = "Order to Cash"
}

# Looks up a model by id, with one request. Also returns the id of the model that it
# extends.
data "celonis_knowledge_model" "base" {
  id = "order-to-cash.otc-km"
}

output "order_to_cash_id" {
  value = data.celonis_knowledge_model.order_to_cash.id
}

output "extends" {
  value = data.celonis_knowledge_model.base.extended_knowledge_model_id
}
