# make test runs this file against the simulator, with its users and groups. terraform test destroys the created objects after the last run.

variables {
  group_name = "Reviewers"
}

run "are_created" {
  module {
    source = "./users_and_groups"
  }

  assert {
    condition     = data.celonis_user.found.id == celonis_user.this.id && data.celonis_user.found.role == "MEMBER"
    error_message = "The user is ${jsonencode(data.celonis_user.found)}."
  }

  assert {
    condition     = tolist(data.celonis_group.found.member_ids) == tolist([celonis_user.this.id])
    error_message = "The group is ${jsonencode(data.celonis_group.found)}."
  }

  assert {
    condition     = contains(data.celonis_group.joined.member_ids, celonis_user.this.id) && output.number_of_others > 0
    error_message = "The existing group is ${jsonencode(data.celonis_group.joined)}."
  }
}

run "are_changed_in_place" {
  module {
    source = "./users_and_groups"
  }

  variables {
    user_name    = "Ada.Lovelace@Example.com" # This is the same address in a different case.
    display_name = "Ada Lovelace"
    role         = "analyst"
    group_name   = "Reviewers of 2026"
    before       = run.are_created.ids
  }

  assert {
    condition     = data.celonis_user.found.display_name == "Ada Lovelace" && data.celonis_user.found.role == "ANALYST"
    error_message = "The user is ${jsonencode(data.celonis_user.found)}."
  }

  assert {
    condition     = tolist(output.ids) == tolist(var.before) && data.celonis_group.found.id == celonis_group.this.id
    error_message = "The objects were replaced: ${jsonencode(output.ids)}."
  }
}

run "removes_memberships_and_keeps_other_members" {
  module {
    source = "./users_and_groups"
  }

  variables {
    role       = "ADMIN"
    has_member = false
    joins      = false
    before     = [run.are_changed_in_place.number_of_others]
  }

  assert {
    condition     = length(data.celonis_group.found.member_ids) == 0
    error_message = "The group is ${jsonencode(data.celonis_group.found)}."
  }

  assert {
    condition     = length(data.celonis_group.joined.member_ids) == tonumber(var.before[0]) && tonumber(var.before[0]) > 0
    error_message = "The existing group is ${jsonencode(data.celonis_group.joined)}."
  }
}

run "keeps_omitted_attributes" {
  module {
    source = "./users_and_groups"
  }

  variables {
    role = null # display_name is null by default.
  }

  assert {
    condition     = data.celonis_user.found.display_name == "Ada Lovelace" && data.celonis_user.found.role == "ADMIN"
    error_message = "The user is ${jsonencode(data.celonis_user.found)}."
  }
}
