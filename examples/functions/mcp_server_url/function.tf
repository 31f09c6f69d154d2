# The URL to enter in an MCP client. The asset id is the last part of the URL that
# Celonis shows for the MCP server.
output "mcp_server_url" {
  value = provider::celonis::mcp_server_url(
    "https://acme.eu-1.celonis.cloud", "0b2f1c7a-5a0e-4a53-9d52-6f0c1f0b8a11"
  )
}
