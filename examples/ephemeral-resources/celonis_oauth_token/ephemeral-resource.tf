# A token with one scope that expires after about 15 minutes and is not stored anywhere.
ephemeral "celonis_oauth_token" "reader" {
  scopes        = ["intelligence.knowledge-models:read"]
  min_remaining = "10m"
}

# A second provider signs in with the token. You can use any provider that accepts a
# token or a header.
provider "celonis" {
  alias        = "reader"
  access_token = ephemeral.celonis_oauth_token.reader.access_token
}

data "celonis_knowledge_models" "all" {
  provider = celonis.reader
}
