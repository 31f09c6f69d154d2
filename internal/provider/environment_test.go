package provider

import (
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// nothing implements [transport.Observer]. It allows every request and records none.
type nothing struct{}

// Allow implements [transport.Observer].
func (nothing) Allow(transport.Exchange) error { return nil }

// Observe implements [transport.Observer].
func (nothing) Observe(transport.Exchange) {}

func TestEnvironmentAloneConfiguresAClient(t *testing.T) {
	t.Parallel()

	variables := map[string]string{"CELONIS_URL": "acme.eu-1.celonis.cloud", "CELONIS_CLIENT_ID": "an-id", "CELONIS_CLIENT_SECRET": "a-secret"}
	made := FromEnvironment(t.Context(), func(name string) string { return variables[name] }, "a-program/1", nothing{})

	if made.Client == nil || made.Client.BaseURL() != "https://acme.eu-1.celonis.cloud" || len(made.Errors) > 0 {
		t.Fatalf("%+v", made)
	}

	advice := made.Advice(&transport.Error{Reason: transport.ReasonSignIn, Status: 401, Scopes: []string{"audit.log:read"}})

	if !strings.Contains(advice, "If CELONIS_AUTH_METHOD is set") || strings.Contains(advice, "signs in with") {
		t.Error(advice)
	}
}

func TestTextsForProgramsMentionVariablesInsteadOfAttributes(t *testing.T) {
	t.Parallel()

	for text, want := range map[string]string{
		"Correct `base_url` and `token_url`.":                       "Correct CELONIS_URL and CELONIS_TOKEN_URL.",
		"`scopes` or CELONIS_SCOPES":                                "CELONIS_SCOPES",
		"`team` or the environment variable CELONIS_TEAM":           "CELONIS_TEAM",
		"`team` and `cluster`, or CELONIS_TEAM and CELONIS_CLUSTER": "CELONIS_TEAM and CELONIS_CLUSTER",
		"The alias `a` is not an attribute.":                        "The alias `a` is not an attribute.",
	} {
		if got := inEnvironment(text); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestEnvironmentWithoutCredentialsIsAnError(t *testing.T) {
	t.Parallel()

	made := FromEnvironment(t.Context(), func(string) string { return "" }, "a-program/1", nothing{})

	if made.Client != nil || len(made.Errors) != 2 || !strings.HasPrefix(made.Errors[1], "No credentials for Celonis\n\n") {
		t.Errorf("%q", made.Errors)
	}
}
