# This module contains the data sources that knowledge_models.tftest.hcl checks.
terraform {
  required_providers {
    celonis = {
      source = "celonis-community/celonis"
    }
  }
}

variable "name" {
  type    = string
  default = null
}

data "celonis_knowledge_models" "all" {}

data "celonis_knowledge_models" "in_package" {
  package_key = provider::celonis::parse_knowledge_model_id(data.celonis_knowledge_models.all.ids[0]).package_key
}

data "celonis_knowledge_model" "named" {
  name = coalesce(var.name, data.celonis_knowledge_models.all.knowledge_models[0].name)
}

data "celonis_knowledge_model" "by_id" {
  id = data.celonis_knowledge_model.named.id
}
