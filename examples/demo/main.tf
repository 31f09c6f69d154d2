terraform {
  required_version = ">= 1.10" # OpenTofu: 1.11. For the ephemeral resource.

  required_providers {
    celonis = {
      source  = "celonis-community/celonis"
      version = "~> 0.1"
    }
  }
}

# The team and the OAuth client come from CELONIS_URL, CELONIS_CLIENT_ID and CELONIS_CLIENT_SECRET.
provider "celonis" {}

# Which Knowledge Models are there?
data "celonis_knowledge_models" "all" {
  sort = "name"
}

# Pick one by its name, as Studio shows it.
data "celonis_knowledge_model" "picked" {
  name = coalesce(var.knowledge_model_name, data.celonis_knowledge_models.all.knowledge_models[0].name)
}

# Mint a token that may do no more than read Knowledge Models, and that lands neither in the plan nor in the state …
ephemeral "celonis_oauth_token" "reader" {
  scopes = ["intelligence.knowledge-models:read"]
}

# … and hand it to another provider, which gets no other credentials.
provider "celonis" {
  alias        = "reader"
  access_token = ephemeral.celonis_oauth_token.reader.access_token
}

data "celonis_knowledge_model" "read_with_token" {
  provider = celonis.reader
  id       = data.celonis_knowledge_model.picked.id
}
