package provider

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// parseCallbackURI rejects addresses that Celonis would reject. Its errors never repeat the address. Source: the SubscriptionRequest schema
// of the Event Subscription API.
func parseCallbackURI(address string) (*url.URL, error) {
	parsed, err := url.Parse(address)

	switch {
	case err != nil || strings.ContainsAny(address, " \t\r\n"):
		return nil, errors.New("it is not a URL")
	case !strings.EqualFold(parsed.Scheme, "https"):
		return nil, errors.New("it must begin with https://, as Celonis requires")
	case parsed.Hostname() == "":
		return nil, errors.New("it has no host name")
	case parsed.User != nil:
		return nil, errors.New("it contains a user name; put credentials in headers instead")
	case parsed.Fragment != "":
		return nil, errors.New("it has a fragment (#…), which HTTP requests never include")
	case utf8.RuneCountInString(address) > maxSubscriptionText:
		return nil, fmt.Errorf("it has more than %d characters", maxSubscriptionText)
	}

	return parsed, nil
}

// maxHeaderBytes is the maximum total size of all headers. Source: the SubscriptionRequest schema.
const maxHeaderBytes = 8192

// callbackHeaderNames returns the names of the headers that Celonis accepts. Source: the SubscriptionRequest schema.
func callbackHeaderNames() []string {
	return []string{"Accept", "Authorization", "Content-Type", "Host", "User-Agent"}
}

// plainHeaderName matches names that cannot be secrets. If names and values are swapped by mistake, a name may contain a secret.
var plainHeaderName = regexp.MustCompile(`^[A-Za-z-]{0,30}$`)

// headerCheck rejects headers that Celonis would reject. Its messages do not contain header values.
type headerCheck struct{}

func callbackHeaders() validator.Map { return headerCheck{} }

// Description implements [validator.Describer].
func (headerCheck) Description(context.Context) string {
	return fmt.Sprintf("must contain only %s, with at most %d bytes in total", strings.Join(callbackHeaderNames(), ", "), maxHeaderBytes)
}

// MarkdownDescription implements [validator.Describer].
func (c headerCheck) MarkdownDescription(ctx context.Context) string { return c.Description(ctx) }

// ValidateMap implements [validator.Map].
func (c headerCheck) ValidateMap(_ context.Context, req validator.MapRequest, resp *validator.MapResponse) {
	var total int

	seen := map[string]string{}
	refuse := func(problem string) {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid header for the callback", problem)
	}

	elements := req.ConfigValue.Elements()

	for _, name := range slices.Sorted(maps.Keys(elements)) {
		lower := strings.ToLower(name)

		if !slices.ContainsFunc(callbackHeaderNames(), func(known string) bool { return strings.EqualFold(known, name) }) {
			what := fmt.Sprintf("the header %q", name)
			if !plainHeaderName.MatchString(name) {
				what = "one of these headers"
			}

			refuse(fmt.Sprintf("Celonis does not send %s. The allowed headers are %s.", what, strings.Join(callbackHeaderNames(), ", ")))
		} else if twin, twice := seen[lower]; twice {
			refuse(fmt.Sprintf("%q and %q are the same header: header names are case-insensitive.", twin, name))
		}

		seen[lower] = name
		total += len(name)

		value, ok := elements[name].(types.String)
		if !ok || value.IsUnknown() {
			continue
		}

		if text := value.ValueString(); plainHeaderName.MatchString(name) &&
			(strings.TrimSpace(text) == "" || strings.ContainsFunc(text, unicode.IsControl)) {
			refuse(fmt.Sprintf("The value of %q cannot be sent: it is empty, or it contains a line break or another control character.", name))
		}

		total += len(value.ValueString())
	}

	if total > maxHeaderBytes {
		refuse(fmt.Sprintf("The names and values add up to %d bytes, but Celonis accepts at most %d.", total, maxHeaderBytes))
	}
}

// withVersion rejects write-only headers without a version.
type withVersion struct{}

// Description implements [validator.Describer].
func (withVersion) Description(context.Context) string { return "requires headers_wo_version" }

