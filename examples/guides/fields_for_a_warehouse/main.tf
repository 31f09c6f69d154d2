terraform {
  required_providers {
    celonis = {
      source  = "celonis-community/celonis"
      version = "~> 0.1"
    }
  }
}

variable "knowledge_model_name" {
  type    = string
  default = "Order to Cash"
}

locals {
  # Maps Celonis types to warehouse types.
  column_types = {
    boolean   = "BOOLEAN"
    date      = "DATE"
    datetime  = "TIMESTAMP"
    float     = "DOUBLE"
    integer   = "BIGINT"
    number    = "DECIMAL(38,10)"
    string    = "VARCHAR"
    timestamp = "TIMESTAMP"
  }
}

data "celonis_knowledge_model" "this" {
  name = var.knowledge_model_name
}

data "celonis_knowledge_model_records" "this" {
  knowledge_model_id = data.celonis_knowledge_model.this.id
}

data "celonis_knowledge_model_record" "this" {
  for_each = toset(data.celonis_knowledge_model_records.this.records[*].id)

  knowledge_model_id = data.celonis_knowledge_model.this.id
  id                 = each.key
}

# Replace this with the table resource of your warehouse's provider.
resource "terraform_data" "table" {
  for_each = data.celonis_knowledge_model_record.this

  input = {
    name    = lower(each.key)
    comment = each.value.description
    columns = {
      for field in each.value.fields :
      lower(field.id) => local.column_types[coalesce(field.type, "string")]
    }
  }
}

output "tables" {
  value = { for name, table in terraform_data.table : name => table.output }
}
