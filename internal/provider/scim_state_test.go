package provider

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
)

// scimNotFound is the SCIM error for an object that does not exist.
const scimNotFound = `{"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "404", "detail": "Resource not found."}`

// oneOfEach returns a workspace that manages a user, a group and a membership in another group.
func oneOfEach(t *testing.T, env environment) workspace {
	t.Helper()

	w := newWorkspace(t, env, user(`user_name = "ada@example.com"`)+group(`display_name = "Managed"`, `member_ids = ["user-000"]`)+memberships("0", "1"))
	w.must("apply", "-auto-approve")

	return w
}

// mustKeepState checks that a refresh fails and leaves the state file unchanged.
func (w workspace) mustKeepState(name string, parts ...string) {
	w.t.Helper()

	file := filepath.Join(w.Folder, "terraform.tfstate")
	before := read(w.t, file)

	output, err := w.run("apply", "-refresh-only", "-auto-approve")
	if err == nil {
		w.t.Errorf("%s: the refresh succeeded:\n%s", name, output)
	}

	wantParts(w.t, output, parts...)

	if after := read(w.t, file); after != before {
		w.t.Fatalf("%s: the state changed from\n%s\nto\n%s", name, before, after)
	}
}

// TestSCIMObjectsStayInStateAfterUnexpectedResponses refreshes objects over the plugin protocol. The tests below, starting with
// TestAccDeletedSCIMObjectsAreCreatedAgain, use the CLI.
func TestSCIMObjectsStayInStateAfterUnexpectedResponses(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{SCIM: oneGroup(1)})
	objects := map[string]*protocolObject{
		"user": newProtocolObject(t, env, "celonis_user"), "group": newProtocolObject(t, env, "celonis_group"),
		"membership": newProtocolObject(t, env, "celonis_group_member"),
	}
	objects["user"].must(map[string]any{"user_name": "ada@example.com"})
	objects["group"].must(map[string]any{"display_name": "Managed", "member_ids": textSet("user-000")})

	objects["membership"].must(map[string]any{"group_id": "group-1", "user_id": "user-000"})

	for _, one := range []struct {
		name    string
		fault   simulator.Fault
		message string
	}{
		{"web page", simulator.Fault{HTML: true}, "Check `base_url`"},
		{"web page with 404", simulator.Fault{Status: http.StatusNotFound, Body: "<html><title>Page not found</title></html>"}, "Page not found"},
		{"bare 404", simulator.Fault{Status: http.StatusNotFound}, "status 404"},
		{
			"unknown path",
			simulator.Fault{Status: http.StatusNotFound, Body: `{"errorCode": "GENERAL_NOTFOUND_PATH", "status": 404}`},
			"status 404: GENERAL_NOTFOUND_PATH",
		},
		{"not activated", simulator.Fault{Status: http.StatusForbidden}, "is not activated for the team"},
		{
			"forbidden",
			simulator.Fault{Status: http.StatusForbidden, Body: strings.ReplaceAll(scimNotFound, "404", "403")},
			"User Provisioning > SCIM",
		},
		{"gone", simulator.Fault{Status: http.StatusGone, Body: strings.ReplaceAll(scimNotFound, "404", "410")}, "status 410"},
		{"truncated body", simulator.Fault{CutBodyAt: 40}, "the connection was lost after 40 bytes"},
		{"truncated JSON", simulator.Fault{Status: http.StatusOK, Body: `{"id": "user-`}, "What to do: Retry"},
		{"empty body", simulator.Fault{Status: http.StatusOK}, "What to do: Retry"},
		{"empty object", simulator.Fault{Status: http.StatusOK, Body: `{}`}, "it has no id"},
		{"different object", simulator.Fault{Status: http.StatusOK, Body: `{"id": "another", "userName": "x", "displayName": "x"}`}, `describes "another"`},
		{"empty list", simulator.Fault{Status: http.StatusOK, Body: `{"totalResults": 0, "Resources": []}`}, "it has no id"},
		{"error with 200", simulator.Fault{Status: http.StatusOK, Body: scimNotFound}, "it has no id"},
	} {
		team.ClearFaults()

		for _, path := range []string{usersPath, groupsPath} {
			one.fault.Method, one.fault.Path, one.fault.Times = http.MethodGet, path+"*", -1
			team.Inject(one.fault)
		}

		for kind, object := range objects {
			object.wantUnreadable(one.name, "Unable to read "+kind, "Request: GET ", "What to do: ", one.message)
		}
	}

	team.ClearFaults()

	for kind, object := range objects {
		if diagnostics := object.refresh(); diagnostics.hasError() || object.state.IsNull() {
			t.Errorf("the %s: %s", kind, diagnostics.text())
		}
	}
}

