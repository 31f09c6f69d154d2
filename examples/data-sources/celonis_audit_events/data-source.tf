# Permission changes in the last 24 hours.
data "celonis_audit_events" "permissions" {
  from        = timeadd(plantimestamp(), "-24h")
  to          = plantimestamp()
  event_names = ["PERMISSIONS_UPDATE"]
}

check "nobody_changes_permissions" {
  assert {
    condition = length(data.celonis_audit_events.permissions.events) == 0
    error_message = "Permissions changed: ${join(", ", [
      for event in data.celonis_audit_events.permissions.events : join(" ", [
        coalesce(event.user_id, "somebody"), "changed those of",
        try(jsondecode(event.message).subjectDescription, "somebody"),
      ])
    ])}."
  }

  assert {
    condition     = !data.celonis_audit_events.permissions.truncated
    error_message = "There are more events than max_events."
  }
}
