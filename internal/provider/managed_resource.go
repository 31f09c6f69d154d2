package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// managedResource implements the behaviour that all resources share. Each resource has its own file, which defines its schema, its model M
// and its API calls.
type managedResource[M any] struct {
	// name is the type name without the provider's prefix. noun is the object's name in messages.
	name, noun string
	schema     schema.Schema
	// identity contains the description of each attribute that identifies an object.
	identity map[string]string
	// find converts the id in an import block to the identity's attributes. If the identity contains lists, findLists is used instead of find.
	// findLists returns a string or a list of strings for each attribute. findLists may also return attributes that are not part of the identity.
	find      func(ctx context.Context, celonis *client.Client, text string) (map[string]string, error)
	findLists func(ctx context.Context, celonis *client.Client, text string) (map[string]any, error)
	// identified returns the identity's attributes that the state does not contain. identified is nil if the state contains all of them.
	identified func(model *M) map[string]any

	create, read, update, delete func(ctx context.Context, do *operation[M]) error
	// plan adds warnings about planned values, which may be unknown. plan may be nil.
	plan func(ctx context.Context, do *operation[M])
	// check returns an error if a new value refers to an object that does not exist. The check matters most before a replacement, because
	// Terraform destroys the existing object first. The prior state is nil for a new object. Planned values may be unknown.
	check func(ctx context.Context, do *operation[M]) error
	// memberships returns the group memberships that a resource manages, or nil if it manages none. config is nil if model is a state.
	memberships func(celonis *client.Client, config, model *M) groupMemberships
	// exists reports whether the object exists after a failed create, in which case Create must store it in the state.
	exists func(model *M) bool

	connection *connection
}

// operation is a single create, read, update, delete or plan of a managed object.
type operation[M any] struct {
	celonis *client.Client
	// model is the planned object of a create or an update, and the state in any other operation. Operations store their results in model.
	model *M
	// prior is the state before a change, or nil for a new object.
	prior *M
	// config is the configuration of a create or an update. Only the configuration contains write-only values.
	config  *M
	private privateState
	// connection is the provider's connection, which all objects of the run share.
	connection *connection
	// requireReplace marks an attribute as requiring replacement, and is nil outside a plan.
	requireReplace func(attribute path.Path)
	warn           func(attribute path.Path, summary, detail string)
}

// privateState is the provider's private data, which Terraform stores alongside the state. Values are JSON.
type privateState interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// importedKey is the private-state key that marks an imported object until its first read.
const importedKey = "imported"

// isImported reports whether the object was just imported, in which case the state contains only its identity.
func (o *operation[M]) isImported(ctx context.Context) bool {
	kept, _ := o.private.GetKey(ctx, importedKey) // An unreadable value counts as missing.

	return len(kept) > 0
}

// goneError means that Celonis reports the object as missing. A read returns a goneError only in this case.
type goneError struct{ err error }

// Error implements error.
func (e *goneError) Error() string { return e.err.Error() }

// Unwrap returns the error from Celonis.
func (e *goneError) Unwrap() error { return e.err }

// Metadata sets the type name of the resource.
func (r *managedResource[M]) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + r.name
	resp.ResourceBehavior.MutableIdentity = r.findLists != nil
}

// Schema describes the resource.
func (r *managedResource[M]) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = r.schema
}

// IdentitySchema implements [resource.ResourceWithIdentity].
func (r *managedResource[M]) IdentitySchema(
	_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse,
) {
	resp.IdentitySchema.Attributes = make(map[string]identityschema.Attribute, len(r.identity))
	for name, description := range r.identity {
		if r.isSet(name) {
			resp.IdentitySchema.Attributes[name] = identityschema.ListAttribute{
				Description: description, RequiredForImport: true, ElementType: types.StringType,
			}
		} else {
			resp.IdentitySchema.Attributes[name] = identityschema.StringAttribute{Description: description, RequiredForImport: true}
		}
	}
}

