package doctor

import "fmt"

// Reading describes how this team behaves where the vendor's documentation leaves a question open.
type Reading struct {
	// Section is the heading under which the report lists the reading.
	Section string `json:"section"`
	// Key is the path of the reading in a team file.
	Key string `json:"key"`
	// Fact describes the behaviour in question.
	Fact string `json:"fact"`
	// Value is the observed value, in the form used in a team file: a string, a number, a boolean or a list of strings. It is nil if the
	// behaviour was not observed.
	Value any `json:"value"`
	// Evidence describes the request or response that showed the value.
	Evidence string `json:"evidence,omitempty"`
	// Unseen explains why the behaviour was not observed.
	Unseen string `json:"unseen,omitempty"`
}

// IsSeen reports whether the behaviour was observed.
func (r Reading) IsSeen() bool { return r.Value != nil }

// Sections of the report.
const (
	sectionSignIn        = "Sign-in"
	sectionGeneral       = "All APIs"
	sectionLists         = "Lists in the Knowledge Model and Event Subscription APIs"
	sectionModels        = "Knowledge Models"
	sectionSubscriptions = "Event subscriptions"
	sectionSCIM          = "Users and groups (SCIM)"
	sectionReports       = "Team members, sign-ins, permissions, audit log"
)

// Readings returns every reading that an examination can determine, in report order and with the values left empty.
func Readings() []Reading {
	var all []Reading

	add := func(section, prefix string, keysAndFacts ...string) {
		for i := 0; i+1 < len(keysAndFacts); i += 2 {
			all = append(all, Reading{Section: section, Key: prefix + keysAndFacts[i], Fact: keysAndFacts[i+1]})
		}
	}

	add(sectionSignIn, "readings.oauth.",
		"scope_optional", "A token request may omit `scope`",
		"missing_scope_is_invalid_request", "The error for a missing `scope` is invalid_request instead of invalid_scope",
		"narrow_scopes", "Scopes that the client lacks are dropped instead of rejected",
		"raw_basic_credentials", "Basic credentials are not form-encoded",
		"token_lifetime", "Lifetime of an access token (`expires_in`)",
		"omit_expires_in", "Token responses omit `expires_in`",
		"rotate_refresh_tokens", "Each refresh replaces the refresh token",
		"token_errors", "Format of token endpoint errors",
	)
	add(sectionGeneral, "readings.",
		"errors", "Format of API errors",
		"errors_as_json", "Errors are application/json instead of application/problem+json",
		"rate_limit_reset", "How a 429 response indicates when to retry",
		"null_fields", "Empty fields are null instead of absent",
		"decomposed_text", "Accents are separate characters (Unicode NFD)",
	)
	add(sectionGeneral, "", "inactive_apis", "APIs that are not activated")
	add(sectionLists, "readings.",
		"total", "What `total` counts",
		"omit_page_size", "Lists omit `pageSize`",
		"sort_as_array", "List responses contain `sort` as an array",
		"past_end", "Response to a request for a page after the last page",
		"page_size_above_max", "Response to a page size above the maximum",
	)
	add(sectionLists, "",
		"limits.max_page_size", "Maximum page size",
		"licence", "Licence size, inferred from page size and daily quota",
	)
	add(sectionModels, "readings.knowledge_models.",
		"data_nesting", "Nesting of rows in a data page",
		"quoted_flags", "Boolean flags in data page headers are quoted strings",
		"kpi_parameter_nesting", "Nesting of KPI parameters",
		"rows_beyond_limit", "Response to a data request beyond the row limit",
		"spec_format", "Format of a model's OpenAPI document",
	)
	add(sectionModels, "", "limits.max_rows", "Maximum number of rows that a query can read")
	add(sectionSubscriptions, "readings.subscriptions.",
		"old_list_items", "Subscription lists omit the callback, owner, creation date and offsets",
		"latest_succeed_offset", "The last offset is named `latestSucceedOffset`",
		"no_configurations", "Representation of missing configurations",
		"dates", "Time format",
	)
	add(sectionSCIM, "readings.scim.",
		"base", "Path of the SCIM API",
		"other_bases", "Response at the other documented SCIM paths",
		"responses_as_json", "Responses are application/json instead of application/scim+json",
		"unknown_id", "Format of the 404 response for an unknown id",
		"etags", "Versioning of users and groups",
		"role_location", "Location of the role",
		"lower_case_roles", "Roles are in lower case",
		"lower_case_user_names", "User names are in lower case",
		"extras", "Additional RFC 7643 attributes, which Celonis does not document",
		"clients_as_users", "OAuth clients are listed as users",
		"no_members_in_lists", "Group lists omit the members",
		"member_elements", "Attributes of group members",
		"empty_members", "Representation of a group without members",
		"filter", "Response to a filter",
		"count_above_max", "Response to a count above the maximum page size",
		"omit_empty_resources", "An empty page omits `Resources`",
		"order", "Order of users in lists",
	)
	add(sectionSCIM, "", "limits.max_scim_page_size", "Maximum page size for users")
	add(sectionReports, "readings.reports.",
		"include_internal", "`includeInternal` parameter of team member requests",
		"narrow_spaces", "Last sign-in times have a narrow space before AM and PM",
		"login_times", "Time format accepted in login history requests",
		"audit_times", "Time format accepted in audit log requests",
		"no_content", "Response status for a page without items",
		"ignore_times", "The time range in an event request is ignored",
		"bounds", "Which bounds of a requested time range are inclusive",
		"order", "Order of events",
		"audit_v1", "Version 1 of the Audit Log API",
		"audit_v2", "Version 2 of the Audit Log API",
		"audit_v2_times", "Version 2 response to a requested time range",
		"last_token", "`nextPageToken` on the last page",
		"groups_separator", "Separator between the groups of a permission",
		"unknown_fields", "Objects have undocumented fields",
	)
	add(sectionReports, "",
		"limits.max_report_page_size", "Maximum page size for team members",
		"limits.max_audit_page_size", "Maximum page size in version 2 of the Audit Log API",
	)

	return all
}

