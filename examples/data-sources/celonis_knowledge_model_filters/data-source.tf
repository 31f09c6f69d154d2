# A report uses this filter. If somebody renames or deletes the filter in Studio, the
# plan fails, instead of the report being empty.
data "celonis_knowledge_model_filters" "order_to_cash" {
  knowledge_model_id = "order-to-cash.otc-km"

  lifecycle {
    postcondition {
      condition     = contains(self.filters[*].id, "BLOCKED_ORDERS")
      error_message = "BLOCKED_ORDERS is missing in ${join(", ", self.filters[*].id)}."
    }
  }
}

output "filters" {
  value = {
    for filter in data.celonis_knowledge_model_filters.order_to_cash.filters :
    filter.id => filter.name
  }
}
