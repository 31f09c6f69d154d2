data "celonis_subscription" "customers" {
  name = "Customers to CRM"
}

# Invoke the action manually:
# terraform apply -invoke=action.celonis_subscription_replay.customers
action "celonis_subscription_replay" "customers" {
  config {
    subscription_id = data.celonis_subscription.customers.id
    from_offset     = 0
  }
}

# Alternatively, invoke it after a new version of the callback has been deployed:
variable "callback_version" {
  type    = string
  default = "1.4.2"
}

resource "terraform_data" "callback" {
  input = var.callback_version

  lifecycle {
    action_trigger {
      events  = [after_update]
      actions = [action.celonis_subscription_replay.customers]
    }
  }
}
