terraform {
  required_version = ">= 1.7" # For mock_provider. OpenTofu: 1.8.

  required_providers {
    celonis = {
      source  = "celonis-community/celonis"
      version = "~> 0.1"
    }
  }
}

variable "name" {
  description = "Name of the subscription."
  type        = string
  default     = "Blocked orders to the warehouse"
}

data "celonis_knowledge_model" "order_to_cash" {
  name = "Order to Cash"
}

data "celonis_knowledge_model_trigger" "order_blocked" {
  knowledge_model_id = data.celonis_knowledge_model.order_to_cash.id
  name               = "Order blocked"
}

resource "celonis_subscription" "this" {
  knowledge_model_id = data.celonis_knowledge_model.order_to_cash.id
  trigger_id         = data.celonis_knowledge_model_trigger.order_blocked.id
  name               = trimspace(var.name)

  callback = {
    uri = "https://hooks.example.com/celonis/warehouse"
  }
}

output "package_key" {
  value = data.celonis_knowledge_model.order_to_cash.package_key
}

output "status" {
  value = celonis_subscription.this.status
}
