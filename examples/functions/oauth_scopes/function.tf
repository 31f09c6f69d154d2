variable "scopes" {
  type    = set(string)
  default = ["intelligence.knowledge-models:read", "audit.log:read"]
}

locals {
  unknown_scopes = setsubtract(var.scopes, keys(provider::celonis::oauth_scopes()))
}

# Detects undocumented scopes before the provider requests a token with them.
check "scopes" {
  assert {
    condition     = length(local.unknown_scopes) == 0
    error_message = "Unknown scopes: ${join(", ", local.unknown_scopes)}."
  }
}

output "allowed" {
  value = {
    for scope in var.scopes : scope => provider::celonis::oauth_scopes()[scope]
  }
}
