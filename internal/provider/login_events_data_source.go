package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
)

type loginEventsModel struct {
	eventSpanModel

	EventTypes types.Set         `tfsdk:"event_types"`
	Email      types.String      `tfsdk:"email"`
	Events     []loginEventEntry `tfsdk:"events"`

	// listed is the number of events before `event_types` and `email` are applied.
	listed int
}

type loginEventEntry struct {
	EventType string  `tfsdk:"event_type"`
	Email     *string `tfsdk:"email"`
	Success   *bool   `tfsdk:"success"`
	Timestamp string  `tfsdk:"timestamp"`
}

func newLoginEventsDataSource() datasource.DataSource {
	return &dataSource[loginEventsModel]{
		name:    "login_events",
		summary: "Unable to read the login history",
		read:    readLoginEvents,
		hint: func(model *loginEventsModel) (summary, detail string) {
			if model.listed > 0 {
				return "", ""
			}

			return "Celonis lists no login events", "Celonis returned no events between " + model.From.ValueString() + " and " +
				model.To.ValueString() + ", for any user. Either nobody signed in, or the team does not record its login history. In " +
				"the latter case, a check that finds no failed sign-ins proves nothing.\n\nWhat to do: in Celonis, under Admin & " +
				"Settings, check that the login history is enabled and retained for long enough."
		},
		validators: []datasource.ConfigValidator{eventSpan()},
		schema: schema.Schema{
			MarkdownDescription: "Reads the login history for a time range: sign-ins, sign-outs and failed attempts. **The login history must " +
				"be enabled for the team**, with a retention period that covers the time range. While the login history is disabled, the list " +
				"of events is empty, so a check that finds no failed sign-ins proves nothing. If Celonis returns no events at all, the provider " +
				"shows a warning. E-mail addresses are stored in the state. An OAuth client needs the `team.login-history:read` scope, and the " +
				"client, key or user needs the *Use Login History API* permission (Admin & Settings > Permissions > Team).",
			Attributes: map[string]schema.Attribute{
				"from": fromAttribute(),
				"to":   toAttribute(),
				"event_types": chosenTexts("Types of the events to return: `"+strings.Join(client.LoginEventTypes(), "`, `")+"`. Defaults to "+
					"all types, including types that Celonis may add later.", stringvalidator.OneOf(client.LoginEventTypes()...)),
				"email": schema.StringAttribute{
					MarkdownDescription: "E-mail address of the person to return events for, case-insensitive. Defaults to all addresses.",
					Optional:            true, Validators: []validator.String{notBlank()},
				},
				"max_events": maxEventsAttribute("the `event_types` and `email` filters"),
				"events": computedList("Events, newest first. Events with the same timestamp are sorted by type and "+
					"address.", map[string]schema.Attribute{
					"event_type": computedText("Type of the event, as in `event_types`."),
					"email":      computedText("E-mail address used to sign in, null if Celonis does not return it."),
					"success": schema.BoolAttribute{
						MarkdownDescription: "Whether the sign-in succeeded, null if Celonis does not return it.", Computed: true,
					},
					"timestamp": computedText("Time of the event, in RFC 3339 format and UTC, with milliseconds."),
				}),
				"truncated": truncatedAttribute(),
			},
		},
	}
}

func readLoginEvents(ctx context.Context, celonis *client.Client, model *loginEventsModel) error {
	query, err := model.query()
	if err != nil {
		return err
	}

	history, err := celonis.LoginEvents(ctx, query)
	if err != nil {
		return model.blame(err)
	}

	model.Truncated = types.BoolValue(history.Truncated)
	model.listed = len(history.Events)
	model.Events = []loginEventEntry{}

	for _, event := range history.Events {
		if !matchesFold(model.Email, event.Email) || !matchesAnyFold(model.EventTypes, event.Type) {
			continue
		}

		entry := loginEventEntry{EventType: event.Type, Email: textOrNull(event.Email), Timestamp: eventTime(event.Time)}

		if event.Success != "" {
			success := event.Success == "true"
			entry.Success = &success
		}

		model.Events = append(model.Events, entry)
	}

	return nil
}
