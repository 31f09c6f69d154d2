terraform {
  required_version = ">= 1.10" # For the ephemeral resource. OpenTofu: 1.11.

  required_providers {
    celonis = {
      source  = "celonis-community/celonis"
      version = "~> 0.1"
    }
  }
}

# The team and the OAuth client come from CELONIS_URL, CELONIS_CLIENT_ID and
# CELONIS_CLIENT_SECRET.
provider "celonis" {}

# Lists all Knowledge Models.
data "celonis_knowledge_models" "all" {
  sort = "name"
}

# Looks up a Knowledge Model by the name shown in Studio.
data "celonis_knowledge_model" "picked" {
  name = coalesce(
    var.knowledge_model_name,
    data.celonis_knowledge_models.all.knowledge_models[0].name,
  )
}

# Mints a token that can only read Knowledge Models. Neither the plan nor the state
# contains the token.
ephemeral "celonis_oauth_token" "reader" {
  scopes = ["intelligence.knowledge-models:read"]
}

# Passes the token to another provider block, which has no other credentials.
provider "celonis" {
  alias        = "reader"
  access_token = ephemeral.celonis_oauth_token.reader.access_token
}

data "celonis_knowledge_model" "read_with_token" {
  provider = celonis.reader
  id       = data.celonis_knowledge_model.picked.id
}
