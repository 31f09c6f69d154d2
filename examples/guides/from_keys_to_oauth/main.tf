terraform {
  required_version = ">= 1.10" # For ephemeral variables.

  required_providers {
    celonis = {
      source  = "celonis-community/celonis"
      version = "~> 0.1"
    }
  }
}

variable "app_key" {
  description = "The application key that you want to replace."
  type        = string
  sensitive   = true
  ephemeral   = true
}

# The new client, from CELONIS_CLIENT_ID and CELONIS_CLIENT_SECRET.
provider "celonis" {}

provider "celonis" {
  alias   = "by_key"
  app_key = var.app_key
}

# The same list, read once with the key and once with the client.
data "celonis_knowledge_models" "by_key" {
  provider = celonis.by_key
}

data "celonis_knowledge_models" "by_client" {}

locals {
  missing = setsubtract(
    data.celonis_knowledge_models.by_key.ids,
    data.celonis_knowledge_models.by_client.ids,
  )
}

check "the_client_sees_what_the_key_sees" {
  assert {
    condition = length(local.missing) == 0
    error_message = join(" ", [
      "The client lacks USE PACKAGE on the packages of these Knowledge Models:",
      "${join(", ", local.missing)}.",
    ])
  }
}

output "packages_to_grant" {
  value = sort(distinct([
    for id in local.missing :
    provider::celonis::parse_knowledge_model_id(id).package_key
  ]))
}
