terraform {
  required_providers {
    celonis = {
      source = "celonis-community/celonis"
    }
  }
}

data "celonis_users" "all" {}

data "celonis_team_members" "all" {}

data "celonis_team_members" "external" {
  include_internal = false
}

data "celonis_permissions" "all" {}

data "celonis_permissions" "of_groups" {
  subject_type = "group"
}

data "celonis_login_events" "all" {
  from = timeadd(plantimestamp(), "-960h")
  to   = timeadd(plantimestamp(), "1h")
}

data "celonis_login_events" "few" {
  from       = timeadd(plantimestamp(), "-960h")
  to         = timeadd(plantimestamp(), "1h")
  max_events = 10
}

data "celonis_audit_events" "all" {
  from = timeadd(plantimestamp(), "-960h")
  to   = timeadd(plantimestamp(), "1h")
}
