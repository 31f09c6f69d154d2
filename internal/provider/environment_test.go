package provider

import (
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// nothing is an observer that allows every request and does not record anything.
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

	if !strings.Contains(advice, "In the environment, `auth_method` is CELONIS_AUTH_METHOD.") || strings.Contains(advice, "signs in with") {
		t.Error(advice)
	}

	// A string that already mentions the variable remains unchanged.
	if text := "Set `scopes` or CELONIS_SCOPES."; inEnvironment(text) != text {
		t.Error(inEnvironment(text))
	}
}

func TestEnvironmentWithoutCredentialsIsAnError(t *testing.T) {
	t.Parallel()

	made := FromEnvironment(t.Context(), func(string) string { return "" }, "a-program/1", nothing{})

	if made.Client != nil || len(made.Errors) != 2 || !strings.HasPrefix(made.Errors[1], "No credentials for Celonis\n\n") {
		t.Errorf("%q", made.Errors)
	}
}
