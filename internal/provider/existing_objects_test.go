package provider

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

func TestNamesInImportBlocksAreEscaped(t *testing.T) {
	t.Parallel()

	connected, _ := connected(t, environment{"CELONIS_URL": address, "CELONIS_ACCESS_TOKEN": "some-token"}, nil)

	for name, want := range map[string]string{
		"Analysts":                          `"Analysts"`,
		`a "quoted" \ name`:                 `"a \"quoted\" \\ name"`,
		"costs ${x} %{y} $1 5%":             `"costs $${x} %%{y} $1 5%"`,
		"two  or   more":                    `"two \u0020or \u0020 more"`,
		"family \U0001F468\u200d\U0001F469": "\"family \U0001F468\\u200d\U0001F469\"",
		"a\u00a0space":                      `"a\u00a0space"`,
	} {
		if got := connected.show(quoted(name)); got != want {
			t.Errorf("%q: got %s, want %s", name, got, want)
		}
	}
}

// TestExistingObjectsAreImportedByName also checks that an error mentions the effect on members only if the group sets `member_ids`.
func TestExistingObjectsAreImportedByName(t *testing.T) {
	t.Parallel()

	const members = "removes every member that is not in `member_ids`"

	for name, test := range map[string]struct {
		typeName string
		given    map[string]any
		parts    []string
		hasNote  bool
	}{
		"user": {
			"celonis_user",
			map[string]any{"user_name": "PERSON.000@example.com"},
			[]string{"to = celonis_user.NAME\n  id = \"PERSON.000@example.com\"", `celonis_user.NAME["key"]`},
			false,
		},
		"group": {
			"celonis_group",
			map[string]any{"display_name": "Analysts"},
			[]string{"to = celonis_group.NAME\n  id = \"Analysts\"", `celonis_group.NAME["key"]`},
			false,
		},
		"group with members": {
			"celonis_group",
			map[string]any{"display_name": "Analysts", "member_ids": []tftypes.Value{tftypes.NewValue(tftypes.String, "user-000")}},
			[]string{"id = \"Analysts\"", "To keep them, remove `member_ids`"},
			true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			options, now := withOldObjects(oneGroup(2, "user-001"))
			_, env := startTeam(t, options)
			now()

			object := newProtocolObject(t, env, test.typeName)
			diags := object.apply(object.plan(test.given))

			if !diags.hasError() || strings.Contains(diags.text(), members) != test.hasNote {
				t.Errorf("%q", diags.text())
			}

			for _, part := range test.parts {
				if !strings.Contains(diags.text(), part) {
					t.Errorf("%q is missing from %q", part, diags.text())
				}
			}
		})
	}
}
