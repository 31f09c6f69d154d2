list "celonis_group" "all" {
  provider = celonis
  limit    = 1000
}

# The memberships of each group.
list "celonis_group_member" "all" {
  for_each = toset(list.celonis_group.all.data[*].identity.id)
  provider = celonis
  limit    = 10000

  config {
    group_id = each.value
  }
}
