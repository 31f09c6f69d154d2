package provider

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/team"
)

// TestAccPermissionsGuideFindsSurplusPermissions runs the tests in the guide's example as a reader of the guide would.
func TestAccPermissionsGuideFindsSurplusPermissions(t *testing.T) {
	t.Parallel()

	const guide, tests = "guides/asserting_permissions", "permissions.tftest.hcl"

	margaret := team.Member{Name: "Margaret Hamilton", Email: "Margaret.Hamilton@example.com", Role: "ADMIN", Status: "Active"}
	alan := team.Member{Name: "Alan Turing", Email: "alan.turing@example.com", Role: "MEMBER", Status: "Active"}
	admin := alan
	admin.Role = "ADMIN"

	grant := func(kind, name string, actions ...string) team.Grant {
		return team.Grant{
			SubjectType: kind, SubjectName: name, SubjectID: name, Service: "package-manager", ObjectType: "PACKAGE", ObjectName: "Finance",
			ObjectID: "finance", Actions: actions,
		}
	}
	engineers := grant("GROUP", "Process engineers", "USE_PACKAGE", "EDIT_PACKAGE")

	for name, test := range map[string]struct {
		members []team.Member
		grants  []team.Grant
		warning string
	}{
		"no surplus permissions": {
			[]team.Member{margaret, alan}, []team.Grant{engineers, grant("APPLICATION", "terraform-production", "USE_PACKAGE")}, "",
		},
		"surplus administrator": {
			[]team.Member{margaret, admin}, []team.Grant{engineers}, "Also administrators: alan.turing@example.com",
		},
		"surplus editor": {
			[]team.Member{margaret, alan},
			[]team.Grant{engineers, grant("USER", "Alan Turing", "EDIT_PACKAGE")},
			"May also edit packages: Alan Turing",
		},
		"application with surplus permissions": {
			[]team.Member{margaret, alan},
			[]team.Grant{engineers, grant("OAUTH_CLIENT", "terraform-production", "MANAGE_PERMISSIONS")},
			"terraform-production: MANAGE_PERMISSIONS on Finance",
		},
		"empty reports": {[]team.Member{margaret, alan}, nil, "the checks below prove nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, env := startTeam(t, simulator.Options{Reports: team.Options{TeamMembers: test.members, Grants: test.grants}})
			w := newWorkspace(t, env, "")
			from := filepath.Join(examples, filepath.FromSlash(guide))
			for _, file := range []string{"main.tf", tests} {
				write(t, filepath.Join(w.Folder, file), read(t, filepath.Join(from, file)))
			}

			output, err := w.run("test")
			if failed := err != nil; failed != (test.warning != "") || !strings.Contains(words(output), test.warning) {
				t.Errorf("%v\n%s", err, output)
			}
		})
	}
}
