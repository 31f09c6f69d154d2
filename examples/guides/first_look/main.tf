terraform {
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

data "celonis_knowledge_models" "all" {}

data "celonis_users" "all" {}

data "celonis_groups" "all" {}

data "celonis_group" "each" {
  for_each = toset(data.celonis_groups.all.groups[*].id)

  id = each.key
}

locals {
  without_role = [for user in data.celonis_users.all.users : user if user.role == null]
}

# Compare these values with Celonis.
output "counts" {
  value = {
    knowledge_models   = length(data.celonis_knowledge_models.all.ids)
    users              = length(data.celonis_users.all.users)
    users_without_role = length(local.without_role)
    groups             = length(data.celonis_groups.all.groups)
  }
}

output "members_by_group" {
  value = {
    for group in data.celonis_group.each :
    "${group.display_name} (${group.id})" => length(group.member_ids)
  }
}
