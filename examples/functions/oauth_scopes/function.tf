variable "scopes" {
  type    = set(string)
  default = ["intelligence.knowledge-models:read", "audit.log:read"]
}

# Finds scopes that Celonis does not document before a token is requested with them.
check "scopes" {
  assert {
    condition     = length(setsubtract(var.scopes, keys(provider::celonis::oauth_scopes()))) == 0
    error_message = "Unknown scope in ${join(", ", var.scopes)}."
  }
}

output "allowed" {
  value = { for scope in var.scopes : scope => provider::celonis::oauth_scopes()[scope] }
}
