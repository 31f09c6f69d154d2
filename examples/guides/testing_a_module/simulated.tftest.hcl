# Runs against the team that CELONIS_URL specifies, such as a simulated team. The test
# creates a subscription and then deletes it.
variables {
  name = "Created by a test"
}

run "creates_the_subscription" {
  command = apply

  assert {
    condition     = output.package_key == "order-to-cash" && output.status == "active"
    error_message = "The subscription in ${output.package_key} is ${output.status}."
  }
}

run "keeps_it_active" {
  command = plan

  assert {
    condition     = celonis_subscription.this.paused == false
    error_message = "The subscription is paused."
  }
}
