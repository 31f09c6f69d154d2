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
		what:       "Unable to read the audit log",
		read:       readAuditEvents,
		validators: []datasource.ConfigValidator{eventSpan()},
		schema: schema.Schema{
			MarkdownDescription: "Reads events of the audit log in a span of time: who changed members, groups, permissions, OAuth clients and so " +
				"on. User ids, addresses and whatever the messages hold end up in the state. An OAuth client needs the scope `audit.log:read`, and " +
				"every identity the permission *Use Audit Logs API* (Admin & Settings > Permissions > Team). Version 1 of the Audit Log API " +
				"is asked, which takes a span of time. Where it has ended, version 2 is, which takes none: then 500 events cost a request, and " +
				"all events since `from` have to be read.",
			Attributes: map[string]schema.Attribute{
				"from": fromAttribute(),
				"to":   toAttribute(),
				"event_names": chosenTexts("Names of the events to return, such as `PERMISSIONS_UPDATE`, `TEAM_MEMBERSHIP_CREATED`, "+
					"`USER_JOIN_GROUP` or `OAUTH_CLIENT_CREATED`. The Celonis help lists them under *Audit logs*. Default: all.",
					stringvalidator.RegexMatches(regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`), "must be in capital letters, such as PERMISSIONS_UPDATE")),
				"max_events": maxEventsAttribute("`event_names` chooses"),
				"events": computedList("The events, the newest first; events of the same time by name and user.", map[string]schema.Attribute{
					"event":     computedText("Name of the event, see `event_names`."),
					"timestamp": computedText("When it was, RFC 3339 in UTC with milliseconds."),
					"user_id":   computedText("Id of who did it, null if nothing is said."),
					"user_role": computedText("Role of who did it, null if nothing is said."),
					"message": computedText("What it was about, as JSON for `jsondecode`; each kind of event has its own keys. Null if " +
						"nothing is said."),
					"old_value":  computedText("Value before a change, as JSON if it is no text; null if there is none."),
					"new_value":  computedText("Value after a change, as JSON if it is no text; null if there is none."),
					"ip_address": computedText("IP address that it came from, null if nothing is said."),
					"port":       computedText("Port that it came from, null if nothing is said."),
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
		if !isChosen(model.EventNames, event.Event) {
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

// valueOrNull keeps an empty value apart from none.
func valueOrNull(value client.AuditValue) *string {
	if !value.Known {
		return nil
	}

	return &value.Text
}
