package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// defaultMaxEvents is the default of `max_events`.
const defaultMaxEvents = 1000

// eventSpanModel contains the arguments that all event data sources share.
type eventSpanModel struct {
	From      types.String `tfsdk:"from"`
	To        types.String `tfsdk:"to"`
	MaxEvents types.Int64  `tfsdk:"max_events"`
	Truncated types.Bool   `tfsdk:"truncated"`
}

// query converts the arguments, which must be known and valid, to a query.
func (m eventSpanModel) query() (client.EventQuery, error) {
	query := client.EventQuery{MaxEvents: defaultMaxEvents}

	for _, one := range []struct {
		text   types.String
		target *time.Time
	}{{m.From, &query.From}, {m.To, &query.To}} {
		at, err := time.Parse(time.RFC3339, one.text.ValueString())
		if err != nil {
			return query, fmt.Errorf("%q is not a date and time: %w", one.text.ValueString(), err)
		}

		*one.target = at
	}

	if !m.MaxEvents.IsNull() {
		query.MaxEvents = int(m.MaxEvents.ValueInt64())
	}

	return query, nil
}

// blame adds the requested time range to a rejection, because the service's message often omits it.
func (m eventSpanModel) blame(err error) error {
	if failure, ok := errors.AsType[*transport.Error](err); ok && failure.Status == http.StatusBadRequest {
		return &attributeError{
			attribute: path.Empty(), requested: "from " + m.From.ValueString() + ", to " + m.To.ValueString(), err: err,
		}
	}

	return err
}

func fromAttribute() schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: "Start of the time range, in RFC 3339 format such as `2026-01-05T00:00:00Z`, inclusive. For a range relative to the " +
			"current time, use the `timeadd` and `plantimestamp` functions: `timeadd(plantimestamp(), \"-24h\")`.",
		Required: true, Validators: []validator.String{notBlank(), pointInTime()},
	}
}

func toAttribute() schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: "End of the time range, in RFC 3339 format, exclusive. Must be after `from`.",
		Required:            true, Validators: []validator.String{notBlank(), pointInTime()},
	}
}

// maxEventsAttribute returns the argument that limits the number of events to read. filters lists the arguments that filter events.
func maxEventsAttribute(filters string) schema.Int64Attribute {
	return schema.Int64Attribute{
		MarkdownDescription: fmt.Sprintf("Maximum number of events to read, 1 to %d. The limit is applied before %s. The provider reads up to 200 "+
			"events per request. If the time range contains more than `max_events` events, Celonis decides which events are returned, and "+
			"`truncated` is `true`. Defaults to %d.",
			client.MaxEvents, filters, defaultMaxEvents),
		Optional: true, Validators: []validator.Int64{int64validator.Between(1, client.MaxEvents)},
	}
}

// truncatedAttribute returns the attribute that indicates whether events may be missing from the result.
func truncatedAttribute() schema.BoolAttribute {
	return schema.BoolAttribute{
		MarkdownDescription: "Whether the time range contains, or may contain, more than `max_events` events. A check that asserts the absence of " +
			"an event should also assert that `truncated` is `false`.",
		Computed: true,
	}
}

// chosenTexts returns an optional argument that takes a set of strings to filter by. valid is the validator for each string.
func chosenTexts(description string, valid validator.String) schema.SetAttribute {
	return schema.SetAttribute{
		MarkdownDescription: description, Optional: true, ElementType: types.StringType,
		Validators: []validator.Set{setvalidator.SizeAtLeast(1), noNulls(), setvalidator.ValueStringsAre(valid)},
	}
}

// pointInTime rejects times that are not in RFC 3339 format.
func pointInTime() validator.String {
	return stringCheck{description: "must be a date and time in RFC 3339 format", problem: func(value string) string {
		if _, err := time.Parse(time.RFC3339, value); err != nil && strings.TrimSpace(value) != "" {
			return "The value must be a date and time with a time zone, in RFC 3339 format, such as 2026-01-05T00:00:00Z or " +
				"2026-01-05T02:00:00+02:00."
		}

		return ""
	}}
}

// eventTime formats the time of an event. All results have the same length, so their alphabetical order is chronological.
func eventTime(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z07:00") }

// eventSpan rejects a time range whose start is not before its end, unless the start or the end is unknown.
func eventSpan() datasource.ConfigValidator {
	return configCheck{"`from` must be before `to`", func(ctx context.Context, config tfsdk.Config, problems *diag.Diagnostics) {
		var span eventSpanModel

		problems.Append(config.GetAttribute(ctx, path.Root("from"), &span.From)...)
		problems.Append(config.GetAttribute(ctx, path.Root("to"), &span.To)...)

		if problems.HasError() || span.From.IsUnknown() || span.To.IsUnknown() {
			return
		}

		// The attribute's own validator reports an invalid time.
		if query, err := span.query(); err == nil && !query.From.Before(query.To) {
			problems.AddAttributeError(path.Root("to"), "Invalid time range",
				fmt.Sprintf("The end of the time range, %s, must be after its start, %s.", span.To.ValueString(), span.From.ValueString()))
		}
	}}
}
