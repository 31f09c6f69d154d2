package provider

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
)

// namesThatExist returns names that objects in Celonis may have, including names that the provider rejects for new objects.
func namesThatExist() []string {
	return []string{
		`"quoted" and 'single'`, `${interpolated}`, `%{ if true }directive%{ endif }`, `$${escaped} %%{escaped}`, `back\slash \n \u00e4`,
		"emoji 👩‍💻 🇳🇴", " leading", "trailing ", "\ttab\tand\nline end\r\n", "   ", strings.Repeat("ä", 101), "<<EOT", "ﬁ Å", "nbsp\u00a0",
		"control \u0001 \u007f \u2028", "héhé \u200b",
	}
}

// TestPlanAcceptsValuesFromTheState imports objects that violate the rules for new objects, and plans configurations with the imported
// values.
func TestPlanAcceptsValuesFromTheState(t *testing.T) {
	t.Parallel()

	for _, name := range append(namesThatExist(), "") {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}})
			returnSCIMObject(t, team, "/Users/user-1", map[string]any{
				"id": "user-1", "userName": "not an address" + name, "displayName": name, "externalId": name, "role": name,
			})
			returnSCIMObject(t, team, "/Groups/group-1", map[string]any{
				"id": "group-1", "displayName": name, "externalId": name, "role": name, "members": []any{map[string]string{"value": "user" + name}},
			})
			team.AddSubscription(intelligence.Subscription{
				ID: "subscription-1", KnowledgeModelID: "model" + name, TriggerID: "trigger" + name, Name: name,
				CallbackURI: "http://user@hooks.example.com/" + name + "#" + strings.Repeat("a", 1024),
			})

			for typeName, identity := range map[string]map[string]any{
				"celonis_user": {"id": "user-1"}, "celonis_group": {"id": "group-1"}, "celonis_subscription": {"id": "subscription-1"},
			} {
				object := importedObject(t, env, typeName, identity)
				object.mustPlanNothing(object.configured())
			}

			if name != "" {
				object := importedObject(t, env, "celonis_group_member", map[string]any{"group_id": "group-1", "user_id": "user" + name})
				object.mustPlanNothing(object.configured())
			}
		})
	}
}

// TestPlanRejectsAChangeToAnInvalidValue imports an object with an invalid name. The object may retain this name, but a change to
// another invalid name must fail.
func TestPlanRejectsAChangeToAnInvalidValue(t *testing.T) {
	t.Parallel()

	_, env := startTeam(t, simulator.Options{SCIM: scim.Options{Groups: []scim.Group{{ID: "group-1", DisplayName: " Analysts "}}}})
	object := importedObject(t, env, "celonis_group", map[string]any{"id": "group-1"})
	object.must(map[string]any{"display_name": " Analysts ", "external_id": "grp-1"})

	for name, test := range map[string]struct {
		given     map[string]any
		attribute string
	}{
		"name":        {map[string]any{"display_name": " Analysts"}, "display_name"},
		"external id": {map[string]any{"display_name": " Analysts ", "external_id": "grp-1 "}, "external_id"},
		"member":      {map[string]any{"display_name": " Analysts ", "member_ids": textSet("user-2 ")}, "member_ids"},
	} {
		_, diagnostics := object.tryPlan(test.given)
		if len(diagnostics) != 1 || !strings.Contains(diagnostics[0].Attribute.String(), test.attribute) {
			t.Errorf("%s: %s", name, diagnostics.text())
		}

		wantParts(t, diagnostics.text(), "leading or trailing whitespace")
	}
}

// returnSCIMObject makes the team return an object that the simulator itself would reject.
func returnSCIMObject(t *testing.T, team *simulator.Simulator, path string, object map[string]any) {
	t.Helper()

	body, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}

	team.Inject(simulator.Fault{Method: http.MethodGet, Path: scimPath + path, Times: -1, Status: http.StatusOK, Body: string(body)})
}

// TestPlanAcceptsMembersFromTheState covers a group with a current member whose id violates the rules, and adds a new member.
func TestPlanAcceptsMembersFromTheState(t *testing.T) {
	t.Parallel()

	_, env := startTeam(t, simulator.Options{SCIM: oneGroup(2)})
	object := importedObject(t, env, "celonis_group", map[string]any{"id": "group-1"})
	state := attributes(t, object.state)
	state["member_ids"] = tftypes.NewValue(tftypes.Set{ElementType: tftypes.String}, textSet("user-000 ", " "))
	object.state = tftypes.NewValue(object.schema.ValueType(), state)

	given := object.configured()
	object.mustPlanNothing(given)

	given["member_ids"] = textSet("user-000 ", " ", "user-001")
	object.plan(given)

	given["member_ids"] = textSet("user-000 ", " user-001")
	_, diagnostics := object.tryPlan(given)
	wantParts(t, diagnostics.text(), "leading or trailing whitespace")

	if len(diagnostics) != 1 {
		t.Error(diagnostics.text())
	}
}

