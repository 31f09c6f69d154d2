package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

type subscriptionModel struct {
	ID               types.String          `tfsdk:"id"`
	KnowledgeModelID types.String          `tfsdk:"knowledge_model_id"`
	TriggerID        types.String          `tfsdk:"trigger_id"`
	Name             types.String          `tfsdk:"name"`
	Callback         *subscriptionCallback `tfsdk:"callback"`
	SkipErrors       types.Bool            `tfsdk:"skip_errors"`
	Paused           types.Bool            `tfsdk:"paused"`
	Status           types.String          `tfsdk:"status"`
	OwnerName        types.String          `tfsdk:"owner_name"`
	CreatedAt        types.String          `tfsdk:"created_at"`
}

type subscriptionCallback struct {
	transport.Redacted `tfsdk:"-"`

	URI              types.String `tfsdk:"uri"`
	Headers          types.Map    `tfsdk:"headers"`
	HeadersWO        types.Map    `tfsdk:"headers_wo"`
	HeadersWOVersion types.Int64  `tfsdk:"headers_wo_version"`
}

// subscriptionAccess is the text about required permissions in the description of each action, resource and data source for subscriptions.
const subscriptionAccess = " The Event Subscription API must be activated for the team. An OAuth client needs the " +
	"`intelligence.subscriptions:manage` and `intelligence.knowledge-models:read` scopes, and the client, key or user needs the `USE " +
	"PACKAGE` and `EDIT PACKAGE` permissions on the model's Studio package (Studio > the package > Permissions)."

func newSubscriptionResource() resource.Resource {
	return &managedResource[subscriptionModel]{
		name: "subscription", noun: "subscription",
		identity: map[string]string{"id": "Id of the subscription."},
		find:     findSubscription,
		create:   createSubscription,
		read:     readSubscription,
		update:   updateSubscription,
		delete: func(ctx context.Context, do *operation[subscriptionModel]) error {
			return do.celonis.DeleteSubscription(ctx, do.model.ID.ValueString())
		},
		check:  checkReplacedSubscription,
		exists: func(model *subscriptionModel) bool { return isSet(model.ID) },
		schema: subscriptionSchema(),
	}
}

// checkReplacedSubscription verifies that the new trigger exists. Without this check, a mistyped id would destroy the existing
// subscription.
func checkReplacedSubscription(ctx context.Context, do *operation[subscriptionModel]) error {
	model, prior := do.model, do.prior
	if prior == nil || !isSet(model.KnowledgeModelID) || !isSet(model.TriggerID) ||
		model.KnowledgeModelID.Equal(prior.KnowledgeModelID) && model.TriggerID.Equal(prior.TriggerID) {
		return nil
	}

	_, err := do.celonis.Trigger(ctx, model.KnowledgeModelID.ValueString(), model.TriggerID.ValueString(), "")

	return unlessFound("trigger_id", err, "Set `trigger_id` to the id of a trigger of this Knowledge Model: the `id` of the "+
		"`celonis_knowledge_model_trigger` data source. Ids are case-sensitive. The existing subscription is kept until the plan succeeds.")
}

func subscriptionSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "An event subscription: Celonis calls `callback` whenever the trigger of a Knowledge Model fires." +
			subscriptionAccess + " If Celonis cannot deliver events (`status` is `failed`, `suspended` or `rejected`), a warning shows what to " +
			"do; the status alone never causes a planned change. The [Subscribing to triggers](../guides/subscribing-to-triggers.md) guide covers " +
			"callbacks, states, token rotation, limits and costs. You can import a subscription by its id, or by its name if the name is unique.",
		Attributes: map[string]schema.Attribute{
			"id": idAttribute("Id of the subscription."),
			"knowledge_model_id": schema.StringAttribute{
				MarkdownDescription: "Id of the Knowledge Model that defines the trigger, in the form `<package_key>.<key>`, case-sensitive. " +
					"Changing this forces a new resource. The `celonis_knowledge_model` data source returns the id.",
				Required: true, Validators: []validator.String{notEmpty()},
				PlanModifiers: []planmodifier.String{
					checkedWhenChanged(notBlank(), parsedBy(parseKnowledgeModelID)), stringplanmodifier.RequiresReplace(),
				},
			},
			"trigger_id": schema.StringAttribute{
				MarkdownDescription: "Id of the trigger, case-sensitive. Changing this forces a new resource. The " +
					"`celonis_knowledge_model_trigger` data source finds the id by the trigger's name.",
				Required: true, Validators: []validator.String{notEmpty()},
				PlanModifiers: []planmodifier.String{checkedWhenChanged(notBlank()), stringplanmodifier.RequiresReplace()},
			},
			"name": schema.StringAttribute{
				MarkdownDescription: "Name of the subscription, 1 to 1024 characters, without leading or trailing whitespace.",
				Required:            true,
				PlanModifiers: []planmodifier.String{
					checkedWhenChanged(notBlank(), trimmed(), stringvalidator.UTF8LengthAtMost(maxSubscriptionText)),
				},
			},
			"callback": schema.SingleNestedAttribute{
				MarkdownDescription: "Callback to which Celonis sends events. When the subscription is created, Celonis checks that it can reach " +
					"the callback. If the configuration of an imported subscription sets no headers, the subscription keeps its " +
					"headers until a change to any attribute other than `paused` removes them.",
				Required: true, Attributes: callbackAttributes(),
			},
			"skip_errors": schema.BoolAttribute{
				MarkdownDescription: "Whether Celonis permanently drops events that it cannot deliver, so that later events are " +
					"delivered. If `false`, a failed delivery blocks all later events. Defaults to `false`.",
				Optional: true, Computed: true, Default: booldefault.StaticBool(false),
			},
			"paused": schema.BoolAttribute{
				MarkdownDescription: "Whether the subscription collects events without delivering them. When you set `paused` back to " +
					"`false`, Celonis delivers the collected events first. If other attributes change while `paused` is `true`, Celonis may " +
					"briefly deliver events before the provider pauses the subscription again. Defaults to `false`.",
				Optional: true, Computed: true, Default: booldefault.StaticBool(false),
			},
			"status": schema.StringAttribute{
				MarkdownDescription: "State of the subscription when Terraform last read it: `active`, `paused`, `failed`, `suspended` or " +
					"`rejected`.",
				Computed: true,
			},
			"owner_name": schema.StringAttribute{
				MarkdownDescription: "Name of the identity that created the subscription, null if Celonis does not return it.", Computed: true,
				PlanModifiers: []planmodifier.String{stringplanmodifier.UseNonNullStateForUnknown()},
			},
			"created_at": schema.StringAttribute{
				MarkdownDescription: "Time at which the subscription was created, in RFC 3339 format and UTC, null if Celonis does not " +
					"return it.", Computed: true,
				PlanModifiers: []planmodifier.String{stringplanmodifier.UseNonNullStateForUnknown()},
			},
		},
	}
}

// maxSubscriptionText is the maximum length of a subscription's name and of its callback's address, in characters. Source: the
// SubscriptionRequest schema of the Event Subscription API.
const maxSubscriptionText = 1024

