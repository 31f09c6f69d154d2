package provider

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// signIn contains the provider's credentials and their sources.
type signIn struct {
	transport.Redacted

	credentials transport.Credentials
	// used contains the values that make up the credentials.
	used []setting
	// sources describes the origin of the values for messages.
	sources string
	// checkFirst tells the user what to check first if Celonis rejects the credentials, and is empty if the credentials look plausible.
	checkFirst string
}

// signInValues contains every value that a sign-in method may use.
type signInValues struct {
	transport.Redacted

	clientID, clientSecret, refreshToken, accessToken, appKey, apiKey setting
	// genericKey and keyType are variables that PyCelonis and content-cli also read. No attributes correspond to them.
	genericKey, keyType setting
}

// way is a sign-in method, consisting of its mode and the values that it uses.
type way struct {
	transport.Redacted

	mode   transport.Mode
	values []setting
}

func (s *settings) signInValues(config providerModel) signInValues {
	return signInValues{
		clientID:     s.text("client_id", "CELONIS_CLIENT_ID", config.ClientID),
		clientSecret: s.text("client_secret", "CELONIS_CLIENT_SECRET", config.ClientSecret),
		refreshToken: s.text("refresh_token", "CELONIS_REFRESH_TOKEN", config.RefreshToken),
		accessToken:  s.text("access_token", "CELONIS_ACCESS_TOKEN", config.AccessToken),
		appKey:       s.text("app_key", "CELONIS_APP_KEY", config.AppKey),
		apiKey:       s.text("api_key", "CELONIS_API_KEY", config.APIKey),
		genericKey:   s.variable("", "CELONIS_API_TOKEN"),
		keyType:      s.variable("", "CELONIS_KEY_TYPE"),
	}
}

func (v signInValues) all() []setting {
	return []setting{v.clientID, v.clientSecret, v.refreshToken, v.accessToken, v.appKey, v.apiKey, v.genericKey}
}

// ways returns the sign-in methods with at least one value that the chosen function accepts.
func (v signInValues) ways(chosen func(setting) bool) []way {
	var ways []way

	pick := func(mode transport.Mode, candidates ...setting) {
		values := slices.DeleteFunc(candidates, func(value setting) bool { return !chosen(value) })
		if len(values) > 0 {
			ways = append(ways, way{mode: mode, values: values})
		}
	}

	if chosen(v.refreshToken) {
		pick(transport.ModeRefreshToken, v.clientID, v.clientSecret, v.refreshToken)
	} else {
		pick(transport.ModeOAuthClient, v.clientID, v.clientSecret)
	}

	pick(transport.ModeAccessToken, v.accessToken)
	pick(transport.ModeApplicationKey, v.appKey)
	pick(transport.ModeUserKey, v.apiKey)

	return ways
}

// multipleSignInMethods is the summary of the errors that checkOneWay and reportWays add.
const multipleSignInMethods = "Multiple sign-in methods configured"

// describe returns a list of the sign-in methods as text, with the name of each value in brackets.
func describe(ways []way, name func(setting) string) string {
	described := make([]string, 0, len(ways))
	for _, one := range ways {
		described = append(described, fmt.Sprintf("%s (%s)", withArticle(one.mode), strings.Join(convertAll(one.values, name), ", ")))
	}

	return strings.Join(described, " and ")
}

func isConfigured(value setting) bool { return value.configured }

func isInEnvironment(value setting) bool { return value.value != "" && !value.configured }

// checkOneWay rejects a configuration with more than one sign-in method. checkOneWay runs during validation, so it considers only known values.
func (v signInValues) checkOneWay() diag.Diagnostics {
	var found diag.Diagnostics

	ways := v.ways(isConfigured)
	if len(ways) < 2 {
		return nil
	}

	found.Append(ways[1].values[0].problem(multipleSignInMethods, "The provider configuration contains "+
		describe(ways, func(value setting) string { return "`" + value.attribute + "`" })+". Keep only one method."))

	return found
}