func TestAccDeletedSCIMObjectsAreCreatedAgain(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{SCIM: oneGroup(1)})
	w := oneOfEach(t, env)

	for _, path := range []string{usersPath, groupsPath} {
		team.Inject(simulator.Fault{Method: http.MethodGet, Path: path + "*", Times: -1, HTML: true})
	}

	w.mustKeepState("web page", "Error: Unable to read user", "with celonis_user.this", "Error: Unable to read group", "with celonis_group.this",
		"Error: Unable to read membership", `with celonis_group_member.this["user-000"]`, "Request: GET ", "What to do: ", "Check `base_url`")

	team.ClearFaults()
	w.mustPlanNothing()

	// Only a 404 with a SCIM error means that an object does not exist.
	team.RemoveUser(userAt(team, "ada@example.com").ID)
	team.RemoveGroup("group-1")
	team.RemoveGroup(groupAt(team, "Managed").ID)

	output, _ := w.planned()
	wantParts(t, output, "Plan: 3 to add, 0 to change, 0 to destroy.")
}

// TestAccSCIMObjectsStayInStateWhenListsLackThem manages so many objects that the provider reads lists instead of single objects.
func TestAccSCIMObjectsStayInStateWhenListsLackThem(t *testing.T) {
	t.Parallel()

	const count = 25

	team, env := startTeam(t, simulator.Options{SCIM: scim.Options{Users: people(count), MaxCount: 5}})
	w := newWorkspace(t, env, "")
	w.manageUsers(count)
	w.mustPlanNothing()

	for name, body := range map[string]string{
		"no items": `{"totalResults": 0, "Resources": []}`, "items omitted": `{"totalResults": 25}`, "not a list": `{}`,
		"a different user": `{"totalResults": 1, "Resources": [{"id": "another", "userName": "x"}]}`,
	} {
		team.ClearFaults()
		team.ResetJournal()
		team.Inject(simulator.Fault{Method: http.MethodGet, Path: usersPath, Times: -1, Status: http.StatusOK, Body: body})
		w.mustPlanNothing() // The provider must read each object by its id.

		if got := team.Count(http.MethodGet, usersPath); got == 0 {
			t.Errorf("%s: the provider did not read a list", name)
		}

		team.Inject(simulator.Fault{Method: http.MethodGet, Path: usersPath + "/*", Times: -1, Status: http.StatusNotFound})
		w.mustKeepState(name, "Error: Unable to read user", "status 404")
	}
}

// TestAccMistypedSCIMBasePathKeepsTheState covers three wrong paths: one that returns a web page, one that does not exist, and one below
// which every request returns a SCIM 404.
func TestAccMistypedSCIMBasePathKeepsTheState(t *testing.T) {
	t.Parallel()

	team, env := startTeam(t, simulator.Options{SCIM: oneGroup(1)})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/like/scim/"):
			w.Header().Set("Content-Type", "application/scim+json")
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, scimNotFound)
		case strings.HasPrefix(r.URL.Path, "/page/"):
			_, _ = io.WriteString(w, "<!DOCTYPE html><title>Login</title>")
		default:
			team.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)

	w := oneOfEach(t, env.but(environment{"CELONIS_URL": server.URL}))

	for path, message := range map[string]string{
		"/like/scim/v2":         "Unable to confirm that the SCIM API is at this path",
		"/page/scim/v2":         "The response is a web page, not a SCIM response",
		"/user-provisioning/v2": "status 404",
	} {
		mistyped := newWorkspace(t, env.but(environment{"CELONIS_URL": server.URL, "CELONIS_SCIM_BASE_PATH": path}), "").in(w)
		mistyped.mustKeepState(path, "Error: Unable to read user", "Error: Unable to read group", "Error: Unable to read membership",
			fmt.Sprintf("Request: GET %s%s/Users/", server.URL, path), message)
	}

	w.mustPlanNothing()
}