// isSet reports whether an attribute is a set. Identities use lists instead of sets.
func (r *managedResource[M]) isSet(name string) bool {
	_, isSet := r.schema.Attributes[name].(schema.SetAttribute)

	return isSet
}

// Configure stores the provider's connection.
func (r *managedResource[M]) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.connection = connectionFrom(req.ProviderData, &resp.Diagnostics)
}

// Create creates the object. If the object exists despite a failure, Create stores it in the state, and Terraform marks it as tainted.
func (r *managedResource[M]) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	summary := "Unable to create " + r.noun

	var model, config M

	resp.Diagnostics.Append(req.Plan.Get(ctx, &model)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)

	do := r.begin(summary, &model, resp.Private, &resp.Diagnostics)
	if do == nil {
		return
	}

	do.config = &config

	err := r.create(ctx, do)
	if err == nil || r.exists(&model) {
		resp.Diagnostics.Append(r.save(ctx, &model, &resp.State, resp.Identity)...)
	}

	if err != nil {
		r.report(&resp.Diagnostics, summary, err)
	}
}

// Read refreshes the state. Read removes the object from the state only if Celonis reports that the object does not exist. Directly after an
// import, Read reports a missing object as an error, because Terraform's own error does not mention which object was looked up.
func (r *managedResource[M]) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	summary := "Unable to read " + r.noun

	var model M

	resp.Diagnostics.Append(req.State.Get(ctx, &model)...)

	do := r.begin(summary, &model, resp.Private, &resp.Diagnostics)
	if do == nil {
		return
	}

	err := r.read(ctx, do)
	gone, isGone := errors.AsType[*goneError](err)

	switch {
	case isGone && do.isImported(ctx):
		r.report(&resp.Diagnostics, "Unable to import "+r.noun, gone.err)
	case isGone:
		// The framework requires an identity even for a removed object, but a CLI without support for identities does not send one.
		resp.Diagnostics.Append(r.identify(ctx, resp.State, resp.Identity)...)
		resp.State.RemoveResource(ctx)
	case err != nil:
		r.report(&resp.Diagnostics, summary, err)
	default:
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, importedKey, nil)...)
		resp.Diagnostics.Append(r.save(ctx, &model, &resp.State, resp.Identity)...)
	}
}

// ModifyPlan runs the resource's own plan checks, and rejects a plan that destroys an object that another resource keeps.
func (r *managedResource[M]) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if r.connection == nil {
		return
	}

	r.checkKept(ctx, req, resp)

	if req.Plan.Raw.IsNull() {
		return
	}

	var model, config M

	resp.Diagnostics.Append(req.Plan.Get(ctx, &model)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)

	do := r.operation(&model, resp.Private, &resp.Diagnostics)

	if !req.State.Raw.IsNull() {
		do.prior = new(M)
		resp.Diagnostics.Append(req.State.Get(ctx, do.prior)...)
	}

	if resp.Diagnostics.HasError() {
		return
	}

	do.config, do.celonis = &config, r.connection.client
	do.requireReplace = func(attribute path.Path) { resp.RequiresReplace.Append(attribute) }

	if r.plan != nil {
		r.plan(ctx, do)
	}

	if r.check != nil && do.celonis != nil {
		if err := r.check(ctx, do); err != nil {
			verb := "plan"
			if do.prior != nil {
				verb = "replace"
			}

			r.report(&resp.Diagnostics, "Unable to "+verb+" "+r.noun, err)
		}
	}

	r.checkOverlaps(ctx, do, resp)
}

// plannedKey is the private-state key that marks a resource that was planned with a prior state. If Terraform then replaces the resource,
// it plans the resource a second time, without a prior state.
const plannedKey = "planned"

// checkOverlaps warns about memberships that another resource of the plan also manages.
func (r *managedResource[M]) checkOverlaps(ctx context.Context, do *operation[M], resp *resource.ModifyPlanResponse) {
	if r.memberships == nil || len(resp.RequiresReplace) > 0 { // Terraform plans the new resource next.
		return
	}

	planned, _ := do.private.GetKey(ctx, plannedKey) // An unreadable value counts as missing.

	switch {
	case do.prior != nil:
		resp.Diagnostics.Append(do.private.SetKey(ctx, plannedKey, []byte("true"))...)
	case len(planned) > 0:
		return
	}

	managed := r.memberships(do.celonis, do.config, do.model)
	warnOfOverlaps(do, managed.groupID, r.connection.overlaps.add(managed))
}

