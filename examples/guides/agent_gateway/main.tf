terraform {
  required_version = ">= 1.8" # For provider functions. OpenTofu: 1.7.

  required_providers {
    celonis = {
      source  = "celonis-community/celonis"
      version = "~> 0.1"
    }
  }
}

variable "url" {
  description = "Address of the team, as in CELONIS_URL."
  type        = string
}

variable "knowledge_models" {
  description = "Names of the Knowledge Models that agents may query."
  type        = set(string)
  default     = ["Order to Cash"]
}

variable "mcp_server_asset_id" {
  description = "Id of the MCP server asset: the last part of the MCP server's URL."
  type        = string
  default     = "0b2f1c7a-5a0e-4a53-9d52-6f0c1f0b8a11"
}

provider "celonis" {
  base_url = var.url
}

data "celonis_knowledge_model" "this" {
  for_each = var.knowledge_models

  name = each.key
}

data "celonis_knowledge_model_records" "this" {
  for_each = data.celonis_knowledge_model.this

  knowledge_model_id = each.value.id
}

data "celonis_knowledge_model_kpis" "this" {
  for_each = data.celonis_knowledge_model.this

  knowledge_model_id = each.value.id
}

data "celonis_knowledge_model_spec" "this" {
  for_each = data.celonis_knowledge_model.this

  knowledge_model_id = each.value.id
  curated            = true
}

locals {
  endpoints = provider::celonis::endpoints(var.url)

  # One tool for each Knowledge Model. Agents choose a tool by its description.
  tools = {
    for name, model in data.celonis_knowledge_model.this : model.id => {
      description = "Data of the process ${name}: ${join(", ", [
        for record in data.celonis_knowledge_model_records.this[name].records :
        coalesce(record.name, record.id)
      ])}"
      kpis = {
        for kpi in data.celonis_knowledge_model_kpis.this[name].kpis :
        kpi.id => coalesce(kpi.description, kpi.name, kpi.id)
      }
      openapi_file   = "${model.id}.json"
      openapi_sha256 = sha256(data.celonis_knowledge_model_spec.this[name].openapi)
    }
  }

  without_kpis = [for id, tool in local.tools : id if length(tool.kpis) == 0]

  gateway = {
    upstream = {
      url       = local.endpoints.intelligence_api_url
      token_url = local.endpoints.token_url
      scope     = "intelligence.knowledge-models:read"

      # The gateway reads its OAuth client from its own secret store.
      client_id     = "secret://celonis-gateway/client-id"
      client_secret = "secret://celonis-gateway/client-secret"

      # The gateway's share of the team's limits: 20 requests per second and 6,000 per day
      # with the smallest licence.
      requests_per_second = 5
      requests_per_day    = 2000
    }

    mcp_servers = {
      celonis = {
        url = provider::celonis::mcp_server_url(
          var.url, var.mcp_server_asset_id
        )
        openid_configuration_url = local.endpoints.openid_configuration_url
        scope                    = "mcp-asset.tools:execute"
      }
    }

    tools = local.tools
  }
}

# Replace this with your gateway's or agent platform's resource, or with the local_file
# resource of hashicorp/local. If a tool's description, KPIs or OpenAPI document change,
# the plan shows the change.
resource "terraform_data" "gateway" {
  input = local.gateway

  lifecycle {
    precondition {
      condition     = length(local.without_kpis) == 0
      error_message = "Tools without KPIs: ${join(", ", local.without_kpis)}."
    }
  }
}

# terraform output -raw gateway_config > gateway.yaml
output "gateway_config" {
  value = yamlencode(local.gateway)
}

# terraform output -json openapi_files | jq -r '."order-to-cash.otc-km.json"' > otc.json
# The output is marked as sensitive so that Terraform does not print it.
output "openapi_files" {
  sensitive = true
  value = {
    for name, model in data.celonis_knowledge_model.this :
    "${model.id}.json" => data.celonis_knowledge_model_spec.this[name].openapi
  }
}
