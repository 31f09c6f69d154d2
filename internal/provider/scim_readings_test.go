package provider

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
)

const (
	scimPath       = "/scim/v2"
	usersPath      = scimPath + "/Users"
	groupsPath     = scimPath + "/Groups"
	scimConfigPath = scimPath + "/ServiceProviderConfig"
)

// people returns the given number of existing users with predictable ids.
func people(count int) []scim.User {
	all := make([]scim.User, count)
	for index := range all {
		all[index] = scim.User{
			ID: fmt.Sprintf("user-%03d", index), UserName: fmt.Sprintf("Person.%03d@Example.com", index),
			DisplayName: fmt.Sprintf("Person %d", index), ExternalID: fmt.Sprintf("hr-%03d", index), Role: "MEMBER",
		}
	}

	return all
}

// idsOf returns the ids of users, in the same order.
func idsOf(users []scim.User) []string {
	ids := make([]string, 0, len(users))
	for _, user := range users {
		ids = append(ids, user.ID)
	}

	return ids
}

// userAt returns the team's user with the given name. If no user has this name, the returned user has no id.
func userAt(team *simulator.Simulator, userName string) scim.User {
	for _, user := range team.Users() {
		if strings.EqualFold(user.UserName, userName) {
			return user
		}
	}

	return scim.User{}
}

// groupAt returns the team's group with the given name, with sorted members. If no group has this name, the returned group has no id.
func groupAt(team *simulator.Simulator, displayName string) scim.Group {
	for _, group := range team.Groups() {
		if group.DisplayName == displayName {
			slices.Sort(group.Members)

			return group
		}
	}

	return scim.Group{}
}

// wantMembers checks the members of a group.
func wantMembers(t *testing.T, team *simulator.Simulator, displayName string, ids ...string) {
	t.Helper()
	slices.Sort(ids)

	if got := groupAt(team, displayName); got.ID == "" || !slices.Equal(got.Members, ids) {
		t.Errorf("got members %[2]q in the group %[1]q, want %[3]q", got.DisplayName, got.Members, ids)
	}
}

// writes returns the number of requests that may change users and groups.
func writes(team *simulator.Simulator) int {
	return team.Count(http.MethodPost, scimPath+"/*") + team.Count(http.MethodPut, scimPath+"/*") + team.Count(http.MethodDelete, scimPath+"/*")
}

// scimReadings returns the options of one team for each plausible behaviour where the documentation about users and groups leaves a question
// open. Other tests cover failures and stale lists. Stale lists do not affect the run that makes a change, but a later run cannot distinguish
// a stale value from a change outside Terraform.
func scimReadings() map[string]scim.Options {
	readings := map[string]scim.Options{
		"documented":            {},
		"clients-are-users":     {ClientsAsUsers: true},
		"created-201":           {CreateStatus: scim.CreateCreated},
		"put-ignores-mail":      {InvitationOnPUT: scim.InvitationIgnored},
		"mail-is-boolean":       {BooleanInvitation: true},
		"roles-only-in-capital": {UpperCaseRoles: true},
		"groups-without-role":   {GroupsWithoutRole: true},
		"delete-200":            {DeleteStatus: scim.DeleteOK},
		"delete-unknown-works":  {DeleteUnknown: scim.DeleteUnknownDone},
		"answers-as-json":       {ResponsesAsJSON: true},
		"effective-roles":       {EffectiveRoles: true},
		"roles-in-lower-case":   {LowerCaseRoles: true},
		"names-in-lower-case":   {LowerCaseUserNames: true},
		"members-in-full":       {MemberElements: scim.MembersFull},
		"no-members-in-lists":   {NoMembersInLists: true},
		"members-cut":           {MaxReturnedMembers: 1},
		"short-pages":           {MaxCount: 2},
		"long-pages-refused":    {MaxCount: 200, CountAboveMax: scim.CountRefused},
		"no-resources":          {OmitEmptyResources: true},
		"listed-late":           {ListedAfterReads: 1},
		"listed-after-delete":   {DelistedAfterReads: 1},
		"put-keeps-all":         {KeptWhenOmitted: scim.Attributes()},
	}

	for _, attribute := range scim.Attributes() {
		readings["put-keeps-"+strings.ToLower(attribute)] = scim.Options{KeptWhenOmitted: []string{attribute}}
	}

	others(readings, "base", func(o *scim.Options, word scim.Base) { o.Base = word })
	others(readings, "other-bases", func(o *scim.Options, word scim.OtherBases) {
		o.Base, o.OtherBases = scim.BaseAPI, word
	})
	others(readings, "replaced", func(o *scim.Options, word scim.PUTResponse) { o.PUTResponse = word })
	others(readings, "unknown-id", func(o *scim.Options, word scim.UnknownID) { o.UnknownID = word })
	others(readings, "etags", func(o *scim.Options, word scim.ETags) { o.ETags = word })
	others(readings, "content", func(o *scim.Options, word scim.ContentTypes) { o.ContentTypes = word })
	others(readings, "role", func(o *scim.Options, word scim.RoleLocation) { o.RoleLocation = word })
	others(readings, "extras", func(o *scim.Options, word scim.Extras) { o.Extras = word })
	others(readings, "no-members", func(o *scim.Options, word scim.EmptyMembers) { o.EmptyMembers = word })
	others(readings, "filter", func(o *scim.Options, word scim.Filter) { o.Filter = word })
	others(readings, "order", func(o *scim.Options, word scim.Order) { o.Order = word })

	return readings
}