// unlessFound returns an error only if Celonis reports that the object does not exist. The apply reports all other failures.
func unlessFound(attribute string, err error, advice string) error {
	if !transport.IsNotFound(err) {
		return nil
	}

	return &attributeError{attribute: path.Root(attribute), err: err, advice: advice}
}

// Update changes the object. After a failure, the state is unchanged, and the next run compares it with Celonis again.
func (r *managedResource[M]) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	summary := "Unable to change " + r.noun

	var model, prior, config M

	resp.Diagnostics.Append(req.Plan.Get(ctx, &model)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)

	do := r.begin(summary, &model, resp.Private, &resp.Diagnostics)
	if do == nil {
		return
	}

	do.prior, do.config = &prior, &config

	if err := r.update(ctx, do); err != nil {
		r.report(&resp.Diagnostics, summary, r.blameDeletion(err))

		return
	}

	resp.Diagnostics.Append(r.save(ctx, &model, &resp.State, resp.Identity)...)
}

// Delete deletes the object, unless this run has created or changed it for another resource. In that case, Delete removes the object only
// from the state. If Delete returned an error, two resources would refer to the same object, and the next run would delete that object.
func (r *managedResource[M]) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	summary := "Unable to delete " + r.noun

	var model M

	resp.Diagnostics.Append(req.State.Get(ctx, &model)...)

	do := r.begin(summary, &model, resp.Private, &resp.Diagnostics)
	if do == nil {
		return
	}

	err := r.delete(ctx, do)
	if failure, ok := errors.AsType[*transport.Error](err); ok && failure.Reason == transport.ReasonManaged {
		do.warn(path.Empty(), "The "+r.noun+" was not deleted", fmt.Sprintf("This run has created or changed the same %[1]s (%[2]s) for "+
			"another resource. The %[1]s remains in Celonis; only this resource is removed from the state.\n\nWhat to do: nothing, unless you "+
			"intended to replace the %[1]s. In that case, Celonis returned the existing %[1]s instead of creating a new one: remove "+
			"`create_before_destroy`, and replace the %[1]s again.",
			r.noun, failure.ExistingID))
	} else if err != nil {
		r.report(&resp.Diagnostics, summary, r.blameDeletion(err))
	}
}

// blameDeletion adds advice to a 404 for an object in the state. The object existed when Terraform last read it, so its id must be correct.
func (r *managedResource[M]) blameDeletion(err error) error {
	failure, ok := errors.AsType[*transport.Error](err)
	if !ok || failure.Status != http.StatusNotFound {
		return err
	}

	located := &attributeError{attribute: path.Empty()}
	if given, ok := errors.AsType[*attributeError](err); ok {
		*located = *given
	}

	subject := "the " + r.noun
	if attribute := located.attribute.String(); strings.Contains(attribute, "_id") || attribute == "user_names" {
		subject = "the object in `" + attribute + "`"
	}

	located.err = err
	located.advice = fmt.Sprintf("If %s was deleted after Terraform last read it, plan again. Otherwise: %s", subject,
		cmp.Or(located.advice, r.connection.advice(failure)))

	if transport.IsNotFound(err) {
		located.advice = fmt.Sprintf("%s was deleted after Terraform last read it, or these credentials have lost access to it. Plan "+
			"again: the new plan shows the missing objects.", capitalised(subject))
	}

	return located
}

// blameImport adds the likeliest cause to the error of a failed lookup: an import block that was not removed after the import.
func (r *managedResource[M]) blameImport(err error) error {
	failure, ok := errors.AsType[*transport.Error](err)
	if !ok || failure.Reason != transport.ReasonNotFound {
		return err
	}

	return &attributeError{attribute: path.Empty(), err: err, advice: fmt.Sprintf("If this configuration should create the %s, remove the "+
		"import block. Otherwise: %s", r.noun, lowerFirst(r.connection.advice(failure)))}
}

