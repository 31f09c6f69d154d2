package provider

import (
	"maps"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
)

// spoken is an object that a test manages over the plugin protocol, as Terraform does and far faster. Each step has a provider of
// its own, as each walk of Terraform has.
type spoken struct {
	t        *testing.T
	env      environment
	typeName string
	schema   *tfprotov6.Schema
	// state is null where there is no object, and private what the provider keeps beside it.
	state   tftypes.Value
	private []byte
	// server is the provider of all steps, nil for one of its own for each step.
	server tfprotov6.ProviderServer
}

func (s *spoken) provider() tfprotov6.ProviderServer {
	s.t.Helper()

	if s.server != nil {
		return s.server
	}

	return configuredServer(s.t, s.env)
}

func newSpoken(t *testing.T, env environment, typeName string) *spoken {
	t.Helper()

	schema := schemaOf(t).ResourceSchemas[typeName]

	return &spoken{t: t, env: env, typeName: typeName, schema: schema, state: tftypes.NewValue(schema.ValueType(), nil)}
}

// told is what the provider says in one step.
type told []*tfprotov6.Diagnostic

func (s told) hasError() bool {
	for _, one := range s {
		if one.Severity == tfprotov6.DiagnosticSeverityError {
			return true
		}
	}

	return false
}

// text is all that is said, errors and warnings.
func (s told) text() string {
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
	// replaces is set if an attribute changes that forces a new resource.
	replaces bool
}

func (s *spoken) encode(value tftypes.Value) *tfprotov6.DynamicValue {
	s.t.Helper()

	encoded, err := tfprotov6.NewDynamicValue(s.schema.ValueType(), value)
	if err != nil {
		s.t.Fatal(err)
	}

	return &encoded
}

func (s *spoken) decode(value *tfprotov6.DynamicValue) tftypes.Value {
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

// attributes are the values of an object that is not null.
func attributes(t *testing.T, object tftypes.Value) map[string]tftypes.Value {
	t.Helper()

	var values map[string]tftypes.Value

	if err := object.As(&values); err != nil {
		t.Fatal(err)
	}

	return maps.Clone(values) // They are the object's own.
}

// text is the value of an attribute in the state, "" where it is null.
func (s *spoken) text(attribute string) string {
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
func (s *spoken) refresh() told {
	s.t.Helper()

	read, err := s.provider().ReadResource(s.t.Context(), &tfprotov6.ReadResourceRequest{
		TypeName: s.typeName, CurrentState: s.encode(s.state), Private: s.private,
	})
	if err != nil {
		s.t.Fatal(err)
	}

	if !told(read.Diagnostics).hasError() {
		s.state, s.private = s.decode(read.NewState), read.Private
	}

	return read.Diagnostics
}

// plan plans a configuration, without a refresh. It has to work.
func (s *spoken) plan(given map[string]any) plannedStep {
	s.t.Helper()

	step, diagnostics := s.tryPlan(given)
	if diagnostics.hasError() {
		s.t.Fatalf("planning: %s", diagnostics.text())
	}

	return step
}

// tryPlan validates and plans a configuration, and returns the diagnostics of both.
func (s *spoken) tryPlan(given map[string]any) (plannedStep, told) {
	s.t.Helper()

	server := s.provider()

	validated, err := server.ValidateResourceConfig(s.t.Context(), &tfprotov6.ValidateResourceConfigRequest{
		TypeName: s.typeName, Config: encoded(s.t, s.schema, given),
		ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: true},
	})
	if err != nil {
		s.t.Fatal(err)
	}

	if told(validated.Diagnostics).hasError() {
		return plannedStep{}, validated.Diagnostics
	}

	config := s.decode(encoded(s.t, s.schema, given))
	proposed, prior := attributes(s.t, config), map[string]tftypes.Value{}

	if !s.state.IsNull() {
		prior = attributes(s.t, s.state)
	}

	// Terraform proposes what was, where the provider may decide and the configuration says nothing.
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

	return step, append(told(validated.Diagnostics), planned.Diagnostics...)
}

// apply carries a plan out. What comes must be what was planned, as Terraform insists.
func (s *spoken) apply(step plannedStep) told {
	s.t.Helper()

	applied, err := s.provider().ApplyResourceChange(s.t.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: s.typeName, PriorState: s.encode(s.state), PlannedState: s.encode(step.state), PlannedPrivate: step.private,
		Config: s.encode(step.config),
	})
	if err != nil {
		s.t.Fatal(err)
	}

	s.state, s.private = s.decode(applied.NewState), applied.Private

	if told(applied.Diagnostics).hasError() {
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
			s.t.Errorf("inconsistent result after apply: %s is %s, and was planned to be %s", name, got[name], planned)
		}

		if !got[name].IsFullyKnown() {
			s.t.Errorf("inconsistent result after apply: %s is unknown", name)
		}
	}

	return applied.Diagnostics
}

