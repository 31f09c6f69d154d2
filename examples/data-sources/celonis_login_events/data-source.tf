# Failed sign-ins of the last seven days.
data "celonis_login_events" "failed" {
  from        = timeadd(plantimestamp(), "-168h")
  to          = plantimestamp()
  event_types = ["BAD_CREDENTIALS", "INVALID_2FA_TOKEN", "ACCOUNT_TEMPORARILY_LOCKED"]
  max_events  = 5000
}

check "few_failed_sign_ins" {
  assert {
    condition     = length(data.celonis_login_events.failed.events) < 20 && !data.celonis_login_events.failed.truncated
    error_message = "${length(data.celonis_login_events.failed.events)} sign-ins have failed in a week, or not all were read."
  }
}
