package provider

import (
	"context"
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// Environment is a client that is configured only by environment variables, according to the provider's rules. It is intended for programs
// other than the provider, such as celonis-doctor.
type Environment struct {
	// Client is nil if the configuration is invalid.
	Client *client.Client
	// SignIn describes the client's credentials and the variables that they come from.
	SignIn string
	// Errors and Warnings describe problems with the configuration. Each consists of a summary, a blank line and the detail.
	Errors, Warnings []string

	connection *connection
}

// FromEnvironment creates a client from environment variables. It does not send a request. The observer is called for each attempt.
func FromEnvironment(ctx context.Context, env func(name string) string, userAgent string, observer transport.Observer) Environment {
	p := &celonisProvider{env: env, userAgent: userAgent, observer: observer}
	connected, diagnostics := p.connect(ctx, providerModel{}, "")
	made := Environment{Client: connected.client, SignIn: connected.signIn, connection: connected}

	for _, found := range diagnostics {
		text := found.Summary() + "\n\n" + inEnvironment(found.Detail())
		if found.Severity() == diag.SeverityError {
			made.Errors = append(made.Errors, text)
		} else {
			made.Warnings = append(made.Warnings, text)
		}
	}

	return made
}

// Advice returns the same advice for a failure as the provider's diagnostic.
func (e Environment) Advice(failure *transport.Error) string {
	advice := e.connection.advice(failure)

	// Reports state the credentials only once, at the beginning.
	advice = strings.ReplaceAll(advice, " The provider signs in with "+e.SignIn+".", "")

	return e.connection.show(inEnvironment(advice))
}

var attributeName = regexp.MustCompile("`([a-z_]+)`")

// inEnvironment appends the corresponding environment variables to a text that mentions provider attributes, unless the text already
// mentions the variables.
func inEnvironment(text string) string {
	var added []string

	for _, match := range attributeName.FindAllStringSubmatch(text, -1) {
		variable := "CELONIS_" + strings.ToUpper(match[1])
		if match[1] == "base_url" {
			variable = "CELONIS_URL"
		}

		pair := fmt.Sprintf("`%s` is %s", match[1], variable)
		if isAttribute(match[1]) && !strings.Contains(text, variable) && !strings.Contains(strings.Join(added, " "), pair) {
			added = append(added, pair)
		}
	}

	if len(added) == 0 {
		return text
	}

	return text + " In the environment, " + strings.Join(added, ", ") + "."
}

// isAttribute reports whether the provider has an attribute with this name.
func isAttribute(name string) bool {
	for field := range reflect.TypeFor[providerModel]().Fields() {
		if field.Tag.Get("tfsdk") == name {
			return true
		}
	}

	return false
}
