variable "city" {
  type    = string
  default = "Oslo"
}

# The ten largest blocked orders in a city.
data "celonis_knowledge_model_data" "blocked_orders" {
  knowledge_model_id = "order-to-cash.otc-km"
  fields             = ["SALES_ORDER.ID", "SALES_ORDER.CITY", "SALES_ORDER.AMOUNT"]
  filter_ids         = ["BLOCKED_ORDERS"]
  sort               = ["-SALES_ORDER.AMOUNT"]
  max_rows           = 10

  filter_expressions = [
    "SALES_ORDER.CITY eq ${provider::celonis::odata_string(var.city)}",
  ]
}

# The value of one KPI over all orders.
data "celonis_knowledge_model_data" "lead_time" {
  knowledge_model_id = "order-to-cash.otc-km"
  kpis               = ["AVG_LEAD_TIME"]
}

locals {
  # Null if the KPI has no value, such as an average of zero orders.
  lead_time = try(
    tonumber(data.celonis_knowledge_model_data.lead_time.rows[0]["AVG_LEAD_TIME"]),
    null,
  )
}

# Shows a warning during every plan and apply while the value is too high.
check "lead_time" {
  assert {
    condition     = coalesce(local.lead_time, 0) <= 14
    error_message = "The average lead time is above 14 days."
  }
}

output "blocked_orders" {
  value = data.celonis_knowledge_model_data.blocked_orders.rows
}