func callbackAttributes() map[string]schema.Attribute {
	writeOnly := path.MatchRelative().AtParent().AtName("headers_wo")

	return map[string]schema.Attribute{
		"uri": schema.StringAttribute{
			MarkdownDescription: "Address to which Celonis sends events, `https://…`, at most 1024 characters. Celonis must be able to reach the " +
				"address from the internet; firewalls must allow Celonis's outbound addresses. Plans show the address, so put credentials in " +
				"the headers instead.",
			Required: true, Validators: []validator.String{notEmpty()},
			PlanModifiers: []planmodifier.String{checkedWhenChanged(notBlank(), parsedBy(parseCallbackURI))},
		},
		"headers": schema.MapAttribute{
			MarkdownDescription: "HTTP headers that Celonis sends to the callback, as a map from name to value, at most 8192 bytes in total. The " +
				"allowed names are `Authorization`, `Content-Type`, `User-Agent`, `Host` and `Accept`. **The headers are stored in the state in " +
				"plain text**; to avoid this, use `headers_wo`. Celonis never returns headers, so the provider cannot detect changes made " +
				"elsewhere. Conflicts with `headers_wo`. Defaults to none.",
			Optional: true, Sensitive: true, ElementType: types.StringType,
			Validators: []validator.Map{
				unlocatedMap{mapvalidator.ConflictsWith(writeOnly)}, unlocatedMap{mapvalidator.SizeAtLeast(1)}, unlocatedMap{callbackHeaders()},
			},
		},
		"headers_wo": schema.MapAttribute{
			MarkdownDescription: "HTTP headers that Celonis sends to the callback. Unlike `headers`, these headers are stored neither in the plan " +
				"nor in the state. The allowed names and the size limit are the same as for `headers`. The values can be ephemeral. " +
				"Requires Terraform or OpenTofu 1.11. The provider sends these headers when it creates the subscription and when it changes any " +
				"attribute other than `paused`. Terraform cannot detect changes to these values, so increase `headers_wo_version` with each " +
				"change. Conflicts with `headers`. Defaults to none.",
			Optional: true, Sensitive: true, WriteOnly: true, ElementType: types.StringType,
			Validators: []validator.Map{
				// The validator of headers already reports the conflict.
				unlocatedMap{withVersion{}}, unlocatedMap{mapvalidator.SizeAtLeast(1)}, unlocatedMap{callbackHeaders()},
			},
		},
		"headers_wo_version": schema.Int64Attribute{
			MarkdownDescription: "Arbitrary version number for `headers_wo`. Increase the number to send new headers. Decreasing the number also " +
				"sends the headers, but causes a warning. Required with `headers_wo`. Defaults to none.",
			Optional: true, Validators: []validator.Int64{unlocatedInt64{int64validator.AlsoRequires(writeOnly)}},
			PlanModifiers: []planmodifier.Int64{warnIfLowered{}},
		},
	}
}

// findSubscription finds a subscription by id, or by name if the name is unique. All imports in a run, and the reads that follow them, share one
// copy of the list.
func findSubscription(ctx context.Context, celonis *client.Client, text string) (map[string]string, error) {
	subscriptions, err := celonis.Subscriptions(ctx)
	if err == nil && slices.ContainsFunc(subscriptions, func(one client.Subscription) bool { return one.ID == text }) {
		return byID(ctx, celonis, text)
	}

	found, err := celonis.SubscriptionByName(ctx, text)
	if isMissing(err) { // The lookup by name fetched a new list, which may also contain the id.
		if _, unknown := celonis.Subscription(ctx, text); !isMissing(unknown) {
			return byID(ctx, celonis, text)
		}
	}

	return map[string]string{"id": found.ID}, err
}

func createSubscription(ctx context.Context, do *operation[subscriptionModel]) error {
	model := do.model
	model.ID, model.Status, model.OwnerName, model.CreatedAt = types.StringNull(), types.StringNull(), types.StringNull(), types.StringNull()

	spec, err := subscriptionSpec(do)
	if err != nil {
		return err
	}

	id, err := do.celonis.CreateSubscription(ctx, spec)
	if err = warnIfDuplicated(do, "subscription", err); err != nil {
		return blameSubscription(err, spec)
	}

	model.ID = types.StringValue(id)

	setUnlisted(ctx, do)

	var status client.SubscriptionStatus

	if model.Paused.ValueBool() {
		if status, err = do.celonis.PauseSubscription(ctx, id); err != nil {
			return &attributeError{
				attribute: path.Root("paused"), err: err,
				requested: "the subscription " + id + " was created but could not be paused. It is in the state and is delivering events",
			}
		}
	}

	found, err := do.celonis.ChangedSubscription(ctx, id, func(client.Subscription) bool { return true })
	if err != nil {
		// The subscription exists. The next refresh sets the missing values.
		do.warn(path.Root("status"), "Unable to read the new subscription", fmt.Sprintf("The subscription %s was created, and is in the "+
			"state. Its status could not be read: %v.\n\nWhat to do: nothing. The next plan reads the status.", id, err))

		return nil
	}

	if status != "" { // The list may still contain the previous status.
		found.Status = status
	}

	setListed(ctx, do)
	model.fill(found)
	warnOfStatus(do)

	return nil
}

