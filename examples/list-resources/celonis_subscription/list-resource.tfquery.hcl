# The subscriptions that deliver no events because their callback failed for too long.
list "celonis_subscription" "suspended" {
  provider = celonis

  config {
    status = "suspended"
  }
}
