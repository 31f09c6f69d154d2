# The token URL to enter in a system that requests its own tokens.
output "token_url" {
  value = provider::celonis::endpoints(
    "https://acme.eu-1.celonis.cloud"
  ).token_url # https://acme.eu-1.celonis.cloud/oauth2/token
}
