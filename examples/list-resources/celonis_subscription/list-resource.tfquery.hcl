# The subscriptions that do not deliver events because their callback failed for too long.
list "celonis_subscription" "suspended" {
  provider = celonis

  config {
    status = "suspended"
  }
}
