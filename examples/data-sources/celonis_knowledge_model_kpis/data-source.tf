data "celonis_knowledge_model_kpis" "order_to_cash" {
  knowledge_model_id = "order-to-cash.otc-km"
}

# The target of each KPI that has one, with its unit.
output "targets" {
  value = {
    for kpi in data.celonis_knowledge_model_kpis.order_to_cash.kpis :
    kpi.id => "${kpi.target} ${coalesce(kpi.unit, "-")}"
    if kpi.target != null
  }
}
