# make test runs this file against the simulator, with its users, 250 generated permissions, the three permissions from the documentation,
# and 450 events of each type.

run "lists_every_member_once" {
  module {
    source = "./reports"
  }

  assert {
    condition = (
      sort(data.celonis_team_members.all.members[*].user_id) == sort(data.celonis_users.all.users[*].id)
      && length(data.celonis_users.all.users) > 450
    )
    error_message = "${length(data.celonis_team_members.all.members)} members and ${length(data.celonis_users.all.users)} users were read."
  }

  assert {
    condition = (
      length(data.celonis_team_members.external.members) < length(data.celonis_team_members.all.members)
      && length(data.celonis_team_members.external.members) > 400
    )
    error_message = "${length(data.celonis_team_members.external.members)} external members were read."
  }

  assert {
    condition     = length(setsubtract(data.celonis_team_members.external.members[*].email, data.celonis_team_members.all.members[*].email)) == 0
    error_message = "An external member is not in the list of all members."
  }
}

run "filters_permissions" {
  module {
    source = "./reports"
  }

  assert {
    condition     = length(data.celonis_permissions.all.permissions) == 253
    error_message = "${length(data.celonis_permissions.all.permissions)} permissions were read."
  }

  assert {
    condition = toset(data.celonis_permissions.of_groups.permissions) == toset([
      for permission in data.celonis_permissions.all.permissions : permission if permission.subject_type == "GROUP"
    ])
    error_message = "${length(data.celonis_permissions.of_groups.permissions)} permissions of groups were read."
  }
}

run "lists_events_newest_first" {
  module {
    source = "./reports"
  }

  assert {
    condition = alltrue([
      for events in [data.celonis_login_events.all.events, data.celonis_audit_events.all.events] :
      length(events) == 450 && events[*].timestamp == reverse(sort(events[*].timestamp))
    ])
    error_message = "${length(data.celonis_login_events.all.events)} and ${length(data.celonis_audit_events.all.events)} events were read."
  }

  assert {
    condition     = !data.celonis_login_events.all.truncated && data.celonis_login_events.few.truncated && length(data.celonis_login_events.few.events) == 10
    error_message = "max_events does not limit the number of events."
  }

  assert {
    condition     = alltrue([for event in data.celonis_audit_events.all.events : can(keys(jsondecode(event.message)))])
    error_message = "A message is not a JSON object."
  }
}
