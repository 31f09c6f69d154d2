package client

import (
	"regexp"
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// The documented scopes must include all scopes that the provider requests.
func TestScopeDescriptionsAreSentences(t *testing.T) {
	t.Parallel()

	scopes := Scopes()

	for scope, text := range scopes {
		if !regexp.MustCompile(`^Grants [a-z].{10,}\.$`).MatchString(text) {
			t.Errorf("%s: %q is not a sentence", scope, text)
		}
	}

	for _, part := range []string{"specs", "triggers", "OData metadata"} {
		if !strings.Contains(scopes["intelligence.knowledge-models:read"], part) {
			t.Errorf("intelligence.knowledge-models:read does not mention %s", part)
		}
	}

	if !strings.Contains(scopes["studio"], "Knowledge Model") {
		t.Errorf("the description of studio is %q", scopes["studio"])
	}

	for _, area := range []transport.Area{
		AreaKnowledgeModels, AreaSubscriptions, scim.Area, AreaTeamMembers, AreaLoginHistory, AreaPermissions, AreaAuditLogs,
	} {
		for _, scope := range area.Scopes {
			if scopes[scope] == "" {
				t.Errorf("the documented scopes lack %s", scope)
			}
		}
	}
}
