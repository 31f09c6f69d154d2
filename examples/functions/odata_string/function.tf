# Quotes a name that may contain an apostrophe.
output "expression" {
  value = join(" ", [
    "VENDOR.NAME eq", provider::celonis::odata_string("O'Neill"),
  ]) # VENDOR.NAME eq 'O''Neill'
}
