# The subscriptions that no longer deliver events because their callback failed for too
# long.
list "celonis_subscription" "suspended" {
  provider = celonis

  config {
    status = "suspended"
  }
}
