package provider

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	simserver "github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// listServer is a configured provider. Tests call its list resources over the plugin protocol, as terraform query does.
type listServer struct {
	t       *testing.T
	server  tfprotov6.ProviderServerWithListResource //nolint:staticcheck // ProviderServer has no list methods.
	schemas *tfprotov6.GetProviderSchemaResponse
}

func newListServer(t *testing.T, env environment) listServer {
	t.Helper()

	server, ok := configuredServer(t, env).(tfprotov6.ProviderServerWithListResource) //nolint:staticcheck // ProviderServer has no list methods.
	if !ok {
		t.Fatal("the provider does not support list resources")
	}

	return listServer{t: t, server: server, schemas: schemaOf(t)}
}

// list validates and runs a list block. It returns one line per result (display name and identity), the listed resources, and all
// diagnostics.
func (s listServer) list(typeName string, config map[string]any, limit int64) (lines []string, resources []tftypes.Value, diags protocolDiagnostics) {
	s.t.Helper()

	encodedConfig := encoded(s.t, s.schemas.ListResourceSchemas[typeName], config)

	validated, err := s.server.ValidateListResourceConfig(s.t.Context(), &tfprotov6.ValidateListResourceConfigRequest{
		TypeName: typeName, Config: encodedConfig,
	})
	if err != nil {
		s.t.Fatal(err)
	}

	if diags = validated.Diagnostics; diags.hasError() {
		return nil, nil, diags
	}

	stream, err := s.server.ListResource(s.t.Context(), &tfprotov6.ListResourceRequest{
		TypeName: typeName, Config: encodedConfig, Limit: limit, IncludeResource: true,
	})
	if err != nil {
		s.t.Fatal(err)
	}

	for result := range stream.Results {
		diags = append(diags, result.Diagnostics...)

		if result.Identity == nil {
			continue
		}

		lines = append(lines, fmt.Sprintf("%s: %s", result.DisplayName, s.identity(typeName, result.Identity)))

		object, err := result.Resource.Unmarshal(s.schemas.ResourceSchemas[typeName].ValueType())
		if err != nil {
			s.t.Fatal(err)
		}

		resources = append(resources, object)
	}

	return lines, resources, diags
}

func (s listServer) identity(typeName string, data *tfprotov6.ResourceIdentityData) string {
	s.t.Helper()

	kind := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"id": tftypes.String}}
	if typeName == "celonis_group_member" {
		kind = tftypes.Object{AttributeTypes: map[string]tftypes.Type{"group_id": tftypes.String, "user_id": tftypes.String}}
	}

	value, err := data.IdentityData.Unmarshal(kind)
	if err != nil {
		s.t.Fatal(err)
	}

	values := attributes(s.t, value)
	texts := make([]string, 0, len(values))

	for _, name := range slices.Sorted(maps.Keys(values)) {
		var text string
		if err := values[name].As(&text); err != nil {
			s.t.Fatal(err)
		}

		texts = append(texts, text)
	}

	return strings.Join(texts, "/")
}

func TestListResourcesSelectObjects(t *testing.T) {
	t.Parallel()

	const ada, bob = "Ada@Example.com: u-1", "bob@example.com: u-2"

	for name, test := range map[string]struct {
		typeName string
		config   map[string]any
		limit    int64
		want     []string
	}{
		"all users":                                {"celonis_user", nil, 100, []string{ada, bob}},
		"users with a role":                        {"celonis_user", map[string]any{"role": "analyst"}, 100, []string{ada}},
		"users in a domain":                        {"celonis_user", map[string]any{"email_domain": "EXAMPLE.com"}, 100, []string{ada, bob}},
		"a parent domain does not match":           {"celonis_user", map[string]any{"email_domain": "com"}, 100, nil},
		"no user with the role":                    {"celonis_user", map[string]any{"role": "ADMIN"}, 100, nil},
		"the limit applies to the filtered result": {"celonis_user", map[string]any{"role": "MEMBER"}, 1, []string{bob}},
		"limit":                             {"celonis_user", nil, 1, []string{ada}},
		"all groups":                        {"celonis_group", nil, 100, []string{"Analysts: g-1", "Nobody: g-2"}},
		"groups by name":                    {"celonis_group", map[string]any{"name_regex": "(?i)^NOB"}, 100, []string{"Nobody: g-2"}},
		"role that Celonis does not return": {"celonis_group", map[string]any{"role": "ANALYST"}, 100, []string{"Analysts: g-1"}},
		"members of a group": {
			"celonis_group_member",
			map[string]any{"group_id": "g-1"},
			100,
			[]string{"Analysts / Ada@Example.com: g-1/u-1", "Analysts / bob@example.com: g-1/u-2"},
		},
		"a group without members": {"celonis_group_member", map[string]any{"group_id": "g-2"}, 100, nil},
		"all subscriptions":       {"celonis_subscription", nil, 100, []string{"Blocked: s-1", "Changed: s-2", "Changed: s-3"}},
		"subscriptions in a state": {
			"celonis_subscription", map[string]any{"status": "Paused"}, 100, []string{"Changed: s-2"},
		},
		"subscriptions of a trigger": {
			"celonis_subscription",
			map[string]any{"trigger_id": "trigger-3", "knowledge_model_id": "order-to-cash.otc-km"},
			100,
			[]string{"Changed: s-3"},
		},
		"no subscription of the model": {"celonis_subscription", map[string]any{"knowledge_model_id": "order-to-cash.base"}, 100, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, env := startTeam(t, simulator.Options{
				Intelligence: intelligence.Options{Models: modelsForTests()}, SCIM: knownUsersAndGroups(), Subscriptions: intelligence.SubscriptionOptions{Existing: subscriptionsForTests()},
			})

			lines, _, diags := newListServer(t, env).list(test.typeName, test.config, test.limit)
			if len(diags) > 0 || !slices.Equal(lines, test.want) {
				t.Errorf("got %q, want %q\n%s", lines, test.want, diags.text())
			}
		})
	}
}

