# Accepts the URL of any page of the team.
output "team" {
  value = provider::celonis::parse_base_url(
    "acme.eu-1.celonis.cloud/package-manager/ui"
  ).team # acme
}
