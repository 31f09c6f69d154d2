package client_test

import (
	"net/http"
	"reflect"
	"slices"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/team"
)

func TestPermissionsAreReadOnceAndSorted(t *testing.T) {
	t.Parallel()

	for _, nulls := range []bool{false, true} {
		options := simulator.Options{Server: server.Options{NullFields: nulls}, Reports: team.Options{
			UnknownFields: true,
			Grants: []team.Grant{
				{SubjectType: "USER", SubjectName: "Bob", SubjectID: "u-2", Actions: []string{"USE", "EDIT"}},
				{
					SubjectType: "GROUP", SubjectName: "Finance", SubjectID: "g-1", Groups: []string{"A", "B"}, Role: "MEMBER", Service: "package-manager",
					ObjectName: "Orders", ObjectType: "PACKAGE", ObjectID: "p-1", Actions: []string{"USE_PACKAGE"},
				},
				{SubjectType: "USER", SubjectName: "Ada"},
			},
		}}
		clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
			celonis := env.Client()

			want := []client.Permission{
				{
					SubjectType: "GROUP", SubjectName: "Finance", SubjectID: "g-1", Groups: "A, B", Role: "MEMBER", Service: "package-manager",
					ObjectName: "Orders", ObjectType: "PACKAGE", ObjectID: "p-1", Actions: []string{"USE_PACKAGE"},
				},
				{SubjectType: "USER", SubjectName: "Ada", Actions: []string{}},
				{SubjectType: "USER", SubjectName: "Bob", SubjectID: "u-2", Actions: []string{"EDIT", "USE"}},
			}

			for range 5 {
				if got, err := celonis.Permissions(t.Context(), client.PermissionFilter{}); err != nil || !reflect.DeepEqual(got.Items, want) {
					t.Errorf("Permissions() = %+v, %v\nwant %+v", got, err, want)
				}
			}

			env.WantCount(1, http.MethodGet, clienttest.PermissionsPath)
		})
	}
}

func TestTeamWithoutPermissionsReturnsAnEmptyList(t *testing.T) {
	t.Parallel()

	for _, empty := range team.NoContent("").Words() {
		clienttest.InBubble(t, simulator.Options{Reports: team.Options{NoContent: empty}}, func(t *testing.T, env clienttest.Env) {
			if got, err := env.Client().Permissions(t.Context(), client.PermissionFilter{}); err != nil || len(got.Items) != 0 {
				t.Errorf("%s: Permissions() = %+v, %v", empty, got, err)
			}
		})
	}
}

func TestOrderOfPermissionsIsStable(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
		const (
			use  = `{"subjectName": "Ada", "service": "a", "actions": ["USE"], "groups": ["A", "B"]}`
			edit = `{"subjectName": "Ada", "service": "a", "actions": ["EDIT", "USE"], "groups": "A, B"}`
		)

		var answers [][]client.Permission

		for _, body := range []string{use + "," + edit, edit + "," + use} {
			env.Respond(clienttest.PermissionsPath, http.StatusOK, "application/json", `{"permissions": [`+body+`]}`)

			got, err := env.Client().Permissions(t.Context(), client.PermissionFilter{})
			if err != nil {
				t.Fatal(err)
			}

			answers = append(answers, got.Items)
			env.Team.ClearFaults()
		}

		if !reflect.DeepEqual(answers[0], answers[1]) {
			t.Errorf("%+v\n%+v", answers[0], answers[1])
		}

		if slices.ContainsFunc(answers[0], func(p client.Permission) bool { return p.Groups != "A, B" }) {
			t.Errorf("an array of groups was read as %+v", answers[0])
		}
	})
}
