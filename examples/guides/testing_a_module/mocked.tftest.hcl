# Needs neither a team nor credentials, because the test sends no requests.
mock_provider "celonis" {
  # A generated id consists of eight random characters. Resources reject such an id,
  # because it does not have the format <package_key>.<key>.
  mock_data "celonis_knowledge_model" {
    defaults = {
      id          = "order-to-cash.otc-km"
      package_key = "order-to-cash"
      key         = "otc-km"
    }
  }

  mock_data "celonis_knowledge_model_trigger" {
    defaults = {
      id = "trigger-1"
    }
  }

  mock_resource "celonis_subscription" {
    defaults = {
      status = "active"
    }
  }
}

run "subscribes_to_the_trigger" {
  command = apply

  variables {
    name = " Blocked orders "
  }

  assert {
    condition     = celonis_subscription.this.name == "Blocked orders"
    error_message = "The name is ${celonis_subscription.this.name}."
  }

  assert {
    condition     = celonis_subscription.this.trigger_id == "trigger-1"
    error_message = "The subscription does not use the trigger that was looked up."
  }

  assert {
    condition     = output.package_key == "order-to-cash"
    error_message = "The package key is ${output.package_key}."
  }
}
