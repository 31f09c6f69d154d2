terraform {
  required_providers {
    celonis = {
      source  = "celonis-community/celonis"
      version = "~> 0.1"
    }
  }
}

# The OAuth client comes from CELONIS_CLIENT_ID and CELONIS_CLIENT_SECRET.
provider "celonis" {
  base_url = "https://acme.eu-1.celonis.cloud"
}

data "celonis_knowledge_models" "all" {}

output "knowledge_models" {
  value = data.celonis_knowledge_models.all.ids
}