// MarkdownDescription implements [validator.Describer].
func (v withVersion) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateMap implements [validator.Map].
func (withVersion) ValidateMap(ctx context.Context, req validator.MapRequest, resp *validator.MapResponse) {
	var version types.Int64

	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, req.Path.ParentPath().AtName("headers_wo_version"), &version)...)

	if !req.ConfigValue.IsNull() && version.IsNull() && !resp.Diagnostics.HasError() {
		resp.Diagnostics.AddAttributeError(req.Path, "Missing headers_wo_version", "Terraform does not store `headers_wo`, so it cannot detect "+
			"a change. Add `headers_wo_version = 1`, and increase the number whenever you change the headers.")
	}
}

// blameSubscription attaches a rejection to the attribute that caused it. If the callback is the cause, the message contains its address, because
// Terraform does not show the configuration line of a nested attribute. Source: the error catalogue of the Event Subscription API.
func blameSubscription(err error, spec client.SubscriptionSpec) error {
	failure, ok := errors.AsType[*transport.Error](err)
	if !ok {
		return err
	}

	switch failure.Code {
	case "KM_MODEL_NOTFOUND":
		return blameModel(err)
	case "SUBSCRIPTION_TRIGGER_NOTFOUND":
		return &attributeError{attribute: path.Root("trigger_id"), err: err}
	case "SUBSCRIPTION_CALLBACK_FAILED", "SUBSCRIPTION_URI_ILLEGAL":
		return &attributeError{
			attribute: path.Root("callback").AtName("uri"), requested: "the callback " + client.WithoutQuery(spec.CallbackURI), err: err,
		}
	case "SUBSCRIPTION_EMPTY_HEADER":
		return &attributeError{attribute: path.Root("callback"), err: err}
	}

	switch {
	case failure.Reason == transport.ReasonExists:
		return &attributeError{attribute: path.Root("name"), err: err}
	case failure.Reason == transport.ReasonStatus && failure.Status == http.StatusBadRequest && !strings.HasPrefix(failure.Code, "SUBSCRIPTION_"):
		// Celonis does not document an error code for too many subscriptions. Source: developer.celonis.com, Event Subscription API, rate
		// limiting.
		return &attributeError{attribute: path.Empty(), err: err, advice: "Check the attributes of this object. If the response " +
			"mentions a limit, the team has reached the maximum number of subscriptions that its licence allows (10, 20, 50 or 100). Delete an " +
			"unused subscription (the `celonis_subscriptions` data source lists them all), or ask your Celonis account team for a higher limit."}
	default:
		return err
	}
}

// warnIfLowered is a plan modifier that warns if a version decreases, which usually indicates an older configuration.
type warnIfLowered struct{}

// Description implements [planmodifier.Describer].
func (warnIfLowered) Description(context.Context) string { return "should only be raised" }

// MarkdownDescription implements [planmodifier.Describer].
func (w warnIfLowered) MarkdownDescription(ctx context.Context) string { return w.Description(ctx) }

// PlanModifyInt64 implements [planmodifier.Int64].
func (warnIfLowered) PlanModifyInt64(_ context.Context, req planmodifier.Int64Request, resp *planmodifier.Int64Response) {
	before, planned := req.StateValue, req.PlanValue
	if before.IsNull() || planned.IsNull() || planned.IsUnknown() || planned.ValueInt64() >= before.ValueInt64() {
		return
	}

	// The warning has no location, because Terraform would print the line, which may contain a literal header.
	resp.Diagnostics.AddWarning("headers_wo_version decreases", fmt.Sprintf("`headers_wo_version` is %d in the "+
		"state and %d in the configuration. The apply sends the current `headers_wo` to Celonis. If this is an older configuration, such "+
		"as a stale branch or a revert, the headers may contain old credentials that the callback no longer accepts.\n\nWhat to do: check "+
		"`headers_wo`. To keep the headers stored in Celonis, set `headers_wo_version` to %[1]d; to send new headers, set it to %[3]d.",
		before.ValueInt64(), planned.ValueInt64(), before.ValueInt64()+1))
}
