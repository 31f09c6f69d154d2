# Permission changes since yesterday.
data "celonis_audit_events" "permissions" {
  from        = timeadd(plantimestamp(), "-24h")
  to          = plantimestamp()
  event_names = ["PERMISSIONS_UPDATE"]
}

check "nobody_changes_permissions" {
  assert {
    condition = length(data.celonis_audit_events.permissions.events) == 0 && !data.celonis_audit_events.permissions.truncated
    error_message = "Permissions were changed, or not all events were read: ${join(", ", [
      for event in data.celonis_audit_events.permissions.events :
      "by ${coalesce(event.user_id, "somebody")} those of ${try(jsondecode(event.message).subjectDescription, "somebody")}"
    ])}."
  }
}
