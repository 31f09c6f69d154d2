# All sign-ins of the last seven days.
data "celonis_login_events" "last_week" {
  from       = timeadd(plantimestamp(), "-168h")
  to         = plantimestamp()
  max_events = 5000
}

locals {
  failures = ["BAD_CREDENTIALS", "INVALID_2FA_TOKEN", "ACCOUNT_TEMPORARILY_LOCKED"]
  failed   = [for event in data.celonis_login_events.last_week.events : event if contains(local.failures, event.event_type)]
}

# If there are no events at all, the login history is disabled, and the check below would always pass.
check "login_history_is_on" {
  assert {
    condition     = length(data.celonis_login_events.last_week.events) > 0
    error_message = "Celonis returned no login events for a week: check that the login history is enabled."
  }
}

check "few_failed_sign_ins" {
  assert {
    condition     = length(local.failed) < 20 && !data.celonis_login_events.last_week.truncated
    error_message = "${length(local.failed)} sign-ins failed within a week, or not all events were read."
  }
}
