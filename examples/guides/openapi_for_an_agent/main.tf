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

# Most gateways and agent platforms take the document in an attribute: put their resource in the place of this one. It also
# shows how to write the document to a file, which is written again when the document changes.
resource "terraform_data" "document" {
  input            = sha256(data.celonis_knowledge_model_spec.this.openapi)
  triggers_replace = data.celonis_knowledge_model_spec.this.openapi

  provisioner "local-exec" {
    command     = "printf '%s' \"$DOCUMENT\" > openapi.json"
    environment = { DOCUMENT = data.celonis_knowledge_model_spec.this.openapi }
    quiet       = true
  }
}

output "operations" {
  value = flatten([for path, operations in local.document.paths : [for method in keys(operations) : "${upper(method)} ${path}"]])
}