// ImportState finds the object that an import block specifies by resource identity or by id.
func (r *managedResource[M]) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	summary := "Unable to import " + r.noun

	celonis := r.connection.use(summary, &resp.Diagnostics)
	if celonis == nil {
		return
	}

	values := make(map[string]any, len(r.identity))

	switch {
	case req.ID != "":
		found, err := r.findByText(ctx, celonis, req.ID)
		if err != nil {
			r.report(&resp.Diagnostics, summary, r.blameImport(err))

			return
		}

		values = found
	default:
		for name := range r.identity {
			var (
				text  types.String
				texts []string
			)

			if r.isSet(name) {
				resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root(name), &texts)...)
				values[name] = texts
			} else {
				resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root(name), &text)...)
				values[name] = text.ValueString()
			}
		}
	}

	if resp.Diagnostics.HasError() {
		return
	}

	if missing := blankKeys(values); len(missing) > 0 {
		resp.Diagnostics.AddError(summary, fmt.Sprintf("The import block must specify the %s: `%s` is null or empty.", r.noun,
			strings.Join(missing, "` and `")))

		return
	}

	resp.Diagnostics.Append(resp.Private.SetKey(ctx, importedKey, []byte("true"))...)

	for name, value := range values {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), value)...)
	}

	resp.Diagnostics.Append(r.identify(ctx, resp.State, resp.Identity)...)
}

// findByText finds an object by the id in an import block.
func (r *managedResource[M]) findByText(ctx context.Context, celonis *client.Client, text string) (map[string]any, error) {
	if r.findLists != nil {
		return r.findLists(ctx, celonis, text)
	}

	found, err := r.find(ctx, celonis, text)
	values := make(map[string]any, len(found))

	for name, value := range found {
		values[name] = value
	}

	return values, err
}

// blankKeys returns the keys of the strings that are blank, and of the lists that are empty or contain a blank string.
func blankKeys(values map[string]any) []string {
	isBlank := func(text string) bool { return strings.TrimSpace(text) == "" }

	var blank []string

	for name, value := range values {
		switch value := value.(type) {
		case string:
			if isBlank(value) {
				blank = append(blank, name)
			}
		case []string:
			if len(value) == 0 || slices.ContainsFunc(value, isBlank) {
				blank = append(blank, name)
			}
		}
	}

	slices.Sort(blank)

	return blank
}

// problems is a list of failures of one operation, each of which is reported as a separate diagnostic.
type problems []error

// Error implements error.
func (p problems) Error() string { return errors.Join(p...).Error() }

// joined combines the failures into one error, or returns nil if there are none.
func joined(failures ...error) error {
	failures = slices.DeleteFunc(failures, func(err error) bool { return err == nil })
	if len(failures) == 0 {
		return nil
	}

	return problems(failures)
}

// report adds a failure to the diagnostics. If the object already exists, the advice depends on whether another resource manages it.
func (r *managedResource[M]) report(diagnostics *diag.Diagnostics, summary string, err error) {
	if several, ok := errors.AsType[problems](err); ok {
		for _, one := range several {
			r.report(diagnostics, summary, one)
		}

		return
	}

	failure, ok := errors.AsType[*transport.Error](err)
	if !ok || failure.Reason != transport.ReasonExists || failure.ExistingID == "" {
		r.connection.report(diagnostics, summary, err)

		return
	}

	located := &attributeError{attribute: path.Empty()}
	if given, ok := errors.AsType[*attributeError](err); ok {
		*located = *given
	}

	located.err = failure
	located.advice = fmt.Sprintf("Import the object instead of creating it. Add this block, with the address of your resource (with "+
		"`for_each`, celonis_%[1]s.NAME[\"key\"]), and plan again.\n\nimport {\n  to = celonis_%[1]s.NAME\n  id = %[2]s\n}\n\n%[3]sIf "+
		"Terraform is replacing this %[4]s, remove `create_before_destroy` instead.", r.name, quoted(cmp.Or(located.importID, failure.ExistingID)),
		located.importNote, r.noun)

	if failure.IsManaged {
		located.advice = fmt.Sprintf("Another celonis_%[1]s in this configuration already manages this %[2]s. Remove one of the two resources, or "+
			"give them different names.", r.name, r.noun)
	}

	r.connection.report(diagnostics, summary, located)
}