// signIn chooses the sign-in method. The configuration takes precedence, and the environment supplies missing values. If the configuration
// contains no method, signIn uses the method in the environment. A warning lists the ignored variables.
func (s *settings) signIn(config providerModel) signIn {
	known := len(s.unknown)

	values := s.signInValues(config)
	if len(s.unknown) > known {
		return signIn{} // The sign-in method is not known yet. The environment must not replace it.
	}

	ways := values.ways(isConfigured)

	switch len(ways) {
	case 1:
	case 0:
		if ways = s.environmentWays(values); len(ways) != 1 {
			s.reportWays(ways)

			return signIn{}
		}
	default:
		s.diagnostics.Append(values.checkOneWay()...)

		return signIn{}
	}

	chosen := s.complete(ways[0], values)
	chosen.checkFirst = chosen.suspicions(values.keyType)
	s.checkSecrets(chosen)
	s.warnIgnored(chosen, values)
	s.warnStaticKey(chosen)

	return chosen
}

// environmentWays returns the sign-in methods that the environment configures.
func (s *settings) environmentWays(values signInValues) []way {
	ways := values.ways(isInEnvironment)

	if isInEnvironment(values.genericKey) {
		mode, err := keyMode(values.keyType.value)
		if err != nil {
			s.diagnostics.AddError("Invalid CELONIS_KEY_TYPE", sentence(err))
		}

		ways = append(ways, way{mode: mode, values: []setting{values.genericKey}})
	}

	// CELONIS_CLIENT_ID alone is not sufficient to sign in. If the environment contains complete credentials of another kind, ignore the client
	// id.
	if first := ways; len(first) > 1 && len(first[0].values) == 1 && first[0].values[0] == values.clientID {
		ways = ways[1:]
	}

	return ways
}

// keyMode converts the value of CELONIS_KEY_TYPE to a mode. keyMode accepts the same values as PyCelonis and content-cli.
func keyMode(word string) (transport.Mode, error) {
	switch strings.ToUpper(word) {
	case "", "APP_KEY", "APPLICATION_KEY":
		return transport.ModeApplicationKey, nil
	case "USER_KEY", "BEARER":
		return transport.ModeUserKey, nil
	default:
		return transport.ModeApplicationKey, fmt.Errorf(
			"%q is not one of APP_KEY, APPLICATION_KEY, USER_KEY and BEARER. This variable specifies the type of the key in CELONIS_API_TOKEN", word)
	}
}

const incompleteCredentials = "Neither the provider configuration nor the environment contains complete credentials."

// reportWays adds an error if the environment configures no sign-in method, or more than one.
func (s *settings) reportWays(ways []way) {
	if len(ways) == 0 {
		s.missing.AddError("No credentials for Celonis",
			incompleteCredentials+" Use one of:\n  - an OAuth client "+
				"(recommended): `client_id` and `client_secret`, or CELONIS_CLIENT_ID and CELONIS_CLIENT_SECRET\n  - a refresh token: "+
				"`refresh_token` with `client_id`, or CELONIS_REFRESH_TOKEN with CELONIS_CLIENT_ID\n  - an access token: `access_token` "+
				"or CELONIS_ACCESS_TOKEN\n  - an application key: `app_key` or CELONIS_APP_KEY\n  - a user API key: `api_key` or "+
				"CELONIS_API_KEY\n  - the PyCelonis variables: CELONIS_API_TOKEN with CELONIS_KEY_TYPE\nCreate OAuth clients in "+
				"Celonis under Admin & Settings > Applications.")

		return
	}

	s.diagnostics.AddError(multipleSignInMethods, "The environment contains "+
		describe(ways, func(value setting) string { return value.variable })+". Unset all but one, or set one in the provider "+
		"configuration, which takes precedence over the environment.")
}

// complete converts a sign-in method to credentials, and reports missing values.
func (s *settings) complete(chosen way, values signInValues) signIn {
	switch chosen.mode {
	case transport.ModeOAuthClient, transport.ModeRefreshToken:
		return s.completeClient(chosen, values)
	default:
		key := chosen.values[0]

		return signIn{
			credentials: transport.Credentials{Mode: chosen.mode, Key: transport.NewSecret(key.value)},
			used:        chosen.values,
			sources:     fmt.Sprintf("%s from %s", withArticle(chosen.mode), key.source()),
		}
	}
}

