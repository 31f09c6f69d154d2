data "celonis_knowledge_model_records" "order_to_cash" {
  knowledge_model_id = "order-to-cash.otc-km"
}

# One entry in the data catalogue for each record. Replace this with the resource of
# your catalogue's provider.
resource "terraform_data" "catalogue_entry" {
  for_each = {
    for record in data.celonis_knowledge_model_records.order_to_cash.records :
    record.id => record
  }

  input = {
    title       = coalesce(each.value.name, each.key)
    description = each.value.description
  }
}

output "record_ids" {
  value = data.celonis_knowledge_model_records.order_to_cash.records[*].id
}
