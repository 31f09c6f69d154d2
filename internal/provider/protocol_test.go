package provider

import (
	"maps"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
)

// protocolObject is an object that a test manages over the plugin protocol, in the same way as Terraform but much faster. By default, each
// step uses a new provider, as each of Terraform's graph walks does.
type protocolObject struct {
	t        *testing.T
	env      environment
	typeName string
	schema   *tfprotov6.Schema
	// state is null if there is no object. private is the provider's private state.
	state   tftypes.Value
	private []byte
	// server, if not nil, is the provider for all steps.
	server tfprotov6.ProviderServer
}

func (s *protocolObject) provider() tfprotov6.ProviderServer {
	s.t.Helper()

	if s.server != nil {
		return s.server
	}

	return configuredServer(s.t, s.env)
}

func newProtocolObject(t *testing.T, env environment, typeName string) *protocolObject {
	t.Helper()

	schema := schemaOf(t).ResourceSchemas[typeName]

	return &protocolObject{t: t, env: env, typeName: typeName, schema: schema, state: tftypes.NewValue(schema.ValueType(), nil)}
}

type protocolDiagnostics []*tfprotov6.Diagnostic

func (s protocolDiagnostics) hasError() bool {
	for _, one := range s {
		if one.Severity == tfprotov6.DiagnosticSeverityError {
			return true
		}
	}

	return false
}

// text returns the text of all errors and warnings.
func (s protocolDiagnostics) text() string {
	var text strings.Builder

	for _, one := range s {
		text.WriteString(one.Severity.String() + ": " + one.Summary + ": " + one.Detail + "\n")
	}

	return text.String()
}

// plannedStep is a plan that has not been applied.
type plannedStep struct {
	config, state tftypes.Value
	private       []byte
	// replaces is true if a change to an attribute forces a new resource.
	replaces bool
}

func (s *protocolObject) encode(value tftypes.Value) *tfprotov6.DynamicValue {
	s.t.Helper()

	encoded, err := tfprotov6.NewDynamicValue(s.schema.ValueType(), value)
	if err != nil {
		s.t.Fatal(err)
	}

	return &encoded
}

func (s *protocolObject) decode(value *tfprotov6.DynamicValue) tftypes.Value {
	s.t.Helper()

	if value == nil {
		return tftypes.NewValue(s.schema.ValueType(), nil)
	}

	decoded, err := value.Unmarshal(s.schema.ValueType())
	if err != nil {
		s.t.Fatal(err)
	}

	return decoded
}

// attributes returns the attribute values of an object. The object must not be null.
func attributes(t *testing.T, object tftypes.Value) map[string]tftypes.Value {
	t.Helper()

	var values map[string]tftypes.Value

	if err := object.As(&values); err != nil {
		t.Fatal(err)
	}

	return maps.Clone(values) // Return a copy, so that callers cannot change the object.
}

// text returns the value of an attribute in the state, or "" if it is null.
func (s *protocolObject) text(attribute string) string {
	s.t.Helper()

	var text *string

	if err := attributes(s.t, s.state)[attribute].As(&text); err != nil {
		s.t.Fatal(err)
	}

	if text == nil {
		return ""
	}

	return *text
}

// refresh reads the object.
func (s *protocolObject) refresh() protocolDiagnostics {
	s.t.Helper()

	read, err := s.provider().ReadResource(s.t.Context(), &tfprotov6.ReadResourceRequest{
		TypeName: s.typeName, CurrentState: s.encode(s.state), Private: s.private,
	})
	if err != nil {
		s.t.Fatal(err)
	}

	if !protocolDiagnostics(read.Diagnostics).hasError() {
		s.state, s.private = s.decode(read.NewState), read.Private
	}

	return read.Diagnostics
}

// plan plans a configuration without a refresh. The plan must succeed.
func (s *protocolObject) plan(given map[string]any) plannedStep {
	s.t.Helper()

	step, diagnostics := s.tryPlan(given)
	if diagnostics.hasError() {
		s.t.Fatalf("planning: %s", diagnostics.text())
	}

	return step
}

