package provider

import (
	"maps"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
)

func TestUsersGroupsAndMembershipsAreValidated(t *testing.T) {
	t.Parallel()

	_, env := startTeam(t, simulator.Options{})

	type values = map[string]any

	good := map[string]values{
		"celonis_user":         {"user_name": "ada@example.com"},
		"celonis_group":        {"display_name": "Analysts"},
		"celonis_group_member": {"group_id": "group-1", "user_id": "user-1"},
	}
	longest := strings.Repeat("ä", maxSCIMName)

	for name, test := range map[string]struct {
		resource string
		given    values
		// attribute is the name of the attribute at which the only error must point, and part is a substring of the error. If both are
		// empty, no error is expected.
		attribute, part string
	}{
		"smallest user": {"celonis_user", nil, "", ""},
		"largest user":  {"celonis_user", values{"display_name": longest, "role": "Analyst", "external_id": "x", "send_invitation_email": true}, "", ""},
		"unknown user": {
			"celonis_user", values{"user_name": tftypes.UnknownValue, "display_name": tftypes.UnknownValue, "role": tftypes.UnknownValue}, "", "",
		},
		"address with a plus sign":                         {"celonis_user", values{"user_name": "ada+celonis@sub.example.com"}, "", ""},
		"not an e-mail address":                            {"celonis_user", values{"user_name": "ada"}, "user_name", "must be an e-mail address"},
		"address without a local part":                     {"celonis_user", values{"user_name": "@example.com"}, "user_name", "must be an e-mail address"},
		"address with a display name":                      {"celonis_user", values{"user_name": "Ada <ada@example.com>"}, "user_name", "must be an e-mail address"},
		"two addresses":                                    {"celonis_user", values{"user_name": "ada@example.com, bob@example.com"}, "user_name", "must be an e-mail address"},
		"address with a space":                             {"celonis_user", values{"user_name": "ada lovelace@example.com"}, "user_name", "must be an e-mail address"},
		"address with a trailing space":                    {"celonis_user", values{"user_name": "ada@example.com "}, "user_name", "leading or trailing whitespace"},
		"undocumented role of a user":                      {"celonis_user", values{"role": "ANALIST"}, "role", `"ANALIST" is not a role in Celonis. It is configured for "ada@example.com"`},
		"undocumented role of a group":                     {"celonis_group", values{"role": "ANALIST"}, "role", `"ANALIST" is not a role in Celonis. It is configured for "Analysts"`},
		"undocumented role of a user with an unknown name": {"celonis_user", values{"role": "ANALIST", "user_name": tftypes.UnknownValue}, "role", "not a role in Celonis. Use one of MEMBER"},
		"member with a trailing space":                     {"celonis_group", values{"member_ids": textSet("ada@example.com ")}, "member_ids", "leading or trailing whitespace"},
		"blank address":                                    {"celonis_user", values{"user_name": " "}, "user_name", "must not be empty"},
		"empty name":                                       {"celonis_user", values{"display_name": ""}, "display_name", "must not be empty"},
		"name with spaces":                                 {"celonis_user", values{"display_name": " Ada"}, "display_name", "leading or trailing whitespace"},
		"name too long":                                    {"celonis_user", values{"display_name": longest + "ä"}, "display_name", "at most 100"},
		"empty external id":                                {"celonis_user", values{"external_id": ""}, "external_id", "must not be empty"},
		"empty role":                                       {"celonis_user", values{"role": ""}, "role", "must not be empty"},
		"smallest group":                                   {"celonis_group", nil, "", ""},
		"group without members":                            {"celonis_group", values{"member_ids": textSet()}, "", ""},
		"unknown members":                                  {"celonis_group", values{"member_ids": tftypes.UnknownValue}, "", ""},
		"blank group":                                      {"celonis_group", values{"display_name": " "}, "display_name", "must not be empty"},
		"group name too long":                              {"celonis_group", values{"display_name": longest + "ä"}, "display_name", "at most 100"},
		"group with spaces":                                {"celonis_group", values{"display_name": "Analysts "}, "display_name", "leading or trailing whitespace"},
		"blank member":                                     {"celonis_group", values{"member_ids": textSet("user-1", "")}, "member_ids", "must not be empty"},
		"member with spaces":                               {"celonis_group", values{"member_ids": textSet("user-1 ")}, "member_ids", "leading or trailing whitespace"},
		"membership":                                       {"celonis_group_member", nil, "", ""},
		"unknown membership":                               {"celonis_group_member", values{"group_id": tftypes.UnknownValue, "user_id": tftypes.UnknownValue}, "", ""},
		"membership without a group":                       {"celonis_group_member", values{"group_id": ""}, "group_id", "must not be empty"},
		"membership without a user":                        {"celonis_group_member", values{"user_id": " "}, "user_id", "must not be empty"},
		"user id with spaces":                              {"celonis_group_member", values{"user_id": "user-1 "}, "user_id", "leading or trailing whitespace"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			given := maps.Clone(good[test.resource])
			maps.Copy(given, test.given)

			_, diags := newProtocolObject(t, env, test.resource).tryPlan(given)
			if test.attribute == "" {
				if len(diags) > 0 {
					t.Errorf("unexpected diagnostic %+v", diags[0])
				}

				return
			}

			if len(diags) != 1 || !strings.HasPrefix(diags[0].Attribute.String(), `AttributeName("`+test.attribute+`")`) ||
				!strings.Contains(diags[0].Detail, test.part) {
				t.Errorf("got %d diagnostics, of which the first is %+v", len(diags), append(diags, nil)[0])
			}
		})
	}
}

// textSet returns a set of strings for the plugin protocol.
func textSet(texts ...string) []tftypes.Value {
	elements := make([]tftypes.Value, 0, len(texts))
	for _, text := range texts {
		elements = append(elements, tftypes.NewValue(tftypes.String, text))
	}

	return elements
}