// importedObject imports an object and reads it.
func importedObject(t *testing.T, env environment, typeName string, identity map[string]any) *protocolObject {
	t.Helper()

	imported, err := configuredServer(t, env).ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{
		TypeName: typeName, Identity: identityOrNull(t, identity),
	})
	if err != nil || protocolDiagnostics(imported.Diagnostics).hasError() {
		t.Fatalf("%v, %s", err, protocolDiagnostics(imported.Diagnostics).text())
	}

	object := newProtocolObject(t, env, typeName)
	object.state, object.private = object.decode(imported.ImportedResources[0].State), imported.ImportedResources[0].Private

	if diagnostics := object.refresh(); diagnostics.hasError() {
		t.Fatal(diagnostics.text())
	}

	return object
}

// configured returns a configuration that repeats the values in the state.
func (s *protocolObject) configured() map[string]any {
	s.t.Helper()

	values := attributes(s.t, s.state)
	given := make(map[string]any)

	for _, attribute := range s.schema.Block.Attributes {
		value := values[attribute.Name]
		if value.IsNull() || !attribute.Required && !attribute.Optional {
			continue
		}

		switch {
		case value.Type().Is(tftypes.String):
			var text string
			if err := value.As(&text); err != nil {
				s.t.Fatal(err)
			}

			given[attribute.Name] = text
		case value.Type().Is(tftypes.Bool):
			var truth bool
			if err := value.As(&truth); err != nil {
				s.t.Fatal(err)
			}

			given[attribute.Name] = truth
		case value.Type().Is(tftypes.Object{}):
			given[attribute.Name] = attributes(s.t, value)
		default:
			var elements []tftypes.Value
			if err := value.As(&elements); err != nil {
				s.t.Fatal(err)
			}

			given[attribute.Name] = elements
		}
	}

	return given
}

// TestAccGeneratedConfigurationPlansNoChange generates configuration for existing objects, and plans it.
func TestAccGeneratedConfigurationPlansNoChange(t *testing.T) {
	t.Parallel()

	names := namesThatExist()
	options := simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}, SCIM: scim.Options{Groups: []scim.Group{
		{ID: "group", DisplayName: "Members", Members: []string{"user-0"}},
	}}}
	imports := map[string]string{"celonis_group_member.this": "group/user-0"}

	for index, name := range names {
		options.SCIM.Users = append(options.SCIM.Users, scim.User{
			ID: fmt.Sprintf("user-%d", index), UserName: fmt.Sprintf("person%d@example.com", index), DisplayName: name, ExternalID: name, Role: "MEMBER",
		})
		options.SCIM.Groups = append(options.SCIM.Groups, scim.Group{
			ID: fmt.Sprintf("group-%d", index), DisplayName: name, ExternalID: name, Members: []string{"user-0", "user-1"},
		})
		options.Subscriptions.Existing = append(options.Subscriptions.Existing, intelligence.Subscription{
			ID: fmt.Sprintf("subscription-%d", index), KnowledgeModelID: "order-to-cash.otc-km", TriggerID: "trigger-1", Name: name,
			CallbackURI: "https://hooks.example.com/orders?name=%22${x}",
		})

		for kind, id := range map[string]string{"user": "user-%d", "group": "group-%d", "subscription": "subscription-%d"} {
			imports[fmt.Sprintf("celonis_%s.number_%d", kind, index)] = fmt.Sprintf(id, index)
		}
	}

	team, env := startTeam(t, options)

	var blocks strings.Builder

	for _, address := range slices.Sorted(maps.Keys(imports)) {
		fmt.Fprintf(&blocks, "import {\n  to       = %s\n  id       = %q\n  provider = celonis\n}\n", address, imports[address])
	}

	w := newWorkspace(t, env, blocks.String())
	summary := fmt.Sprintf("Plan: %d to import, 0 to add, 0 to change, 0 to destroy.", len(imports))

	wantParts(t, w.must("plan", "-generate-config-out=generated.tf"), summary)
	w.reconfigure(strings.ReplaceAll(blocks.String(), "  provider = celonis\n", "")) // Terraform rejects the provider argument once the configuration contains the resource.
	wantParts(t, w.must("plan"), summary)
	w.must("apply", "-auto-approve")
	w.mustPlanNothing()

	wantParts(t, read(t, filepath.Join(w.Folder, "generated.tf")), `member_ids   = ["user-0", "user-1"]`)

	if got := writes(team); got != 0 {
		t.Errorf("got %d writes", got)
	}
}