// tryPlan validates and plans a configuration, and returns the diagnostics of both steps.
func (s *protocolObject) tryPlan(given map[string]any) (plannedStep, protocolDiagnostics) {
	s.t.Helper()

	server := s.provider()

	validated, err := server.ValidateResourceConfig(s.t.Context(), &tfprotov6.ValidateResourceConfigRequest{
		TypeName: s.typeName, Config: encoded(s.t, s.schema, given),
		ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: true},
	})
	if err != nil {
		s.t.Fatal(err)
	}

	if protocolDiagnostics(validated.Diagnostics).hasError() {
		return plannedStep{}, validated.Diagnostics
	}

	config := s.decode(encoded(s.t, s.schema, given))
	proposed, prior := attributes(s.t, config), map[string]tftypes.Value{}

	if !s.state.IsNull() {
		prior = attributes(s.t, s.state)
	}

	// For computed attributes that the configuration omits, Terraform proposes the prior value.
	for _, attribute := range s.schema.Block.Attributes {
		if before, known := prior[attribute.Name]; known && attribute.Computed && proposed[attribute.Name].IsNull() {
			proposed[attribute.Name] = before
		}
	}

	planned, err := server.PlanResourceChange(s.t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: s.typeName, PriorState: s.encode(s.state), PriorPrivate: s.private, Config: s.encode(config),
		ProposedNewState: s.encode(tftypes.NewValue(s.schema.ValueType(), proposed)),
	})
	if err != nil {
		s.t.Fatal(err)
	}

	step := plannedStep{
		config: config, state: s.decode(planned.PlannedState), private: planned.PlannedPrivate, replaces: len(planned.RequiresReplace) > 0,
	}

	return step, append(protocolDiagnostics(validated.Diagnostics), planned.Diagnostics...)
}

// apply applies a plan. Like Terraform, apply requires that the result matches the plan.
func (s *protocolObject) apply(step plannedStep) protocolDiagnostics {
	s.t.Helper()

	applied, err := s.provider().ApplyResourceChange(s.t.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: s.typeName, PriorState: s.encode(s.state), PlannedState: s.encode(step.state), PlannedPrivate: step.private,
		Config: s.encode(step.config),
	})
	if err != nil {
		s.t.Fatal(err)
	}

	s.state, s.private = s.decode(applied.NewState), applied.Private

	if protocolDiagnostics(applied.Diagnostics).hasError() {
		return applied.Diagnostics
	}

	if step.state.IsNull() {
		if !s.state.IsNull() {
			s.t.Errorf("inconsistent result after destroy: %s", s.state)
		}

		return applied.Diagnostics
	}

	got := attributes(s.t, s.state)
	for name, planned := range attributes(s.t, step.state) {
		if planned.IsFullyKnown() && !planned.Equal(got[name]) {
			s.t.Errorf("inconsistent result after apply: got %[2]s for %[1]s, but the plan contains %[3]s", name, got[name], planned)
		}

		if !got[name].IsFullyKnown() {
			s.t.Errorf("inconsistent result after apply: %s is unknown", name)
		}
	}

	return applied.Diagnostics
}

// The must method fails the test unless it can plan and apply the configuration.
func (s *protocolObject) must(given map[string]any) protocolDiagnostics {
	s.t.Helper()

	diags := s.apply(s.plan(given))
	if diags.hasError() {
		s.t.Fatal(diags.text())
	}

	return diags
}

// action derives the action of a plan, such as an update, from the current and the planned state.
func (s *protocolObject) action(step plannedStep) plancheck.ResourceActionType {
	switch {
	case s.state.IsNull():
		return plancheck.ResourceActionCreate
	case step.state.Equal(s.state):
		return plancheck.ResourceActionNoop
	case step.replaces:
		return plancheck.ResourceActionDestroyBeforeCreate
	default:
		return plancheck.ResourceActionUpdate
	}
}

