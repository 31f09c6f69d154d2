# The data source celonis_subscriptions lists the ids.
import {
  to = celonis_subscription.blocked_orders
  id = "8c985281-25a0-4cb1-80de-1f7a6327dd4f"
}
