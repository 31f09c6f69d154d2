terraform {
  required_providers {
    celonis = {
      source  = "celonis-community/celonis"
      version = "~> 0.1"
    }
  }
}

locals {
  team      = "https://acme.eu-1.celonis.cloud"
  endpoints = provider::celonis::endpoints(local.team)

  # Copied from the browser: the addresses of the MCP server's and the data pool's
  # pages.
  mcp_server_asset_id = "0b2f1c7a-5a0e-4a53-9d52-6f0c1f0b8a11"
  data_pool_link      = "https://acme.eu-1.celonis.cloud/data-pool/pool-abc123"
  data_pool           = provider::celonis::parse_data_pool_url(local.data_pool_link)

  scopes = [
    "intelligence.knowledge-models:read",
    "mcp-asset.tools:execute",
    "integration.data-pools:data_push",
  ]
}

# The values to enter in an API gateway or in integrator.io.
output "gateway" {
  value = {
    token_url = local.endpoints.token_url
    api_url   = local.endpoints.intelligence_api_url
    scope     = "intelligence.knowledge-models:read"
  }
}

# The values to enter in an MCP client or an agent platform.
output "mcp_client" {
  value = {
    openid_configuration_url = local.endpoints.openid_configuration_url
    scope                    = "mcp-asset.tools:execute"
    server_url = provider::celonis::mcp_server_url(
      local.team, local.mcp_server_asset_id
    )
  }
}

# The values to enter in a tool that pushes data.
output "data_push" {
  value = {
    base_url     = local.data_pool.base_url
    data_pool_id = local.data_pool.data_pool_id
    scope        = "integration.data-pools:data_push"
  }
}

# Shows what the scopes allow. A misspelled scope fails here instead of in the other
# system.
output "scopes" {
  value = {
    for scope in local.scopes : scope => provider::celonis::oauth_scopes()[scope]
  }
}
