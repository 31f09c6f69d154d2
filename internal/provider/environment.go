package provider

import (
	"context"
	"reflect"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// Environment is a client that is configured only by environment variables, according to the provider's rules. Environment is intended for programs
// other than the provider, such as celonis-doctor.
type Environment struct {
	// Client is nil if the configuration is invalid.
	Client *client.Client
	// SignIn describes the client's credentials and the variables that they come from.
	SignIn string
	// Errors and Warnings describe problems with the configuration. Each problem consists of a summary, a blank line and the detail.
	Errors, Warnings []string

	connection *connection
}

// FromEnvironment creates a client from environment variables, without sending a request. The observer is called for each attempt of a request.
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

// Advice returns the advice that the provider's diagnostic gives for the same failure.
func (e Environment) Advice(failure *transport.Error) string {
	advice := e.connection.advice(failure)

	// Reports mention the credentials only once, at the beginning.
	advice = strings.ReplaceAll(advice, " The provider signs in with "+e.SignIn+".", "")

	return e.connection.show(inEnvironment(advice))
}

var (
	attributeName = regexp.MustCompile("`([a-z_]+)`")
	// alternativeAttributes matches attributes that are followed by the corresponding variable, as in "`base_url` or the environment variable
	// CELONIS_URL".
	alternativeAttributes = regexp.MustCompile("`[a-z_]+`(?: (?:and|with) `[a-z_]+`)?(?: in its configuration)?,? or (?:the environment " +
		"variable )?(CELONIS_[A-Z_]+)")
	// configurationOnly matches a remedy that is available only in a provider configuration.
	configurationOnly = regexp.MustCompile(`, or set [^.]+ in the provider configuration, which takes precedence over the environment`)
)

// inEnvironment replaces the provider's attributes in text with the corresponding environment variables, for programs that have no attributes.
func inEnvironment(text string) string {
	text = strings.Replace(text, incompleteCredentials, "The environment does not contain complete credentials.", 1)
	text = strings.Replace(text, objectsAttributes, "", 1)
	text = configurationOnly.ReplaceAllString(text, "")
	text = alternativeAttributes.ReplaceAllString(text, "$1")

	return attributeName.ReplaceAllStringFunc(text, func(quoted string) string {
		name := strings.Trim(quoted, "`")

		switch {
		case !isAttribute(name):
			return quoted
		case name == "base_url":
			return "CELONIS_URL"
		default:
			return "CELONIS_" + strings.ToUpper(name)
		}
	})
}

func isAttribute(name string) bool {
	for field := range reflect.TypeFor[providerModel]().Fields() {
		if field.Tag.Get("tfsdk") == name {
			return true
		}
	}

	return false
}