// settle records the observed value of a reading. Later observations are ignored.
func (e *examination) settle(key string, value any, evidence string, values ...any) {
	if found := e.reading(key); found.Value == nil {
		found.Value, found.Evidence, found.Unseen = value, fmt.Sprintf(evidence, values...), ""
	}
}

// unseen records why the given readings could not be determined. Later reasons are ignored.
func (e *examination) unseen(reason string, keys ...string) {
	for _, key := range keys {
		if found := e.reading(key); found.Value == nil && found.Unseen == "" {
			found.Unseen = reason
		}
	}
}

// isSettled reports whether all of the given readings have a value.
func (e *examination) isSettled(keys ...string) bool {
	for _, key := range keys {
		if e.reading(key).Value == nil {
			return false
		}
	}

	return true
}

// reading returns the record with the given key, which it creates if necessary.
func (e *examination) reading(key string) *Reading {
	if e.readings[key] == nil {
		e.readings[key] = &Reading{}
	}

	return e.readings[key]
}

// result returns all readings in the order of the report.
func (e *examination) result() []Reading {
	all := Readings()
	for i := range all {
		found := e.reading(all[i].Key)
		all[i].Value, all[i].Evidence, all[i].Unseen = found.Value, found.Evidence, found.Unseen

		if all[i].Value == nil && all[i].Unseen == "" {
			all[i].Unseen = "Not observable in this team's data"
		}
	}

	return all
}

// Unsettled returns the team file keys whose values cannot be determined by read requests, each with the reason.
func Unsettled() map[string]string {
	const (
		change = "Observable only after a change"
		listed = "Observable only by reading a list after a change"
		limit  = "Observable only by exceeding the limit"
	)

	reasons := map[string]string{
		"readings.subscriptions.unreachable_hosts": "Observable only by creating a subscription with an unreachable callback",
		"readings.scim.effective_roles":            "Read requests cannot distinguish a user's own role from one inherited from a group",
		"readings.scim.max_returned_members":       "A list of members does not show whether it is complete",
		"readings.scim.groups_without_role":        "Observable only by creating a group",
	}

	for reason, keys := range map[string][]string{
		change: {
			"readings.subscriptions.refuse_beyond_max", "readings.subscriptions.created_id", "readings.subscriptions.create_returns_ok",
			"readings.subscriptions.update_returns_no_content", "readings.subscriptions.update_keeps_omitted",
			"readings.subscriptions.update_leaves_paused", "readings.subscriptions.update_leaves_failed",
			"readings.subscriptions.update_leaves_rejected", "readings.subscriptions.refuse_repeats",
			"readings.subscriptions.pause_from_any_status", "readings.subscriptions.trim_names", "readings.subscriptions.normalise_uris",
			"readings.scim.create_status", "readings.scim.duplicate_user", "readings.scim.duplicate_group", "readings.scim.put_response",
			"readings.scim.kept_when_omitted", "readings.scim.ignored_by_put", "readings.scim.invitation_on_put",
			"readings.scim.boolean_invitation", "readings.scim.upper_case_roles", "readings.scim.delete_status", "readings.scim.delete_unknown",
			"readings.scim.content_types",
		},
		listed: {
			"readings.subscriptions.listed_after_reads", "readings.subscriptions.listed_after", "readings.subscriptions.delisted_after_reads",
			"readings.subscriptions.delisted_after", "readings.subscriptions.updates_listed_after_reads",
			"readings.subscriptions.updates_listed_after", "readings.scim.listed_after_reads", "readings.scim.delisted_after_reads",
			"readings.scim.updates_listed_after_reads",
		},
		limit: {
			"limits.requests_per_second", "limits.requests_per_day", "limits.max_concurrent_requests", "limits.max_subscriptions",
			"limits.seats.total", "limits.seats.members", "limits.seats.analysts", "limits.seats.admins",
		},
	} {
		for _, key := range keys {
			reasons[key] = reason
		}
	}

	return reasons
}