// The others function adds one team for each value of an option, except for the default.
func others[T interface {
	~string
	Words() []T
}](
	readings map[string]scim.Options, name string, set func(*scim.Options, T),
) {
	for _, word := range T("").Words()[1:] {
		var options scim.Options

		set(&options, word)
		readings[name+"-"+strings.ReplaceAll(strings.Trim(string(word), "/"), "/", "-")] = options
	}
}

// life describes one stage in the life cycle of a team's users, groups and memberships. Each behaviour in [scimReadings] has a separate team.
type life struct {
	// name is the key of the behaviour in [scimReadings].
	name string
	// ada contains the arguments of a user. asSet contains the arguments of a group that configures its members as a set, and oneByOne
	// contains the arguments of a group whose memberships are separate resources.
	ada, asSet, oneByOne string
	// member is the user in the single membership.
	member string
}

// first and second return the two stages of the life cycle.
func first(name string) life {
	return life{
		name: name, member: "bob",
		ada:      "display_name = \"Ada\"\nexternal_id = \"hr-ada\"\nrole = \"analyst\"\nsend_invitation_email = true",
		asSet:    "display_name = \"As a set\"\nexternal_id = \"grp-1\"\nrole = \"analyst\"\nmember_ids = [celonis_user." + name + "_ada.id]",
		oneByOne: "display_name = \"One by one\"",
	}
}

func second(name string) life {
	return life{
		name: name, member: "ada",
		ada:      "display_name = \"Ada Example\"\nexternal_id = \"hr-1\"\nrole = \"admin\"\nsend_invitation_email = true",
		asSet:    "display_name = \"As a set – 2\"\nexternal_id = \"grp-2\"\nrole = \"member\"\nmember_ids = []",
		oneByOne: "display_name = \"One by one – 2\"",
	}
}

// configuration returns the stage as a Terraform configuration.
func (l life) configuration() string {
	return strings.NewReplacer("NAME", l.name, "ADA", l.ada, "AS_SET", l.asSet, "ONE_BY_ONE", l.oneByOne, "MEMBER", l.member).Replace(`
		resource "celonis_user" "NAME_ada" {
		  provider  = NAME
		  user_name = "Ada@Example.com"
		  ADA
		}
		resource "celonis_user" "NAME_bob" {
		  provider  = NAME
		  user_name = "bob@example.com"
		}
		resource "celonis_group" "NAME_set" {
		  provider = NAME
		  AS_SET
		}
		resource "celonis_group" "NAME_one" {
		  provider = NAME
		  ONE_BY_ONE
		}
		resource "celonis_group_member" "NAME" {
		  provider = NAME
		  group_id = celonis_group.NAME_one.id
		  user_id  = celonis_user.NAME_MEMBER.id
		}`)
}

// taken returns the second stage without send_invitation_email, which has no effect on existing users.
func taken(name string) life {
	l := second(name)
	l.ada = strings.ReplaceAll(l.ada, "send_invitation_email = true", "")

	return l
}

// imports returns the import blocks of the second stage.
func (l life) imports(team *simulator.Simulator) string {
	var blocks strings.Builder

	for _, one := range importIDs(l.name, team) {
		fmt.Fprintf(&blocks, "import {\n to = celonis_%s\n id = %q\n}\n", strings.ReplaceAll(one[0], "NAME", l.name), one[1])
	}

	return blocks.String()
}

// importIDs returns the objects of the second stage with their import ids. One user is imported by id, and the other by e-mail address in a
// different case. One group is imported by id, and the other by name.
func importIDs(name string, team *simulator.Simulator) [][2]string {
	ada, asSet, oneByOne := userAt(team, "ada@example.com"), groupAt(team, "As a set – 2"), groupAt(team, "One by one – 2")
	bob, open := "BOB@example.COM", oneByOne.DisplayName

	if name == "listed-late" { // Objects that are not listed yet cannot be found by name.
		bob, open = userAt(team, bob).ID, oneByOne.ID
	}

	return [][2]string{
		{"user.NAME_ada", ada.ID},
		{"user.NAME_bob", bob},
		{"group.NAME_set", asSet.ID},
		{"group.NAME_one", open},
		{"group_member.NAME", oneByOne.ID + "/" + ada.ID},
	}
}

// wantFirst and wantSecond check the objects in Celonis after the first and the second stage.
func wantFirst(t *testing.T, name string, team *simulator.Simulator) {
	t.Helper()

	ada, bob := userAt(team, "ada@example.com"), userAt(team, "bob@example.com")
	wantUser(t, name, ada, scim.User{
		UserName: "Ada@Example.com", DisplayName: "Ada", ExternalID: "hr-ada", Role: "ANALYST", Invited: true,
	})
	wantUser(t, name, bob, scim.User{UserName: "bob@example.com", Role: "MEMBER"})
	wantGroup(t, name, groupAt(team, "As a set"), scim.Group{ExternalID: "grp-1", Role: "ANALYST", Members: []string{ada.ID}})
	wantGroup(t, name, groupAt(team, "One by one"), scim.Group{Members: []string{bob.ID}})
}

