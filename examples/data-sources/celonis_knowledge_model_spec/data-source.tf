# The OpenAPI document of the model, for an API gateway or an AI agent.
data "celonis_knowledge_model_spec" "order_to_cash" {
  knowledge_model_id = "order-to-cash.otc-km"
}

# The hash changes only if the content of the document changes, so other resources can
# use it as a version.
resource "terraform_data" "document_version" {
  input = sha256(data.celonis_knowledge_model_spec.order_to_cash.openapi)
}

# The paths that a client can call.
output "paths" {
  value = keys(
    jsondecode(data.celonis_knowledge_model_spec.order_to_cash.openapi).paths
  )
}
