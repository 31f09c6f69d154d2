terraform {
  required_providers {
    celonis = {
      source  = "celonis-community/celonis"
      version = "~> 0.1"
    }
  }
}

variable "limits" {
  description = "The largest value that each KPI may have."
  type        = map(number)
  default     = { AVG_LEAD_TIME = 1000 }
}

data "celonis_knowledge_model_kpis" "this" {
  knowledge_model_id = "order-to-cash.otc-km"

  lifecycle {
    postcondition {
      condition     = length(setsubtract(keys(var.limits), self.kpis[*].id)) == 0
      error_message = "The Knowledge Model has no KPI ${join(", ", setsubtract(keys(var.limits), self.kpis[*].id))}."
    }
  }
}

data "celonis_knowledge_model_data" "this" {
  knowledge_model_id = data.celonis_knowledge_model_kpis.this.knowledge_model_id
  kpis               = sort(keys(var.limits))
}

locals {
  values = { for id in keys(var.limits) : id => tonumber(data.celonis_knowledge_model_data.this.rows[0][id]) }
}

check "limits" {
  assert {
    condition     = alltrue([for id, limit in var.limits : local.values[id] <= limit])
    error_message = "Above the limit: ${join(", ", [for id, limit in var.limits : "${id} = ${local.values[id]}" if local.values[id] > limit])}."
  }
}

output "values" {
  value = local.values
}
