package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// lookup reads environment variables. Tests replace it.
type lookup func(name string) string

// settings reads each value from its attribute. If the attribute is null, settings uses the environment variable, or else the default. An empty
// variable counts as unset. If an attribute is unknown, there is no fallback: settings records the attribute, and every resource or data source
// that needs the client fails.
type settings struct {
	env         lookup
	unknown     []string
	diagnostics diag.Diagnostics
	// missing contains the errors that are reported only if all attributes are known.
	missing diag.Diagnostics
}

// setting is a value, which may be a secret, together with its source.
type setting struct {
	transport.Redacted

	attribute, variable string
	value               string
	// configured is true if the value comes from the configuration. Otherwise, the value comes from the environment or is empty.
	configured bool
}

// name returns the name of the attribute, or of the environment variable if there is no attribute.
func (s setting) name() string { return cmp.Or(s.attribute, s.variable) }

// source returns a description of the value's origin for messages.
func (s setting) source() string {
	if s.configured {
		return "`" + s.attribute + "` in the provider configuration"
	}

	return "the environment variable " + s.variable
}

// isKnown reports whether the value is known. isKnown adds the attribute of an unknown value to s.unknown.
func (s *settings) isKnown(attribute string, value attr.Value) bool {
	if value.IsUnknown() {
		s.unknown = append(s.unknown, attribute)
	}

	return !value.IsUnknown()
}

// text reads a string, without leading and trailing whitespace.
func (s *settings) text(attribute, variable string, value types.String) setting {
	found := setting{attribute: attribute, variable: variable}

	if !s.isKnown(attribute, value) {
		return found
	}

	if !value.IsNull() {
		found.value, found.configured = value.ValueString(), true

		return s.trimmed(found)
	}

	return s.variable(attribute, variable)
}

// variable reads an environment variable. The attribute argument is empty if no attribute corresponds to the variable.
func (s *settings) variable(attribute, variable string) setting {
	return s.trimmed(setting{attribute: attribute, variable: variable, value: s.env(variable)})
}

// trimmed returns a setting without leading or trailing whitespace in its value. trimmed rejects a value that is enclosed in quotation marks, but
// accepts a quotation mark at only one end, which may be part of the value.
func (s *settings) trimmed(found setting) setting {
	value, quoted := transport.Unquote(strings.TrimSpace(found.value))
	if quoted {
		s.reject(found, quotedProblem)
	}

	found.value = value

	return found
}

// number reads a whole number between low and high.
func (s *settings) number(attribute, variable string, value types.Int64, low, high, otherwise int) int {
	if !s.isKnown(attribute, value) {
		return otherwise
	}

	if !value.IsNull() {
		return int(value.ValueInt64()) // The schema checks the range.
	}

	found := s.variable(attribute, variable)
	if found.value == "" {
		return otherwise
	}

	number, err := strconv.Atoi(found.value)
	if err != nil || number < low || number > high {
		s.reject(found, fmt.Sprintf("%q is not a whole number between %d and %d.", found.value, low, high))

		return otherwise
	}

	return number
}

// duration reads a duration such as 30s.
func (s *settings) duration(attribute, variable string, value types.String, otherwise time.Duration) time.Duration {
	found := s.text(attribute, variable, value)
	if found.value == "" {
		return otherwise
	}

	span, err := time.ParseDuration(found.value)
	if err != nil || span <= 0 {
		s.reject(found, fmt.Sprintf("%q is not a positive duration, such as 30s or 2m.", found.value))

		return otherwise
	}

	return span
}

// reject reports an invalid value. The problem argument must not quote a secret.
func (s *settings) reject(found setting, problem string) {
	s.diagnostics.Append(found.problem("Invalid value for "+found.name(), problem+" It comes from "+found.source()+"."))
}

// problem returns an error about a value. The error points at the attribute, unless the attribute's line may contain a literal secret,
// which Terraform would print.
func (s setting) problem(summary, detail string) diag.Diagnostic {
	at := path.Root(s.attribute)
	if s.attribute == "" || isSensitive(at) || s.configured && mayContainSecret(s.value) {
		return diag.NewErrorDiagnostic(summary, detail)
	}

	return diag.NewAttributeErrorDiagnostic(at, summary, detail)
}

