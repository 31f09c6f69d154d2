# This module contains the subscription that subscriptions.tftest.hcl creates and changes.
terraform {
  required_providers {
    celonis = {
      source = "celonis-community/celonis"
    }
  }
}

variable "name" {
  type = string
}

variable "paused" {
  type    = bool
  default = false
}

variable "token" {
  type      = string
  ephemeral = true
}

variable "token_version" {
  type    = number
  default = 1
}

# This is the id in the previous run. In OpenTofu, conditions cannot refer to other runs, and variables can refer only to the previous
# run.
variable "previous_id" {
  type    = string
  default = null
}

data "celonis_knowledge_models" "all" {}

data "celonis_knowledge_model_triggers" "of_the_first" {
  knowledge_model_id = data.celonis_knowledge_models.all.ids[0]
}

resource "celonis_subscription" "this" {
  knowledge_model_id = data.celonis_knowledge_model_triggers.of_the_first.knowledge_model_id
  trigger_id         = data.celonis_knowledge_model_triggers.of_the_first.triggers[0].id
  name               = var.name
  paused             = var.paused

  callback = {
    uri                = "https://hooks.example.com/celonis"
    headers_wo         = { Authorization = "Bearer ${var.token}" }
    headers_wo_version = var.token_version
  }
}

data "celonis_subscription" "listed" {
  id = celonis_subscription.this.id

  depends_on = [celonis_subscription.this] # Read the list after each change.
}

output "id" {
  value = celonis_subscription.this.id
}