func wantSecond(t *testing.T, name string, team *simulator.Simulator) {
	t.Helper()

	ada := userAt(team, "ada@example.com")
	wantUser(t, name, ada, scim.User{
		UserName: "Ada@Example.com", DisplayName: "Ada Example", ExternalID: "hr-1", Role: "ADMIN", Invited: true,
	})
	wantGroup(t, name, groupAt(team, "As a set – 2"), scim.Group{ExternalID: "grp-2", Role: "MEMBER"})
	wantGroup(t, name, groupAt(team, "One by one – 2"), scim.Group{Members: []string{ada.ID}})
}

// wantUser checks all attributes of a user except the id.
func wantUser(t *testing.T, name string, got, want scim.User) {
	t.Helper()

	want.ID = got.ID
	if got.ID == "" || got != want {
		t.Errorf("%s: got %+v in Celonis, want %+v", name, got, want)
	}
}

// wantGroup checks all attributes of a group except the id, the name by which the caller found the group, and a role that is not
// configured.
func wantGroup(t *testing.T, name string, got, want scim.Group) {
	t.Helper()

	if got.ID == "" || got.ExternalID != want.ExternalID || want.Role != "" && got.Role != want.Role || !slices.Equal(got.Members, want.Members) {
		t.Errorf("%s: got %+v in Celonis, want %+v", name, got, want)
	}
}

// namedProviders serves a provider for each name. It returns the block that declares the providers' sources, and the value of
// TF_REATTACH_PROVIDERS.
func namedProviders(t *testing.T, environments map[string]environment) (block, served string) {
	t.Helper()

	servers := make(map[string]tfprotov6.ProviderServer, len(environments)+1)

	var sources strings.Builder

	for name, env := range environments {
		servers["celonis-community/"+name] = newServer(t, env)

		fmt.Fprintf(&sources, "    %s = { source = \"celonis-community/%[1]s\" }\n", name)
	}

	// OpenTofu also requires the provider whose name is the prefix of the imported resource types, although it never calls that provider.
	servers["celonis-community/celonis"] = newServer(t, environment{})

	sources.WriteString("    celonis = { source = \"celonis-community/celonis\" }\n")

	return "terraform {\n  required_providers {\n" + sources.String() + "  }\n}\n", servedProviders(t, servers)
}

// TestAccSCIMLifeCycle runs the life cycle with a CLI, but only for a few of the teams in [scimReadings], in one configuration.
// TestSCIMLifeCycleForEveryReading covers all of them over the plugin protocol, which is much faster.
func TestAccSCIMLifeCycle(t *testing.T) {
	t.Parallel()

	readings, names := scimReadings(), []string{"documented", "listed-late", "role-absent"}

	teams := make(map[string]*simulator.Simulator, len(names))
	environments := make(map[string]environment, len(names))

	for _, name := range names {
		options := readings[name]
		options.Users = people(3)
		teams[name], environments[name] = startTeam(t, simulator.Options{SCIM: options})
	}

	block, served := namedProviders(t, environments)
	at := func(stage func(name string) life, more func(life) string) string {
		parts := []string{block}
		for _, name := range names {
			parts = append(parts, stage(name).configuration(), more(stage(name)))
		}

		return strings.Join(parts, "\n")
	}
	nothing := func(life) string { return "" }
	start := func(configuration string) workspace {
		w := emptyWorkspace(t, environment{}).with("TF_REATTACH_PROVIDERS", served)
		write(t, filepath.Join(w.Folder, "main.tf"), configuration)

		return w
	}

	w := start(at(first, nothing))
	wantParts(t, w.must("apply", "-auto-approve"), fmt.Sprintf("%d added, 0 changed, 0 destroyed", 5*len(names)))

	for name, team := range teams {
		wantFirst(t, name, team)
	}

	w.mustPlanNothing()
	write(t, filepath.Join(w.Folder, "main.tf"), at(second, nothing))
	wantParts(t, w.must("apply", "-auto-approve"),
		fmt.Sprintf("%d added, %d changed, %d destroyed", len(names), 3*len(names), len(names)))

	for name, team := range teams {
		wantSecond(t, name, team)
	}

	w.mustPlanNothing()

	// Import all objects into a new state.
	w = start(at(taken, func(l life) string { return l.imports(teams[l.name]) }))
	// If Celonis does not return roles, the imported state contains no roles, so the apply updates two objects.
	wantParts(t, w.must("apply", "-auto-approve"), fmt.Sprintf("%d imported, 0 added, 2 changed, 0 destroyed", 5*len(names)))
	w.must("destroy", "-auto-approve")

	for name, team := range teams {
		if users, groups := len(team.Users()), len(team.Groups()); groups != 0 || users != 3 {
			t.Errorf("%s: %d users and %d groups remain", name, users, groups)
		}
	}
}