func readSubscription(ctx context.Context, do *operation[subscriptionModel]) error {
	found, err := do.celonis.Subscription(ctx, do.model.ID.ValueString())

	switch {
	case isMissing(err) && isUnlisted(ctx, do):
		do.warn(path.Root("status"), "The subscription is not listed yet", fmt.Sprintf("The subscription %s was created recently, and "+
			"Celonis does not list it yet. It remains in the state.\n\nWhat to do: plan again in a few minutes. If Celonis still "+
			"does not list it then, the provider treats it as deleted.", do.model.ID.ValueString()))

		return nil
	case isMissing(err) && do.isImported(ctx):
		return &goneError{err}
	case isMissing(err):
		do.warn(path.Empty(), "The subscription is no longer listed", fmt.Sprintf("Celonis no longer lists the subscription %s, so the "+
			"provider treats it as deleted.\n\nWhat to do: if the subscription was deleted, nothing. If the credentials or their "+
			"permissions have changed, do not apply: Celonis also omits subscriptions that the credentials cannot see, and the apply "+
			"would create a duplicate.", do.model.label()))

		return &goneError{err}
	case err != nil:
		return err
	}

	setListed(ctx, do)
	do.model.fill(found)
	do.model.compare(found)
	warnOfStatus(do)

	return nil
}

// isMissing reports whether the error means that a complete list does not contain the subscription. A 404 for the list itself does not
// prove this, regardless of its error code.
func isMissing(err error) bool {
	failure, ok := errors.AsType[*transport.Error](err)

	return ok && failure.Reason == transport.ReasonNotFound && failure.Status == 0
}

// updateSubscription sends the whole subscription if anything except `paused` has changed. Sending the whole subscription may resume a paused
// subscription. If the subscription should be paused, updateSubscription therefore pauses it again.
func updateSubscription(ctx context.Context, do *operation[subscriptionModel]) error {
	model, id := do.model, do.model.ID.ValueString()
	wanted, before := model.Paused.ValueBool(), do.prior.Paused.ValueBool()

	if subscriptionDiffers(model, do.prior) {
		found, err := replaceSubscription(ctx, do)
		if err != nil {
			return err
		}

		model.fill(found)

		before = !wanted && found.Status == client.SubscriptionPaused
	}

	model.settleUnknown(do.prior)

	var (
		status = client.SubscriptionStatus(model.Status.ValueString())
		err    error
	)

	switch {
	case wanted && !before:
		status, err = do.celonis.PauseSubscription(ctx, id)
	case !wanted && before:
		status, err = do.celonis.ResumeSubscription(ctx, id)
	}

	if err != nil {
		return &attributeError{attribute: path.Root("paused"), err: err}
	}

	model.Status = types.StringPointerValue(textOrNull(string(status)))
	warnOfStatus(do)

	return nil
}

// replaceSubscription sends the whole subscription, and returns it as it appears in the updated list.
func replaceSubscription(ctx context.Context, do *operation[subscriptionModel]) (client.Subscription, error) {
	id := do.model.ID.ValueString()

	spec, err := subscriptionSpec(do)
	if err != nil {
		return client.Subscription{}, err
	}

	if err := do.celonis.UpdateSubscription(ctx, id, spec); err != nil {
		return client.Subscription{}, blameSubscription(err, spec)
	}

	return do.celonis.ChangedSubscription(ctx, id, do.model.isApplied)
}

