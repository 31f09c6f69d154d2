# make test runs this file against the simulator. terraform test destroys the subscription after the last run.

variables {
  name  = "Blocked orders to ERP"
  token = "token-of-the-callback"
}

run "is_created_active" {
  module {
    source = "./subscription"
  }

  assert {
    condition     = celonis_subscription.this.status == "active" && data.celonis_subscription.listed.status == "active"
    error_message = "The status is ${celonis_subscription.this.status}, and ${data.celonis_subscription.listed.status} in the list."
  }

  assert {
    condition     = data.celonis_subscription.listed.name == "Blocked orders to ERP"
    error_message = "The name in the list is ${data.celonis_subscription.listed.name}."
  }
}

run "is_renamed_in_place_with_a_new_token" {
  module {
    source = "./subscription"
  }

  variables {
    name          = "Blocked orders to SAP"
    token         = "another-token-of-the-callback"
    token_version = 2
    previous_id   = run.is_created_active.id
  }

  assert {
    condition     = data.celonis_subscription.listed.name == "Blocked orders to SAP"
    error_message = "The name in the list is ${data.celonis_subscription.listed.name}."
  }

  assert {
    condition     = celonis_subscription.this.id == var.previous_id
    error_message = "The subscription was replaced."
  }
}

run "is_paused" {
  module {
    source = "./subscription"
  }

  variables {
    name          = "Blocked orders to SAP"
    token_version = 2
    paused        = true
  }

  assert {
    condition     = celonis_subscription.this.status == "paused" && data.celonis_subscription.listed.status == "paused"
    error_message = "The status is ${celonis_subscription.this.status}, and ${data.celonis_subscription.listed.status} in the list."
  }
}

run "remains_paused_when_renamed" {
  module {
    source = "./subscription"
  }

  variables {
    token_version = 2
    paused        = true
  }

  assert {
    condition     = data.celonis_subscription.listed.status == "paused" && data.celonis_subscription.listed.name == "Blocked orders to ERP"
    error_message = "The status is ${data.celonis_subscription.listed.status}, and the name ${data.celonis_subscription.listed.name}."
  }
}

run "is_resumed" {
  module {
    source = "./subscription"
  }

  variables {
    token_version = 2
    previous_id   = run.remains_paused_when_renamed.id
  }

  assert {
    condition     = celonis_subscription.this.status == "active" && data.celonis_subscription.listed.status == "active"
    error_message = "The status is ${celonis_subscription.this.status}, and ${data.celonis_subscription.listed.status} in the list."
  }

  assert {
    condition     = celonis_subscription.this.id == var.previous_id
    error_message = "The id has changed."
  }
}
