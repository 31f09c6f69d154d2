# The Studio package of a model, for example to find out where to grant USE PACKAGE.
output "package_key" {
  value = provider::celonis::parse_knowledge_model_id(
    "order-to-cash.otc-km"
  ).package_key # order-to-cash
}
