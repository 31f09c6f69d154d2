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

// Environment is a client that is configured only by environment variables, with the provider's rules. Programs other than the provider use
// it.
type Environment struct {
	// Client is nil if the configuration cannot be used.
	Client *client.Client
	// SignIn states which credentials the client uses, and which variables they come from.
	SignIn string
	// Errors and Warnings refer to the configuration. Each consists of a summary, an empty line and the detail.
	Errors, Warnings []string

	connection *connection
}

// FromEnvironment creates a client from environment variables. It sends no request. The observer is called for each attempt.
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

// Advice returns what to do about a failure, as a diagnostic of the provider states it.
func (e Environment) Advice(failure *transport.Error) string {
	advice := e.connection.advice(failure)

	// A report states the credentials once, at its beginning.
	advice = strings.ReplaceAll(advice, " The provider signs in with "+e.SignIn+".", "")

	return e.connection.show(inEnvironment(advice))
}

var attributeName = regexp.MustCompile("`([a-z_]+)`")

// inEnvironment adds, to a text that mentions attributes of the provider, the corresponding environment variables, unless the text already
// mentions them.
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

// isAttribute reports whether the provider has an attribute.
func isAttribute(name string) bool {
	for field := range reflect.TypeFor[providerModel]().Fields() {
		if field.Tag.Get("tfsdk") == name {
			return true
		}
	}

	return false
}
