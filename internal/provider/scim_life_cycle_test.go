package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
)

// protocolLife uses the plugin protocol to execute the life cycle that [life] describes.
type protocolLife struct {
	t                                 *testing.T
	env                               environment
	ada, bob, asSet, oneByOne, member *protocolObject
}

func newProtocolLife(t *testing.T, env environment) protocolLife {
	t.Helper()

	return protocolLife{
		t: t, env: env,
		ada: newProtocolObject(t, env, "celonis_user"), bob: newProtocolObject(t, env, "celonis_user"),
		asSet: newProtocolObject(t, env, "celonis_group"), oneByOne: newProtocolObject(t, env, "celonis_group"),
		member: newProtocolObject(t, env, "celonis_group_member"),
	}
}

func (l protocolLife) objects() []*protocolObject {
	return []*protocolObject{l.ada, l.bob, l.asSet, l.oneByOne, l.member}
}

// begin starts a run: it configures one provider for all objects, and refreshes the objects that exist.
func (l protocolLife) begin() {
	l.t.Helper()

	server := configuredServer(l.t, l.env)

	for _, object := range l.objects() {
		object.server = server

		if object.state.IsNull() {
			continue
		}

		if diags := object.refresh(); diags.hasError() {
			l.t.Fatal(diags.text())
		}
	}
}

// run applies all objects of a configuration, each after the objects to which it refers. It checks the action for each object, and checks
// that the next plan is empty.
func (l protocolLife) run(given lifeValues, actions lifeActions) {
	l.t.Helper()
	l.begin()

	apply := func(object *protocolObject, values map[string]any, action plancheck.ResourceActionType) {
		l.t.Helper()

		if diags := object.tryStep(values, action); diags.hasError() {
			l.t.Fatal(diags.text())
		}
	}

	apply(l.ada, given.ada, actions.ada)
	apply(l.bob, map[string]any{"user_name": "bob@example.com"}, actions.bob)
	apply(l.asSet, given.asSet(l), actions.asSet)
	apply(l.oneByOne, given.oneByOne, actions.oneByOne)
	apply(l.member, given.member(l), actions.member)

	l.begin()
	l.ada.mustPlanNothing(given.ada)
	l.bob.mustPlanNothing(map[string]any{"user_name": "bob@example.com"})
	l.asSet.mustPlanNothing(given.asSet(l))
	l.oneByOne.mustPlanNothing(given.oneByOne)
	l.member.mustPlanNothing(given.member(l))
}

// lifeValues contains the arguments of all objects in a configuration.
type lifeValues struct {
	ada, oneByOne map[string]any
	asSet, member func(protocolLife) map[string]any
}

// lifeActions contains the expected action for each object in a run.
type lifeActions struct{ ada, bob, asSet, oneByOne, member plancheck.ResourceActionType }

func firstValues() lifeValues {
	return lifeValues{
		ada: map[string]any{
			"user_name": "Ada@Example.com", "display_name": "Ada", "external_id": "hr-ada", "role": "analyst", "send_invitation_email": true,
		},
		asSet: func(l protocolLife) map[string]any {
			return map[string]any{
				"display_name": "As a set", "external_id": "grp-1", "role": "analyst", "member_ids": textSet(l.ada.text("id")),
			}
		},
		oneByOne: map[string]any{"display_name": "One by one"},
		member: func(l protocolLife) map[string]any {
			return map[string]any{"group_id": l.oneByOne.text("id"), "user_id": l.bob.text("id")}
		},
	}
}

func secondValues() lifeValues {
	return lifeValues{
		ada: map[string]any{
			"user_name": "Ada@Example.com", "display_name": "Ada Example", "external_id": "hr-1", "role": "admin", "send_invitation_email": true,
		},
		asSet: func(protocolLife) map[string]any {
			return map[string]any{"display_name": "As a set – 2", "external_id": "grp-2", "role": "member", "member_ids": textSet()}
		},
		oneByOne: map[string]any{"display_name": "One by one – 2"},
		member: func(l protocolLife) map[string]any {
			return map[string]any{"group_id": l.oneByOne.text("id"), "user_id": l.ada.text("id")}
		},
	}
}

// importAll imports all objects of the second stage in a single run.
func (l protocolLife) importAll(name string, team *simulator.Simulator) {
	l.t.Helper()
	l.begin()

	for index, one := range importIDs(name, team) {
		l.objects()[index].mustImport(one[1])
	}
}

// TestSCIMLifeCycleForEveryReading creates, changes, imports and destroys users, groups and memberships, in a separate team for each
// plausible behaviour where the Celonis documentation leaves a question open.
func TestSCIMLifeCycleForEveryReading(t *testing.T) {
	t.Parallel()

	const (
		nothing  = plancheck.ResourceActionNoop
		created  = plancheck.ResourceActionCreate
		updated  = plancheck.ResourceActionUpdate
		replaced = plancheck.ResourceActionDestroyBeforeCreate
	)

	for name, options := range scimReadings() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			options.Users = people(3)
			team, env := startTeam(t, simulator.Options{SCIM: options})

			l := newProtocolLife(t, env)
			l.run(firstValues(), lifeActions{created, created, created, created, created})
			wantFirst(t, name, team)

			l.run(secondValues(), lifeActions{updated, nothing, updated, updated, replaced})
			wantSecond(t, name, team)

			// Import all objects into a new state. If Celonis does not return roles, the imported state does not contain them.
			roles := nothing
			if name == "role-absent" {
				roles = updated
			}

			taken := secondValues()
			delete(taken.ada, "send_invitation_email")

			l = newProtocolLife(t, env)
			l.importAll(name, team)
			l.run(taken, lifeActions{roles, nothing, roles, nothing, nothing})

			l.begin()

			for _, object := range []*protocolObject{l.member, l.oneByOne, l.asSet, l.bob, l.ada} {
				object.destroy()
			}

			if users, groups := len(team.Users()), len(team.Groups()); groups != 0 || users != 3 && name != "clients-are-users" {
				t.Errorf("%d users and %d groups remain", users, groups)
			}
		})
	}
}
