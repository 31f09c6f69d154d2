# By name: all lookups share one listing of the team's models.
data "celonis_knowledge_model" "order_to_cash" {
  name = "Order to Cash"
}

# By id: costs one request, and also returns which model this one extends.
data "celonis_knowledge_model" "base" {
  id = "order-to-cash.otc-km"
}

output "order_to_cash_id" {
  value = data.celonis_knowledge_model.order_to_cash.id
}

output "extends" {
  value = data.celonis_knowledge_model.base.extended_knowledge_model_id
}
