data "celonis_knowledge_model_record" "sales_order" {
  knowledge_model_id = "order-to-cash.otc-km"
  id                 = "SALES_ORDER"
}

# The fields of a record can define, for example, the columns of a table.
resource "terraform_data" "columns" {
  input = {
    for field in data.celonis_knowledge_model_record.sales_order.fields :
    lower(field.id) => field.type
  }
}