// subscriptionDiffers reports whether any attribute except `paused` differs.
func subscriptionDiffers(one, other *subscriptionModel) bool {
	a, b := one.Callback, other.Callback

	return a == nil || b == nil || !one.Name.Equal(other.Name) || !one.SkipErrors.Equal(other.SkipErrors) || !a.URI.Equal(b.URI) ||
		!a.Headers.Equal(b.Headers) || !a.HeadersWOVersion.Equal(b.HeadersWOVersion)
}

// subscriptionSpec returns the planned state, with write-only headers from the configuration. subscriptionSpec also rejects null headers, because
// headers that were unknown during validation may have turned out to be null.
func subscriptionSpec(do *operation[subscriptionModel]) (client.SubscriptionSpec, error) {
	model := do.model
	if !model.Callback.HeadersWOVersion.IsNull() && do.config.Callback.HeadersWO.IsNull() {
		return client.SubscriptionSpec{}, &attributeError{
			attribute: path.Root("callback").AtName("headers_wo"),
			err: errors.New("`headers_wo_version` is set, but `headers_wo` is null, which would remove the headers. To remove the headers on " +
				"purpose, omit both attributes"),
		}
	}

	spec := client.SubscriptionSpec{
		KnowledgeModelID: model.KnowledgeModelID.ValueString(), TriggerID: model.TriggerID.ValueString(), Name: model.Name.ValueString(),
		CallbackURI: model.Callback.URI.ValueString(), SkipErrors: model.SkipErrors.ValueBool(), Headers: map[string]transport.Secret{},
	}

	for _, headers := range []types.Map{model.Callback.Headers, do.config.Callback.HeadersWO} {
		for name, value := range headers.Elements() {
			if text, ok := value.(types.String); ok {
				spec.Headers[name] = transport.NewSecret(text.ValueString())
			}
		}
	}

	return spec, nil
}

// fill sets the status, and fills in any other Celonis-chosen values that are still unknown or null.
func (m *subscriptionModel) fill(found client.Subscription) {
	m.Status = types.StringPointerValue(textOrNull(string(found.Status)))

	if m.OwnerName.IsUnknown() || m.OwnerName.IsNull() {
		m.OwnerName = types.StringPointerValue(textOrNull(found.OwnerName))
	}

	if m.CreatedAt.IsUnknown() || m.CreatedAt.IsNull() {
		m.CreatedAt = types.StringPointerValue(textOrNull(found.CreatedAt))
	}
}

// settleUnknown replaces each value that is still unknown with its previous value.
func (m *subscriptionModel) settleUnknown(prior *subscriptionModel) {
	for _, value := range []struct{ planned, before *types.String }{
		{&m.Status, &prior.Status}, {&m.OwnerName, &prior.OwnerName}, {&m.CreatedAt, &prior.CreatedAt},
	} {
		if value.planned.IsUnknown() {
			*value.planned = *value.before
		}
	}
}

// compare updates the values that may have been changed outside Terraform. Values that Celonis does not return remain unchanged.
func (m *subscriptionModel) compare(found client.Subscription) {
	m.OwnerName = types.StringPointerValue(textOrNull(found.OwnerName))
	m.CreatedAt = types.StringPointerValue(textOrNull(found.CreatedAt))
	m.Name = types.StringValue(found.Name) // The attribute is required, so it must not be null, even if the name is empty.
	m.SkipErrors = types.BoolValue(found.SkipErrors)

	// The two ids never change. Set them only after an import, because a different spelling would replace the subscription.
	if m.KnowledgeModelID.IsNull() {
		m.KnowledgeModelID = types.StringPointerValue(textOrNull(found.KnowledgeModelID))
	}

	if m.TriggerID.IsNull() {
		m.TriggerID = types.StringPointerValue(textOrNull(found.TriggerID))
	}

	if m.Callback == nil {
		m.Callback = &subscriptionCallback{Headers: types.MapNull(types.StringType), HeadersWO: types.MapNull(types.StringType)}
	}

	if found.CallbackURI != "" && !client.IsSameURI(found.CallbackURI, m.Callback.URI.ValueString()) {
		m.Callback.URI = types.StringValue(found.CallbackURI)
	}

	switch found.Status {
	case client.SubscriptionPaused:
		m.Paused = types.BoolValue(true)
	case client.SubscriptionActive:
		m.Paused = types.BoolValue(false)
	default: // A status other than paused and active must not cause a planned change.
		m.Paused = types.BoolValue(m.Paused.ValueBool())
	}
}

