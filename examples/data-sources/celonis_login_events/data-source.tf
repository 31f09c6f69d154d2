# All login events of the last seven days.
data "celonis_login_events" "last_week" {
  from       = timeadd(plantimestamp(), "-168h")
  to         = plantimestamp()
  max_events = 5000
}

locals {
  failures = ["BAD_CREDENTIALS", "INVALID_2FA_TOKEN", "ACCOUNT_TEMPORARILY_LOCKED"]
  failed = [
    for event in data.celonis_login_events.last_week.events : event
    if contains(local.failures, event.event_type)
  ]
}

# If there are no events at all, the login history is probably disabled, and the check
# below would always pass.
check "login_history_is_on" {
  assert {
    condition     = length(data.celonis_login_events.last_week.events) > 0
    error_message = "There are no login events: is the login history enabled?"
  }
}

check "few_failed_sign_ins" {
  assert {
    condition     = length(local.failed) < 20
    error_message = "${length(local.failed)} sign-ins failed within a week."
  }

  assert {
    condition     = !data.celonis_login_events.last_week.truncated
    error_message = "There are more than 5,000 events: read a shorter time."
  }
}
