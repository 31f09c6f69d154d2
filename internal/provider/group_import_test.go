package provider

import (
	"net/http"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
)

// TestImportedGroupWithoutMemberIDsIsLeftAlone imports a group whose members the configuration does not manage.
func TestImportedGroupWithoutMemberIDsIsLeftAlone(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{SCIM: oneGroup(3, "user-000", "user-001")})
	object := importedObject(t, env, "celonis_group", map[string]any{"id": "group-1"})

	for range 2 {
		object.mustPlanNothing(map[string]any{"display_name": "Analysts"})

		if diagnostics := object.refresh(); len(diagnostics) > 0 {
			t.Fatal(diagnostics.text())
		}
	}

	wantMembers(t, team, "Analysts", "user-000", "user-001")
}

// TestImportOfAGroupShowsWhomTheConfigurationRemoves imports a group into a configuration whose member_ids omit some of the group's current
// members.
func TestImportOfAGroupShowsWhomTheConfigurationRemoves(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{SCIM: oneGroup(3, "user-000", "user-001")})
	object := importedObject(t, env, "celonis_group", map[string]any{"id": "group-1"})

	members := tftypes.NewValue(tftypes.Set{ElementType: tftypes.String}, textSet("user-000", "user-001"))
	if got := attributes(t, object.state)["member_ids"]; !got.Equal(members) {
		t.Errorf("got members %s in the state", got)
	}

	planned, diagnostics := object.tryPlan(map[string]any{"display_name": "Analysts", "member_ids": textSet("user-001", "user-002")})
	if len(diagnostics) > 0 {
		t.Error(diagnostics.text())
	}

	if diagnostics := object.apply(planned); diagnostics.hasError() {
		t.Fatal(diagnostics.text())
	}

	wantMembers(t, team, "Analysts", "user-001", "user-002")
}

// TestMembersWhomNoPlanShowedAreNotRemoved adds member_ids to a group whose members were not managed before. The first plan cannot show the
// current members.
func TestMembersWhomNoPlanShowedAreNotRemoved(t *testing.T) {
	t.Parallel()

	const warning = "The plan does not show the group's current members"

	team, env := startTeam(t, simulator.Options{SCIM: oneGroup(3)})
	object := newProtocolObject(t, env, "celonis_group")
	object.must(map[string]any{"display_name": "Auditors"})
	team.ChangeGroup(object.text("id"), func(group *scim.Group) { group.Members = []string{"user-000"} })

	given := map[string]any{"display_name": "Auditors", "member_ids": textSet("user-001")}

	planned, diagnostics := object.tryPlan(given)
	wantParts(t, diagnostics.text(), warning)

	if diagnostics := object.apply(planned); diagnostics.hasError() {
		t.Fatal(diagnostics.text())
	}

	wantMembers(t, team, "Auditors", "user-000", "user-001")

	if diagnostics := object.refresh(); diagnostics.hasError() {
		t.Fatal(diagnostics.text())
	}

	planned, diagnostics = object.tryPlan(given)
	if len(diagnostics) > 0 {
		t.Errorf("unexpected warning in the plan that shows the members: %s", diagnostics.text())
	}

	if diagnostics := object.apply(planned); diagnostics.hasError() {
		t.Fatal(diagnostics.text())
	}

	wantMembers(t, team, "Auditors", "user-001")
}

// TestImportedGroupWithTheSameMembersIsNotChanged imports a group into a configuration that lists exactly the group's current members.
func TestImportedGroupWithTheSameMembersIsNotChanged(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{SCIM: oneGroup(3, "user-000", "user-001")})
	object := importedObject(t, env, "celonis_group", map[string]any{"id": "group-1"})
	object.mustPlanNothing(map[string]any{"display_name": "Analysts", "member_ids": textSet("user-000", "user-001")})

	if got := team.Count(http.MethodPut, "/*"); got != 0 {
		t.Errorf("got %d requests that change the group", got)
	}
}