func (s *settings) completeClient(chosen way, values signInValues) signIn {
	credentials := transport.Credentials{
		Mode: chosen.mode, ClientID: values.clientID.value, ClientSecret: transport.NewSecret(values.clientSecret.value),
	}
	used := []setting{values.clientID}

	// If the configuration contains only the client id, the environment supplies the other values.
	if !values.clientSecret.configured && values.refreshToken.value != "" {
		credentials.Mode = transport.ModeRefreshToken
	}

	if credentials.Mode == transport.ModeRefreshToken {
		credentials.RefreshToken = transport.NewSecret(values.refreshToken.value)
		used = append(used, values.refreshToken)
	}

	if values.clientSecret.value != "" || credentials.Mode == transport.ModeOAuthClient {
		used = append(used, values.clientSecret)
	}

	sources := make([]string, 0, len(used))

	for _, value := range used {
		sources = append(sources, fmt.Sprintf("%s from %s", value.attribute, value.source()))

		if value.value == "" {
			s.diagnostics.Append(value.problem("Missing "+value.attribute,
				fmt.Sprintf("To sign in with %s, the provider also needs `%s` in its configuration or the environment variable %s.",
					withArticle(credentials.Mode), value.attribute, value.variable)))
		}
	}

	return signIn{
		credentials: credentials,
		used:        used,
		sources:     fmt.Sprintf("%s (%s)", withArticle(credentials.Mode), strings.Join(sources, ", ")),
	}
}

// suspicions returns what to check first if Celonis rejects the credentials. The evidence is too weak for the provider to reject the credentials
// itself.
func (s signIn) suspicions(keyType setting) string {
	var found []string

	for _, value := range s.used {
		switch {
		case value.variable == "CELONIS_API_TOKEN" && keyType.value == "":
			found = append(found, "If CELONIS_API_TOKEN contains a user API key, set CELONIS_KEY_TYPE=USER_KEY. Otherwise, the provider sends the "+
				"key as an application key.")
		case value.variable == "CELONIS_API_TOKEN" && s.credentials.Mode == transport.ModeUserKey:
			found = append(found, "If CELONIS_API_TOKEN contains an application key, set CELONIS_KEY_TYPE=APP_KEY.")
		case value.variable == "CELONIS_API_TOKEN":
			found = append(found, "If CELONIS_API_TOKEN contains a user API key, set CELONIS_KEY_TYPE=USER_KEY.")
		case value.attribute == "app_key":
			found = append(found, "If the application key is actually a user API key, use `api_key` or CELONIS_API_KEY instead.")
		case value.attribute == "api_key":
			found = append(found, "If the user API key is actually an application key, use `app_key` or CELONIS_APP_KEY instead.")
		}

		const marks = "\"'`"
		if strings.Trim(value.value, marks) != value.value {
			found = append(found, "The value of "+value.name()+
				" begins or ends with a quotation mark. Check whether the mark was copied by mistake.")
		}
	}

	return strings.Join(found, " ")
}

// checkSecrets rejects values that contain anything besides a credential, such as a line break.
func (s *settings) checkSecrets(chosen signIn) {
	for _, value := range chosen.used {
		if err := transport.CheckSecret(value.value); err != nil {
			s.reject(value, "The value cannot be sent: "+err.Error()+".")
		}
	}
}

// warnIgnored warns about environment variables that are set but not used. warnIgnored does not warn if the configuration contains a token, because
// another provider block then probably uses the environment.
func (s *settings) warnIgnored(chosen signIn, values signInValues) {
	ignored := slices.DeleteFunc(values.all(), func(value setting) bool {
		return !isInEnvironment(value) || slices.Contains(chosen.used, value)
	})

	if len(ignored) == 0 || chosen.credentials.Mode == transport.ModeAccessToken && chosen.used[0].configured {
		return
	}

	s.diagnostics.AddWarning("Environment variables ignored",
		fmt.Sprintf("The provider signs in with %s. These variables are also set, but not used: %s.",
			chosen.sources, strings.Join(convertAll(ignored, func(value setting) string { return value.variable }), ", ")))
}

func (s *settings) warnStaticKey(chosen signIn) {
	if !chosen.credentials.IsStaticKey() || s.diagnostics.HasError() {
		return
	}

	s.diagnostics.AddWarning("Celonis will discontinue static keys",
		fmt.Sprintf("The provider signs in with %s. Celonis has announced that it will discontinue application keys and user API keys, "+
			"but has not set a date yet. Switch to an OAuth client: follow the guide \"From application keys to OAuth\" in the provider's "+
			"documentation, or Celonis's page https://developer.celonis.com/celonis-apis/migrating-to-oauth/", chosen.sources))
}

func withArticle(mode transport.Mode) string {
	if strings.ContainsRune("aeioAEIO", rune(mode[0])) {
		return "an " + string(mode)
	}

	return "a " + string(mode)
}