// baseURL returns the team's address from base_url, or from team and cluster together. baseURL returns "" if the address is not known yet, missing
// or invalid. If the address is missing or invalid, baseURL also adds an error to the diagnostics. The configuration takes precedence over all
// environment variables.
func (s *settings) baseURL(config providerModel) string {
	whole := s.text("base_url", "CELONIS_URL", config.BaseURL)
	team := s.text("team", "CELONIS_TEAM", config.Team)
	cluster := s.text("cluster", "CELONIS_CLUSTER", config.Cluster)

	if config.BaseURL.IsUnknown() || config.Team.IsUnknown() || config.Cluster.IsUnknown() {
		return ""
	}

	partsConfigured := team.configured || cluster.configured

	switch {
	case whole.configured || (whole.value != "" && !partsConfigured && !s.contradicts(whole, team, cluster)):
		return s.checkedURL(whole, transport.ParseBaseURL)
	case s.diagnostics.HasError():
		return ""
	case team.value == "" && cluster.value == "":
		s.missing.AddError("Celonis team not configured",
			"The provider does not know which Celonis team to call. Set one of:\n"+
				"  - `base_url` or the environment variable CELONIS_URL, such as https://acme.eu-1.celonis.cloud\n"+
				"  - `team` and `cluster`, or CELONIS_TEAM and CELONIS_CLUSTER, such as acme and eu-1")

		return ""
	case team.value == "" || cluster.value == "":
		present, missing := team, cluster
		if team.value == "" {
			present, missing = cluster, team
		}

		s.diagnostics.AddAttributeError(path.Root(missing.attribute), "Celonis "+missing.attribute+" not configured",
			fmt.Sprintf("The %s is set (%s), but the %s is not. Set `%s` or the environment variable %s too, or set the whole address "+
				"in `base_url` instead.", present.attribute, present.source(), missing.attribute, missing.attribute, missing.variable))

		return ""
	}

	baseURL, err := transport.BaseURL(team.value, cluster.value)
	if err != nil {
		s.diagnostics.AddAttributeError(path.Root("team"), "Invalid team or cluster", "Celonis team: "+err.Error()+".")
	}

	return baseURL
}

// contradicts reports whether the environment contains two different addresses, and adds an error if it does.
func (s *settings) contradicts(whole, team, cluster setting) bool {
	if team.value == "" || cluster.value == "" {
		return false
	}

	parts, err := transport.BaseURL(team.value, cluster.value)
	if known, parseErr := transport.ParseBaseURL(whole.value); err == nil && parseErr == nil && known == parts {
		return false
	}

	s.diagnostics.AddError("Conflicting Celonis teams in the environment",
		"CELONIS_URL specifies one team, but CELONIS_TEAM and CELONIS_CLUSTER specify another. Unset CELONIS_URL or the other two variables, or "+
			"set `base_url` in the provider configuration, which takes precedence over the environment.")

	return true
}

func (s *settings) checkedURL(found setting, parse func(string) (string, error)) string {
	if found.value == "" && !found.configured {
		return ""
	}

	address, err := parse(found.value)
	if err != nil {
		s.diagnostics.Append(found.problem("Invalid "+found.name(),
			"The value from "+found.source()+" is invalid: "+endSentence(err.Error())))
	}

	return address
}

func (s *settings) authMethod(config providerModel) transport.AuthMethod {
	found := s.text("auth_method", "CELONIS_AUTH_METHOD", config.AuthMethod)

	for _, method := range authMethods() {
		if found.value == method {
			return transport.AuthMethod(method)
		}
	}

	if found.value != "" {
		s.reject(found, fmt.Sprintf("%q is not one of %s.", found.value, strings.Join(authMethods(), ", ")))
	}

	return transport.AuthMethodAuto
}

func (s *settings) scopes(ctx context.Context, config providerModel) []string {
	if !s.isKnown("scopes", config.Scopes) {
		return nil
	}

	if config.Scopes.IsNull() {
		found := s.variable("scopes", "CELONIS_SCOPES")
		if strings.ContainsAny(found.value, ",;") {
			s.reject(found, "Separate scopes with spaces, not with commas or semicolons.")
		}

		return strings.Fields(found.value)
	}

	var scopes []types.String

	s.diagnostics.Append(config.Scopes.ElementsAs(ctx, &scopes, false)...)

	known := make([]string, 0, len(scopes))

	for _, scope := range scopes {
		if !s.isKnown("scopes", scope) {
			return nil
		}

		known = append(known, scope.ValueString())
	}

	return known
}

func (s *settings) certificate(config providerModel) string {
	found := s.text("ca_certificate", "CELONIS_CA_CERTIFICATE", config.CACertificate)
	if found.value == "" {
		return ""
	}

	_, unusable, err := transport.ParseCertificates(found.value)
	if err != nil {
		s.reject(found, "The value cannot be used: "+err.Error()+". The variable must contain the certificates themselves, not a path. In a shell, "+
			"for example, set it to \"$(cat proxy-ca.pem)\".")
	}

	if len(unusable) > 0 {
		s.diagnostics.AddAttributeWarning(path.Root(found.attribute), "Certificate not used",
			"Go rejects some certificates in "+found.source()+", so the provider does not trust servers whose certificates they issued:\n"+
				errors.Join(unusable...).Error()+"\n\nThe provider uses the remaining certificates. To avoid this warning, remove the blocks "+
				"listed above.")
	}

	return found.value
}