// run executes one Terraform run: a refresh, a plan and an apply. It checks that the plan contains the expected action, and that the next
// plan is empty.
func (s *protocolObject) run(given map[string]any, wanted plancheck.ResourceActionType) {
	s.t.Helper()

	if diagnostics := s.tryRun(given, wanted); diagnostics.hasError() {
		s.t.Fatal(diagnostics.text())
	}

	if diagnostics := s.refresh(); diagnostics.hasError() {
		s.t.Fatal(diagnostics.text())
	}

	s.mustPlanNothing(given)
}

// tryRun is like run, but accepts a failed apply and does not check the next plan.
func (s *protocolObject) tryRun(given map[string]any, wanted plancheck.ResourceActionType) protocolDiagnostics {
	s.t.Helper()

	if !s.state.IsNull() {
		if diagnostics := s.refresh(); diagnostics.hasError() {
			return diagnostics
		}
	}

	return s.tryStep(given, wanted)
}

// tryStep is like tryRun, but does not refresh first.
func (s *protocolObject) tryStep(given map[string]any, wanted plancheck.ResourceActionType) protocolDiagnostics {
	s.t.Helper()

	step := s.plan(given)

	action := s.action(step)
	if action != wanted {
		s.t.Errorf("got a plan to %s, want %s", action, wanted)
	}

	if action == plancheck.ResourceActionNoop {
		return nil
	}

	if action == plancheck.ResourceActionDestroyBeforeCreate {
		s.destroy()

		step = s.plan(given)
	}

	return s.apply(step)
}

// destroy deletes the object. The destroy must succeed.
func (s *protocolObject) destroy() {
	s.t.Helper()

	nothing := tftypes.NewValue(s.schema.ValueType(), nil)
	if diagnostics := s.apply(plannedStep{config: nothing, state: nothing, private: s.private}); diagnostics.hasError() {
		s.t.Fatal(diagnostics.text())
	}
}

// wantUnreadable checks that a refresh fails with a message that contains all of the given parts. If a refresh fails, Terraform keeps the
// state.
func (s *protocolObject) wantUnreadable(name string, parts ...string) {
	s.t.Helper()

	diagnostics := s.refresh()
	if !diagnostics.hasError() {
		s.t.Errorf("%s: the read of %s succeeded", name, s.typeName)
	}

	for _, part := range parts {
		if !strings.Contains(words(diagnostics.text()), words(part)) {
			s.t.Errorf("%s: %q is missing from\n%s", name, part, diagnostics.text())
		}
	}
}

// mustPlanNothing checks that the plan for a configuration is empty.
func (s *protocolObject) mustPlanNothing(given map[string]any) {
	s.t.Helper()

	if planned := s.plan(given).state; !planned.Equal(s.state) {
		s.t.Errorf("the plan is not empty:\n%s\nbecomes\n%s", s.state, planned)
	}
}

// given encodes the subscription as a configuration for the plugin protocol. It omits defaults.
func (w wantedSubscription) given() map[string]any {
	callback := map[string]any{"uri": w.uri}
	if len(w.headers) > 0 {
		callback["headers"] = w.headers
	}

	values := map[string]any{
		"knowledge_model_id": "order-to-cash.otc-km", "trigger_id": w.trigger, "name": w.name, "callback": callbackOf(callback),
	}
	if w.skipErrors {
		values["skip_errors"] = true
	}

	if w.paused {
		values["paused"] = true
	}

	return values
}

// mustImport imports an object by an import id, and reads it.
func (s *protocolObject) mustImport(id string) {
	s.t.Helper()

	if diags := s.importByText(id); diags.hasError() {
		s.t.Fatal(diags.text())
	}
}

// importByText is like mustImport, but returns the diagnostics and may fail.
func (s *protocolObject) importByText(id string) protocolDiagnostics {
	s.t.Helper()

	imported, err := s.provider().ImportResourceState(s.t.Context(), &tfprotov6.ImportResourceStateRequest{
		TypeName: s.typeName, ID: id,
	})
	if err != nil {
		s.t.Fatal(err)
	}

	if protocolDiagnostics(imported.Diagnostics).hasError() {
		return imported.Diagnostics
	}

	s.state, s.private = s.decode(imported.ImportedResources[0].State), imported.ImportedResources[0].Private

	return append(imported.Diagnostics, s.refresh()...)
}
