terraform {
  required_version = ">= 1.11" # For write-only attributes.

  required_providers {
    celonis = {
      source  = "celonis-community/celonis"
      version = "~> 0.1"
    }
  }
}

variable "callback_token" {
  description = "Token that the callback requires."
  type        = string
  sensitive   = true
  ephemeral   = true
}

variable "callback_token_version" {
  description = "Version of callback_token. Increase it with each new token."
  type        = number
  default     = 1
}

variable "paused" {
  description = "Whether Celonis collects events instead of delivering them."
  type        = bool
  default     = false
}

variable "licensed_subscriptions" {
  description = "Number of subscriptions that the team's licence includes."
  type        = number
  default     = 10
}

locals {
  subscriptions = {
    # The ERP must not miss an event, so a rejected event blocks all later events.
    "Blocked orders to ERP" = {
      uri         = "https://hooks.example.com/erp/blocked-orders"
      skip_errors = false
    }
    # A late chat message is useless, so Celonis skips events that it cannot deliver.
    "Blocked orders to chat" = {
      uri         = "https://hooks.example.com/chat/blocked-orders"
      skip_errors = true
    }
  }
}

data "celonis_knowledge_model_trigger" "blocked" {
  knowledge_model_id = "order-to-cash.otc-km"
  name               = "Order blocked"
}

resource "celonis_subscription" "blocked_orders" {
  for_each = local.subscriptions

  knowledge_model_id = data.celonis_knowledge_model_trigger.blocked.knowledge_model_id
  trigger_id         = data.celonis_knowledge_model_trigger.blocked.id
  name               = each.key
  skip_errors        = each.value.skip_errors
  paused             = var.paused

  callback = {
    uri                = each.value.uri
    headers_wo         = { Authorization = "Bearer ${var.callback_token}" }
    headers_wo_version = var.callback_token_version
  }
}

locals {
  statuses = {
    for name, subscription in celonis_subscription.blocked_orders :
    name => coalesce(subscription.status, "unknown")
  }
  not_delivering = [
    for name, status in local.statuses : "${name} is ${status}"
    if !contains(["active", "paused"], status)
  ]
}

check "events_arrive" {
  assert {
    condition     = length(local.not_delivering) == 0
    error_message = "Not delivered: ${join(", ", local.not_delivering)}."
  }
}

# Costs no additional request, because it shares the list that refreshes the
# subscriptions.
data "celonis_subscriptions" "all" {}

locals {
  used = length(data.celonis_subscriptions.all.subscriptions)
}

check "licence" {
  assert {
    condition     = local.used <= 0.8 * var.licensed_subscriptions
    error_message = "Used subscriptions: ${local.used} of ${var.licensed_subscriptions}."
  }
}

output "fields_of_an_event" {
  value = data.celonis_knowledge_model_trigger.blocked.fields[*].name
}
