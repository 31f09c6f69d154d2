package provider

import (
	"context"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
)

type auditEventsModel struct {
	eventSpanModel

	EventNames types.Set         `tfsdk:"event_names"`
	Events     []auditEventEntry `tfsdk:"events"`
}

type auditEventEntry struct {
	Event     string  `tfsdk:"event"`
	Timestamp string  `tfsdk:"timestamp"`
	UserID    *string `tfsdk:"user_id"`
	UserRole  *string `tfsdk:"user_role"`
	Message   *string `tfsdk:"message"`
	OldValue  *string `tfsdk:"old_value"`
	NewValue  *string `tfsdk:"new_value"`
	IPAddress *string `tfsdk:"ip_address"`
	Port      *string `tfsdk:"port"`
}

func newAuditEventsDataSource() datasource.DataSource {
	return &dataSource[auditEventsModel]{
		name:       "audit_events",
		summary:    "Unable to read the audit log",
		read:       readAuditEvents,
		validators: []datasource.ConfigValidator{eventSpan()},
		schema: schema.Schema{
			MarkdownDescription: "Reads the audit log for a time range, for example to find out who changed members, groups, permissions or " +
				"OAuth clients. The events, including user ids, IP addresses and message contents, are stored in the state. An OAuth client " +
				"needs the `audit.log:read` scope, and the client, key or user needs the *Use Audit Logs API* permission (Admin & " +
				"Settings > Permissions > Team). The provider uses version 1 of the Audit Log API, which accepts a time range. If version 1 has " +
				"been discontinued, the provider uses version 2, which does not accept a time range. With version 2, the provider must read all " +
				"events since `from`, at one request per 500 events.",
			Attributes: map[string]schema.Attribute{
				"from": fromAttribute(),
				"to":   toAttribute(),
				"event_names": chosenTexts("Names of the events to return, such as `PERMISSIONS_UPDATE`, `TEAM_MEMBERSHIP_CREATED`, "+
					"`USER_JOIN_GROUP` or `OAUTH_CLIENT_CREATED`. Defaults to all events. The Celonis help lists the names under *Audit "+
					"logs*.",
					stringvalidator.RegexMatches(regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`), "must be in capital letters, such as PERMISSIONS_UPDATE")),
				"max_events": maxEventsAttribute("the `event_names` filter"),
				"events": computedList("Events, newest first. Events with the same timestamp are sorted by name and "+
					"user.", map[string]schema.Attribute{
					"event":     computedText("Name of the event, as in `event_names`."),
					"timestamp": computedText("Time of the event, in RFC 3339 format and UTC, with milliseconds."),
					"user_id":   computedText("Id of the user who caused the event, null if Celonis does not return it."),
					"user_role": computedText("Role of the user who caused the event, null if Celonis does not return it."),
					"message": computedText("Details of the event as JSON, which `jsondecode` can parse. The keys depend on the event. Null if " +
						"Celonis returns no details."),
					"old_value":  computedText("Value before the change, as JSON if it is not a string. Null if the event contains no old value."),
					"new_value":  computedText("Value after the change, as JSON if it is not a string. Null if the event contains no new value."),
					"ip_address": computedText("IP address from which the request came, null if Celonis does not return it."),
					"port":       computedText("Port from which the request came, null if Celonis does not return it."),
				}),
				"truncated": truncatedAttribute(),
			},
		},
	}
}

func readAuditEvents(ctx context.Context, celonis *client.Client, model *auditEventsModel) error {
	query, err := model.query()
	if err != nil {
		return err
	}

	log, err := celonis.AuditEvents(ctx, query)
	if err != nil {
		return model.blame(err)
	}

	model.Truncated = types.BoolValue(log.Truncated)
	model.Events = []auditEventEntry{}

	for _, event := range log.Events {
		if !matchesAnyFold(model.EventNames, event.Event) {
			continue
		}

		model.Events = append(model.Events, auditEventEntry{
			Event: event.Event, Timestamp: eventTime(event.Time), UserID: textOrNull(event.UserID), UserRole: textOrNull(event.UserRole),
			Message: textOrNull(event.Message), OldValue: valueOrNull(event.OldValue), NewValue: valueOrNull(event.NewValue),
			IPAddress: textOrNull(event.IPAddress), Port: textOrNull(event.Port),
		})
	}

	return nil
}

// valueOrNull returns null for a missing value, but an empty string for an empty value.
func valueOrNull(value client.AuditValue) *string {
	if !value.Known {
		return nil
	}

	return &value.Text
}