// TestListResultsMatchImports compares list results, from which terraform query generates configuration, with the state after an import.
func TestListResultsMatchImports(t *testing.T) {
	t.Parallel()

	_, env := startTeam(t, simulator.Options{
		Intelligence: intelligence.Options{Models: modelsForTests()}, SCIM: knownUsersAndGroups(), Subscriptions: intelligence.SubscriptionOptions{Existing: subscriptionsForTests()},
	})

	for typeName, config := range map[string]map[string]any{
		"celonis_user": nil, "celonis_group": {"include_members": true}, "celonis_subscription": nil,
		"celonis_group_member": {"group_id": "g-1"},
	} {
		t.Run(typeName, func(t *testing.T) {
			t.Parallel()

			lines, resources, diags := newListServer(t, env).list(typeName, config, 100)
			if len(diags) > 0 || len(lines) == 0 {
				t.Fatal(diags.text())
			}

			for index, listed := range resources {
				_, id, _ := strings.Cut(lines[index], ": ")

				imported, err := configuredServer(t, env).ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: typeName, ID: id})
				if err != nil || len(imported.Diagnostics) > 0 {
					t.Fatal(err, protocolDiagnostics(imported.Diagnostics).text())
				}

				object := newProtocolObject(t, env, typeName)
				object.state, object.private = object.decode(imported.ImportedResources[0].State), imported.ImportedResources[0].Private

				if diags := object.refresh(); len(diags) > 0 && !strings.Contains(diags.text(), "rejected") {
					t.Fatal(diags.text())
				}

				if !object.state.Equal(listed) {
					t.Errorf("listed:\n%s\nimported:\n%s", listed, object.state)
				}
			}
		})
	}
}

func TestListedGroupsHaveMembersOnlyOnRequest(t *testing.T) {
	t.Parallel()

	for _, lacksMembers := range []bool{false, true} {
		options := knownUsersAndGroups()
		options.NoMembersInLists = lacksMembers
		team, env := startTeam(t, simulator.Options{SCIM: options})
		server := newListServer(t, env)

		for _, include := range []bool{false, true} {
			_, groups, diags := server.list("celonis_group", map[string]any{"include_members": include}, 100)
			if len(diags) > 0 || len(groups) != 2 {
				t.Fatal(diags.text())
			}

			if members := attributes(t, groups[0])["member_ids"]; members.IsNull() == include {
				t.Errorf("include_members = %t: %s", include, members)
			}
		}

		if lists := team.Count(http.MethodGet, "/scim/v2/Groups"); lists != 1 {
			t.Errorf("got %d listings for two list blocks", lists)
		}

		// If a group has no members in the list, Celonis may have omitted the members, so the provider reads the group by id.
		if reads, want := team.Count(http.MethodGet, "/scim/v2/Groups/*"), map[bool]int{false: 1, true: 2}[lacksMembers]; reads != want {
			t.Errorf("got %d reads of groups, want %d", reads, want)
		}
	}
}

func TestListErrorsContainAdvice(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		options  simulator.Options
		typeName string
		config   map[string]any
		limit    int64
		want     []string
	}{
		"limit of 0": {
			typeName: "celonis_user", want: []string{"Unable to list users", "`limit = 0`", "at least 1", "defaults to 100"},
		},
		"SCIM disabled": {
			options: simulator.Options{Server: simserver.Options{InactiveAPIs: []string{"scim"}}}, typeName: "celonis_group", limit: 100,
			want: []string{"Unable to list groups", "403", "SCIM"},
		},
		"unknown group": {
			typeName: "celonis_group_member", config: map[string]any{"group_id": "g-9"}, limit: 100,
			want: []string{"Unable to list the members of a group", "404", "Check `group_id`"},
		},
		"subscriptions not activated": {
			options: simulator.Options{Server: simserver.Options{InactiveAPIs: []string{"subscriptions"}}}, typeName: "celonis_subscription", limit: 100,
			want: []string{"Unable to list subscriptions", "403", "not activated"},
		},
		"role that does not exist": {
			typeName: "celonis_user", config: map[string]any{"role": "ANALIST"}, limit: 100, want: []string{"MEMBER", "ANALYST", "ADMIN", "ANALIST"},
		},
		"e-mail address as the domain": {
			typeName: "celonis_user", config: map[string]any{"email_domain": "ada@example.com"}, limit: 100, want: []string{"domain alone"},
		},
		"invalid regular expression": {
			typeName: "celonis_group", config: map[string]any{"name_regex": "("}, limit: 100, want: []string{"missing closing"},
		},
		"name of a model": {
			typeName: "celonis_subscription", config: map[string]any{"knowledge_model_id": "Order to Cash"}, limit: 100,
			want: []string{"<package_key>.<key>"},
		},
		"empty group": {typeName: "celonis_group_member", config: map[string]any{"group_id": " "}, limit: 100, want: []string{"must not be empty"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			test.options.SCIM = knownUsersAndGroups()
			_, env := startTeam(t, test.options)

			lines, _, diags := newListServer(t, env).list(test.typeName, test.config, test.limit)
			if len(lines) > 0 || !diags.hasError() {
				t.Fatalf("got results %q and diagnostics %s", lines, diags.text())
			}

			for _, want := range test.want {
				if !strings.Contains(diags.text(), want) {
					t.Errorf("%q is missing from:\n%s", want, diags.text())
				}
			}
		})
	}
}
