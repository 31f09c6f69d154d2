terraform {
  required_providers {
    celonis = {
      source  = "celonis-community/celonis"
      version = "~> 0.1"
    }
  }
}

variable "limits" {
  description = "The maximum value of each KPI, by KPI id."
  type        = map(number)
  default     = { AVG_LEAD_TIME = 1000 }
}

data "celonis_knowledge_model_kpis" "this" {
  knowledge_model_id = "order-to-cash.otc-km"

  lifecycle {
    postcondition {
      condition = length(setsubtract(keys(var.limits), self.kpis[*].id)) == 0
      error_message = "The Knowledge Model has no KPI ${join(", ", setsubtract(
        keys(var.limits), self.kpis[*].id
      ))}."
    }
  }
}

data "celonis_knowledge_model_data" "this" {
  knowledge_model_id = data.celonis_knowledge_model_kpis.this.knowledge_model_id
  kpis               = sort(keys(var.limits))
}

locals {
  # Null if the KPI has no value, for example an average of zero rows.
  values = {
    for id in keys(var.limits) :
    id => try(tonumber(data.celonis_knowledge_model_data.this.rows[0][id]), null)
  }

  # A KPI without a value is considered to be within its limit.
  above_limit = [
    for id, limit in var.limits : "${id} = ${local.values[id]}"
    if coalesce(local.values[id], limit) > limit
  ]
}

check "limits" {
  assert {
    condition     = length(local.above_limit) == 0
    error_message = "Above the limit: ${join(", ", local.above_limit)}."
  }
}

output "values" {
  value = local.values
}
