# The id of a data pool, from the address in the browser.
output "data_pool_id" {
  value = provider::celonis::parse_data_pool_url(
    "https://acme.eu-1.celonis.cloud/data-pool/pool-abc123"
  ).data_pool_id # pool-abc123
}
