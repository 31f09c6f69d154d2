terraform {
  required_providers {
    celonis = {
      source  = "celonis-community/celonis"
      version = "~> 0.1"
    }
  }
}

data "celonis_knowledge_model_spec" "this" {
  knowledge_model_id = "order-to-cash.otc-km"
  curated            = true
}

locals {
  document = jsondecode(data.celonis_knowledge_model_spec.this.openapi)
}

# Replace this with your gateway's or agent platform's resource. Most of these resources
# accept the document in an attribute. The hash changes whenever the document changes.
resource "terraform_data" "document" {
  input = sha256(data.celonis_knowledge_model_spec.this.openapi)
}

# terraform output -raw openapi > openapi.json writes the document to a file. The output
# is marked as sensitive so that Terraform does not print it.
output "openapi" {
  value     = data.celonis_knowledge_model_spec.this.openapi
  sensitive = true
}

output "operations" {
  value = flatten([
    for path, operations in local.document.paths : [
      for method in keys(operations) : "${upper(method)} ${path}"
    ]
  ])
}
