# The address of a team, for providers and tools that expect the complete address.
output "base_url" {
  value = provider::celonis::base_url("acme", "eu-1") # https://acme.eu-1.celonis.cloud
}
