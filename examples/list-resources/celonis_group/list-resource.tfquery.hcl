# All groups, without their members. The generated configuration does not manage
# members.
list "celonis_group" "all" {
  provider = celonis
  limit    = 1000
}

# The finance groups with their members.
list "celonis_group" "finance" {
  provider         = celonis
  include_resource = true

  config {
    name_regex      = "(?i)finance"
    include_members = true
  }
}
