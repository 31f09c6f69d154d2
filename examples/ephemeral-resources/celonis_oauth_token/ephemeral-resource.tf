# A token with one scope, which ends some 15 minutes from now and is written down nowhere.
ephemeral "celonis_oauth_token" "reader" {
  scopes        = ["intelligence.knowledge-models:read"]
  min_remaining = "10m"
}

# It signs a second provider in, here of the same kind; any provider that takes a token or a header will do.
provider "celonis" {
  alias        = "reader"
  access_token = ephemeral.celonis_oauth_token.reader.access_token
}

data "celonis_knowledge_models" "all" {
  provider = celonis.reader
}