// isApplied reports whether the listed subscription matches the requested state.
func (m *subscriptionModel) isApplied(listed client.Subscription) bool {
	return transport.SameText(listed.Name, m.Name.ValueString()) && listed.SkipErrors == m.SkipErrors.ValueBool() &&
		(listed.CallbackURI == "" || client.IsSameURI(listed.CallbackURI, m.Callback.URI.ValueString()))
}

// warnOfStatus warns about a subscription that does not deliver events, and explains what to do. Sources:
// developer.celonis.com/process-intelligence-apis/subscription-api, overview and notifications.
func warnOfStatus(do *operation[subscriptionModel]) {
	var happened, advice string

	const send = "Any change to the subscription, such as a new `headers_wo_version` or `name`, reactivates it"

	switch status := client.SubscriptionStatus(do.model.Status.ValueString()); status {
	case client.SubscriptionFailed:
		happened = "Celonis could not deliver an event to the callback. It retries automatically for 8 hours, and then suspends the " +
			"subscription"
		advice = "Check that the callback responds, and that its headers are still valid. " + send + " immediately."
	case client.SubscriptionSuspended:
		happened = "Celonis was unable to deliver events to the callback for 8 hours, and no longer retries"
		advice = "Check that the callback responds, and that its headers are still valid. " + send + "."
	case client.SubscriptionRejected:
		happened = "The callback rejected an event"
		advice = "Check the callback's log, and fix the callback. " + send + ". If the subscription remains rejected, replace it " +
			"(`-replace`); its collected events are then lost. With `skip_errors`, Celonis drops events that the callback rejects."
	case client.SubscriptionActive, client.SubscriptionPaused:
		return
	default:
		return
	}

	do.warn(path.Root("status"), "The subscription is "+do.model.Status.ValueString(),
		fmt.Sprintf("%s: %s.\n\nWhat to do: %s", do.model.label(), happened, advice))
}

// label returns the subscription's name for a message, without line breaks, because the name may come from the service.
func (m *subscriptionModel) label() string {
	return fmt.Sprintf("%s (%s)", strings.Join(strings.Fields(m.Name.ValueString()), " "), m.ID.ValueString())
}

// unlistedKey is the private-state key under which the creation time is stored until a list contains the subscription. unlistedFor is the
// maximum time for which lists may omit a new subscription.
const (
	unlistedKey = "unlisted_since"
	unlistedFor = 10 * time.Minute
)

func setUnlisted(ctx context.Context, do *operation[subscriptionModel]) {
	do.private.SetKey(ctx, unlistedKey, []byte(time.Now().UTC().Format(`"`+time.RFC3339+`"`))) // SetKey accepts any JSON.
}

// setListed records that the list contains the subscription. After that, a list without the subscription means that the subscription was
// deleted.
func setListed(ctx context.Context, do *operation[subscriptionModel]) {
	do.private.SetKey(ctx, unlistedKey, nil)
}

// isUnlisted reports whether a subscription may be missing from the list because it is new.
func isUnlisted(ctx context.Context, do *operation[subscriptionModel]) bool {
	kept, _ := do.private.GetKey(ctx, unlistedKey) // An unreadable value counts as missing.
	since, err := time.Parse(`"`+time.RFC3339+`"`, string(kept))

	return err == nil && time.Since(since) < unlistedFor
}