// quoted returns text as a Terraform string literal. quoted escapes characters that [connection.show] would change, such as repeated spaces.
func quoted(text string) string {
	return strings.NewReplacer("${", "$${", "%{", "%%{", "  ", ` \u0020`).Replace(strconv.Quote(text))
}

// warnIfDuplicated converts the error about a duplicate object into a warning, because the state contains one of the two objects.
func warnIfDuplicated[M any](do *operation[M], noun string, err error) error {
	failure, ok := errors.AsType[*transport.Error](err)
	if !ok || failure.Reason != transport.ReasonDuplicate {
		return err
	}

	do.warn(path.Empty(), "The "+noun+" was created twice", fmt.Sprintf("%s.\n\nWhat to do: delete the %s with the id %s in Celonis. This "+
		"resource does not manage it.", failure.Detail, noun, failure.ExistingID))

	return nil
}

// begin prepares an operation that calls Celonis, unless the diagnostics already contain errors.
func (r *managedResource[M]) begin(summary string, model *M, private privateState, diagnostics *diag.Diagnostics) *operation[M] {
	celonis := r.connection.use(summary, diagnostics)
	if celonis == nil || diagnostics.HasError() {
		return nil
	}

	do := r.operation(model, private, diagnostics)
	do.celonis = celonis

	return do
}

func (r *managedResource[M]) operation(model *M, private privateState, diagnostics *diag.Diagnostics) *operation[M] {
	return &operation[M]{
		model: model, private: private, connection: r.connection,
		warn: func(at path.Path, summary, detail string) {
			summary, detail = r.connection.show(summary), r.connection.show(detail)

			if at.Equal(path.Empty()) {
				diagnostics.AddWarning(summary, detail)
			} else {
				diagnostics.AddAttributeWarning(at, summary, detail)
			}
		},
	}
}

// save sets the state and the identity.
func (r *managedResource[M]) save(
	ctx context.Context, model *M, state *tfsdk.State, identity *tfsdk.ResourceIdentity,
) (problems diag.Diagnostics) {
	problems.Append(state.Set(ctx, model)...)
	problems.Append(r.identify(ctx, *state, identity)...)

	if identity != nil && r.identified != nil {
		for name, value := range r.identified(model) {
			problems.Append(identity.SetAttribute(ctx, path.Root(name), value)...)
		}
	}

	return problems
}

// identify copies the identity's attributes from the state's attributes with the same names.
func (r *managedResource[M]) identify(ctx context.Context, state tfsdk.State, identity *tfsdk.ResourceIdentity) (problems diag.Diagnostics) {
	if identity == nil {
		return nil
	}

	for name := range r.identity {
		var (
			text  types.String
			texts []string
		)

		if r.isSet(name) {
			problems.Append(state.GetAttribute(ctx, path.Root(name), &texts)...)
			slices.Sort(texts)
			problems.Append(identity.SetAttribute(ctx, path.Root(name), texts)...)
		} else {
			problems.Append(state.GetAttribute(ctx, path.Root(name), &text)...)
			problems.Append(identity.SetAttribute(ctx, path.Root(name), text)...)
		}
	}

	return problems
}

// idAttribute returns the attribute for a managed object's id, which never changes after creation.
func idAttribute(description string) schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: description, Computed: true,
		PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
	}
}

// byID is the find function for objects that can be imported only by id.
func byID(_ context.Context, _ *client.Client, text string) (map[string]string, error) {
	return map[string]string{"id": text}, nil
}
