package provider

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

func TestSCIMErrorsContainAdvice(t *testing.T) {
	t.Parallel()

	found := func(fault simulator.Fault) []simulator.Fault {
		fault.Times = -1

		var faults []simulator.Fault

		for _, base := range scim.Base("").Words() {
			fault.Path = string(base) + "/ServiceProviderConfig"
			faults = append(faults, fault)
		}

		return faults
	}

	narrow := oauth.DefaultClient()
	narrow.Scopes = []string{"audit.log:read"}

	for name, test := range map[string]struct {
		options   simulator.Options
		path      string
		faults    []simulator.Fault
		source    datasource.DataSource
		arguments map[string]string
		scopes    string
		parts     []string
		lacks     []string
	}{
		"unknown address": {
			source: newUserDataSource(), arguments: map[string]string{"user_name": "nobody@example.com"},
			parts: []string{"ids and names are case-sensitive, but e-mail addresses are not", "User Provisioning > SCIM"},
		},
		"address instead of an id": {
			source: newUserDataSource(), arguments: map[string]string{"id": "ada@example.com"},
			parts: []string{"`id` contains an e-mail address. It must be the id of a user", "set `user_name` instead"},
		},
		"name instead of an id": {
			options: simulator.Options{SCIM: oneGroup(1)}, source: newGroupDataSource(), arguments: map[string]string{"id": "Analysts"},
			parts: []string{"`id` contains the name of a group. It must be the group's id, which is group-1. To look up the group by name, set `display_name` instead"},
		},
		"unknown id": {
			source: newGroupDataSource(), arguments: map[string]string{"id": "nobody"},
			parts: []string{"Check `id`: it must be an id, not a name, and ids are case-sensitive. A missing permission causes the same " +
				"response"},
			lacks: []string{"e-mail"},
		},
		"SCIM disabled": {
			options: simulator.Options{Server: server.Options{InactiveAPIs: []string{"scim"}}}, source: newUsersDataSource(),
			parts: []string{"the SCIM API is not activated for the team. To use it, the credentials", "Enable SCIM", "the scope user-provisioning.scim"},
		},
		"token without the scope": {
			options: simulator.Options{OAuth: oauth.Options{Clients: []oauth.Client{narrow}, NarrowScopes: true}}, scopes: "audit.log:read user-provisioning.scim",
			source: newUsersDataSource(),
			parts:  []string{"What to do: The token lacks the scope user-provisioning.scim, which the SCIM API needs; it was granted only audit.log:read."},
			lacks:  []string{"No SCIM API responded", "Enable SCIM", "scim_base_path"},
		},
		"token without the scope, and a 404": {
			options: simulator.Options{OAuth: oauth.Options{Clients: []oauth.Client{narrow}, NarrowScopes: true}}, scopes: "audit.log:read user-provisioning.scim",
			faults: found(simulator.Fault{Status: http.StatusNotFound}), source: newGroupsDataSource(),
			parts: []string{"What to do: The token lacks the scope user-provisioning.scim"},
			lacks: []string{"No SCIM API responded", "Enable SCIM", "scim_base_path"},
		},
		"no SCIM at any path": {
			faults: found(simulator.Fault{Status: http.StatusNotFound}), source: newGroupsDataSource(),
			parts: []string{"Set `scim_base_path`", "your identity provider reaches Celonis). The credentials need the User Provisioning > SCIM permission"},
		},
		"path of the web application": {
			path: "/scim/v3", source: newUsersDataSource(),
			parts: []string{"a web page titled", "If `scim_base_path` is set, remove it", "Check `base_url` as well"},
		},
		"path of another API": {
			path: "/scim/v3", faults: []simulator.Fault{{Path: "/scim/v3/*", Status: http.StatusNotFound, Body: `{"title": "No such path"}`, Times: -1}},
			source: newUsersDataSource(), parts: []string{"status 404: No such path", "If `scim_base_path` is set, remove it"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			team, env := startTeam(t, test.options)
			for _, fault := range test.faults {
				team.Inject(fault)
			}

			diagnostics, _ := readData(t.Context(), t, env.but(environment{"CELONIS_SCIM_BASE_PATH": test.path, "CELONIS_SCOPES": test.scopes}), test.source, test.arguments)
			if !diagnostics.HasError() {
				t.Fatal("the read succeeded")
			}

			text := words(diagnostics[0].Detail())
			for _, part := range test.parts {
				if !strings.Contains(text, part) {
					t.Errorf("%q is missing from %q", part, text)
				}
			}

			for _, part := range test.lacks {
				if strings.Contains(text, part) {
					t.Errorf("unexpected %q in %q", part, text)
				}
			}
		})
	}
}

// TestGroupsAreFoundByNameOrID imports a group by its id and by its name.
func TestGroupsAreFoundByNameOrID(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{})
	group := team.AddGroup(scim.Group{DisplayName: "Finance readers"})

	made, diagnostics := (&celonisProvider{version: "test", env: env.lookup}).connect(context.Background(), emptyModel(), "1.11.4")
	if diagnostics.HasError() {
		t.Fatal(diagnostics)
	}

	for _, text := range []string{group.DisplayName, group.ID} {
		if got, err := findGroup(t.Context(), made.client, text); err != nil || !maps.Equal(got, map[string]string{"id": group.ID}) {
			t.Errorf("%q: got %v, %v", text, got, err)
		}
	}

	for _, text := range []string{"Finance Readers", strings.Repeat("0", len(group.ID))} {
		if got, err := findGroup(t.Context(), made.client, text); !transport.IsNotFound(err) || !strings.Contains(err.Error(), text) {
			t.Errorf("%q: got %v, %v", text, got, err)
		}
	}

	// A group may exist even if the list does not contain its id.
	team.Inject(simulator.Fault{
		Path: "/scim/v2/Groups", Status: http.StatusOK, Times: -1,
		Body: `{"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 0, "Resources": []}`,
	})

	fresh, _ := (&celonisProvider{version: "test", env: env.lookup}).connect(context.Background(), emptyModel(), "1.11.4")
	if got, err := findGroup(t.Context(), fresh.client, group.ID); err != nil || !slices.Contains(slices.Collect(maps.Values(got)), group.ID) {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestRolesThatGroupsRaiseAreExplained(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{SCIM: scim.Options{EffectiveRoles: true}})
	user := team.AddUser(scim.User{UserName: "ada@example.com", DisplayName: "Ada"})
	team.AddGroup(scim.Group{DisplayName: "Analysts", Role: "ANALYST", Members: []string{user.ID}})

	made, diagnostics := (&celonisProvider{version: "test", env: env.lookup}).connect(context.Background(), emptyModel(), "1.11.4")
	if diagnostics.HasError() {
		t.Fatal(diagnostics)
	}

	update := func(role, name types.String) error {
		prior := userModel{ID: set(user.ID), UserName: set(user.UserName), DisplayName: set("Ada"), Role: set("ANALYST")}
		config := userModel{UserName: prior.UserName, DisplayName: name, Role: role}

		planned := prior
		if isSet(role) {
			planned.Role = role
		}

		if isSet(name) {
			planned.DisplayName = name
		}

		return updateUser(t.Context(), &operation[userModel]{celonis: made.client, model: &planned, prior: &prior, config: &config})
	}

	err := update(set("MEMBER"), types.StringNull())
	if located, ok := errors.AsType[*attributeError](err); !ok || !strings.Contains(located.advice, "omit `role`") {
		t.Errorf("got %v", err)
	}

	if err := update(types.StringNull(), set("Ada Lovelace")); err != nil {
		t.Errorf("renaming the group failed: %v", err)
	}
}
