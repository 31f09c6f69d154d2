# Run by make test, against the simulator. The subscription goes when the last run has ended.

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
    error_message = "It is ${celonis_subscription.this.status}, and listed as ${data.celonis_subscription.listed.status}."
  }

  assert {
    condition     = data.celonis_subscription.listed.name == "Blocked orders to ERP"
    error_message = "It is listed as ${data.celonis_subscription.listed.name}."
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
    known_id      = run.is_created_active.id
  }

  assert {
    condition     = data.celonis_subscription.listed.name == "Blocked orders to SAP"
    error_message = "It is listed as ${data.celonis_subscription.listed.name}."
  }

  assert {
    condition     = celonis_subscription.this.id == var.known_id
    error_message = "It was created anew."
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
    error_message = "It is ${celonis_subscription.this.status}, and listed as ${data.celonis_subscription.listed.status}."
  }
}

run "stays_paused_when_it_is_renamed" {
  module {
    source = "./subscription"
  }

  variables {
    token_version = 2
    paused        = true
  }

  assert {
    condition     = data.celonis_subscription.listed.status == "paused" && data.celonis_subscription.listed.name == "Blocked orders to ERP"
    error_message = "It is ${data.celonis_subscription.listed.status}, and its name ${data.celonis_subscription.listed.name}."
  }
}

run "is_resumed" {
  module {
    source = "./subscription"
  }

  variables {
    token_version = 2
    known_id      = run.stays_paused_when_it_is_renamed.id
  }

  assert {
    condition     = celonis_subscription.this.status == "active" && data.celonis_subscription.listed.status == "active"
    error_message = "It is ${celonis_subscription.this.status}, and listed as ${data.celonis_subscription.listed.status}."
  }

  assert {
    condition     = celonis_subscription.this.id == var.known_id
    error_message = "It is another one."
  }
}