// must is a plan and its apply, which has to work.
func (s *spoken) must(given map[string]any) told {
	s.t.Helper()

	said := s.apply(s.plan(given))
	if said.hasError() {
		s.t.Fatal(said.text())
	}

	return said
}

// action returns what a plan does with the object.
func (s *spoken) action(step plannedStep) plancheck.ResourceActionType {
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

// run refreshes, plans and applies a configuration, as one run of Terraform. The action must be the wanted one, and the next run
// must plan nothing.
func (s *spoken) run(given map[string]any, wanted plancheck.ResourceActionType) {
	s.t.Helper()

	if diagnostics := s.tryRun(given, wanted); diagnostics.hasError() {
		s.t.Fatal(diagnostics.text())
	}

	if diagnostics := s.refresh(); diagnostics.hasError() {
		s.t.Fatal(diagnostics.text())
	}

	s.mustPlanNothing(given)
}

// tryRun is run for what may fail.
func (s *spoken) tryRun(given map[string]any, wanted plancheck.ResourceActionType) told {
	s.t.Helper()

	if !s.state.IsNull() {
		if diagnostics := s.refresh(); diagnostics.hasError() {
			return diagnostics
		}
	}

	step := s.plan(given)

	action := s.action(step)
	if action != wanted {
		s.t.Errorf("the plan is to %s, want %s", action, wanted)
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

// destroy deletes the object, which must work.
func (s *spoken) destroy() {
	s.t.Helper()

	nothing := tftypes.NewValue(s.schema.ValueType(), nil)
	if diagnostics := s.apply(plannedStep{config: nothing, state: nothing, private: s.private}); diagnostics.hasError() {
		s.t.Fatal(diagnostics.text())
	}
}

// wantUnreadable checks that a refresh fails, and with a message that holds the parts. Terraform then keeps the state.
func (s *spoken) wantUnreadable(name string, parts ...string) {
	s.t.Helper()

	diagnostics := s.refresh()
	if !diagnostics.hasError() {
		s.t.Errorf("%s: %s was read", name, s.typeName)
	}

	for _, part := range parts {
		if !strings.Contains(words(diagnostics.text()), words(part)) {
			s.t.Errorf("%s: %q is missing in\n%s", name, part, diagnostics.text())
		}
	}
}

// mustPlanNothing checks that a configuration is what the state holds.
func (s *spoken) mustPlanNothing(given map[string]any) {
	s.t.Helper()

	if planned := s.plan(given).state; !planned.Equal(s.state) {
		s.t.Errorf("there are changes to make:\n%s\nbecomes\n%s", s.state, planned)
	}
}

// given is the subscription as a configuration over the plugin protocol. Defaults are left out.
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

// mustImport imports an object by what a user writes, and reads it.
func (s *spoken) mustImport(id string) {
	s.t.Helper()

	if said := s.importByText(id); said.hasError() {
		s.t.Fatal(said.text())
	}
}

// importByText is mustImport for what may fail.
func (s *spoken) importByText(id string) told {
	s.t.Helper()

	imported, err := s.provider().ImportResourceState(s.t.Context(), &tfprotov6.ImportResourceStateRequest{
		TypeName: s.typeName, ID: id,
	})
	if err != nil {
		s.t.Fatal(err)
	}

	if told(imported.Diagnostics).hasError() {
		return imported.Diagnostics
	}

	s.state, s.private = s.decode(imported.ImportedResources[0].State), imported.ImportedResources[0].Private

	return append(imported.Diagnostics, s.refresh()...)
}
