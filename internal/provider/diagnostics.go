package provider

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// attributeError is a failure caused by one attribute.
type attributeError struct {
	// attribute is empty if any of several attributes may be the cause.
	attribute path.Path
	// requested describes the request's arguments if the service's message does not contain them.
	requested string
	// advice replaces the general advice for this kind of failure.
	advice string
	// importID is the id for the import block of an existing object, if it differs from the object's own id. importNote describes what the
	// import entails.
	importID, importNote string
	err                  error
}

// Error implements error.
func (e *attributeError) Error() string { return e.err.Error() }

// Unwrap returns the underlying failure.
func (e *attributeError) Unwrap() error { return e.err }

// blame attaches a failure to an attribute if the service rejected the attribute's value. Other failures apply to the whole object.
func blame(attribute path.Path, err error) error {
	failure, ok := errors.AsType[*transport.Error](err)
	if ok && (failure.Reason == transport.ReasonNotFound || failure.Reason == transport.ReasonAmbiguous) {
		return &attributeError{attribute: attribute, err: err}
	}

	return err
}

// blameModel attaches a failure to the Knowledge Model's id if the service did not find the model.
func blameModel(err error) error {
	return blame(path.Root("knowledge_model_id"), err)
}

// blamePart attaches a failure to the Knowledge Model's id if the service did not find the model, and otherwise to the attribute that identifies a
// part of the model.
func blamePart(attribute path.Path, err error) error {
	if failure, ok := errors.AsType[*transport.Error](err); ok && failure.Code == "KM_MODEL_NOTFOUND" {
		return blameModel(err)
	}

	return blame(attribute, err)
}

// report adds an error to the diagnostics. The error describes the failure, the request, the response and the remedy.
func (c *connection) report(diagnostics *diag.Diagnostics, summary string, err error) {
	located, ok := errors.AsType[*attributeError](err)
	if !ok {
		located = &attributeError{attribute: path.Empty()}
	}

	detail := sentence(err)

	if failure, ok := errors.AsType[*transport.Error](err); ok {
		detail = c.explain(failure, located)
	}

	detail = c.show(detail)

	switch {
	case located.attribute.Equal(path.Empty()):
		diagnostics.AddError(summary, detail)
	case isSensitive(located.attribute): // Terraform would print the attribute's lines, including a literal secret.
		diagnostics.AddError(summary, withAttribute(summary, detail, located.attribute))
	default:
		diagnostics.AddAttributeError(located.attribute, summary, detail)
	}
}

// sentence returns an error's text as a sentence.
func sentence(err error) string {
	if text := err.Error(); text != "" {
		return endSentence(capitalised(text))
	}

	return ""
}

func capitalised(text string) string {
	first, size := utf8.DecodeRuneInString(text)

	return string(unicode.ToUpper(first)) + text[size:]
}

// lowerFirst returns text with a lower-case first letter, for use within a sentence.
func lowerFirst(text string) string {
	first, size := utf8.DecodeRuneInString(text)

	return string(unicode.ToLower(first)) + text[size:]
}

// endSentence adds a full stop, except to a question.
func endSentence(text string) string {
	if strings.HasSuffix(text, "?") {
		return text
	}

	return text + "."
}

// explain describes the request, the response and the remedy in separate paragraphs.
func (c *connection) explain(failure *transport.Error, located *attributeError) string {
	var paragraphs []string

	if failure.Method != "" {
		attempts := ""
		if failure.Attempts > 1 {
			attempts = fmt.Sprintf(" (%d attempts)", failure.Attempts)
		}

		address := failure.Path
		if strings.HasPrefix(address, "/") && c.client != nil {
			address = c.client.BaseURL() + address
		}

		paragraphs = append(paragraphs, fmt.Sprintf("Request: %s %s%s", failure.Method, address, attempts))
	}

	if located.requested != "" {
		paragraphs = append(paragraphs, "Requested: "+located.requested)
	}

	if failure.Reason == transport.ReasonCanceled && failure.Detail == transport.DetailCanceled && failure.Note == "" {
		return strings.Join(append(paragraphs, "The run was cancelled before a response arrived."), "\n\n")
	}

	paragraphs = append(paragraphs, "Response: "+failure.Response())

	// If a scope is missing, that already explains the failure, so omit the responses from the SCIM paths.
	if failure.Note != "" && len(missingScopes(failure)) == 0 {
		paragraphs = append(paragraphs, failure.Note+".")
	}

	if advice := cmp.Or(located.advice, c.idAdvice(failure, located.attribute), c.advice(failure)); advice != "" {
		paragraphs = append(paragraphs, "What to do: "+advice)
	}

	return strings.Join(paragraphs, "\n\n")
}

// idAdvice returns what to do if Celonis has no object with the id in an attribute. idAdvice returns an empty string for all other failures and
// attributes.
func (c *connection) idAdvice(failure *transport.Error, attribute path.Path) string {
	name := attribute.String()
	if failure.Reason != transport.ReasonNotFound || name != "id" && !strings.HasSuffix(name, "_id") {
		return ""
	}

	return c.notFoundAdvice(failure, "`"+name+"`: it must be an id, not a name, and ids are case-sensitive")
}

// notFoundAdvice returns what to check if Celonis does not find an object.
func (c *connection) notFoundAdvice(failure *transport.Error, check string) string {
	return "Check " + check + ". A missing permission causes the same response; the credentials need " + failure.Area.Permission +
		". The provider signs in with " + c.signIn + "."
}

// advice returns what to do about a failure.
func (c *connection) advice(failure *transport.Error) string {
	if failure.OutcomeUnknown && failure.Area.Name == scim.Area.Name {
		return unknownAdvice(failure)
	}

	if failure.OutcomeUnknown {
		return "Before you apply again, check in Celonis whether the object was created. If it exists, import it with an import block. " +
			"Otherwise, apply again. Applying again without this check may create a duplicate."
	}

	if advice := c.tokenURLAdvice(failure); advice != "" {
		return advice
	}

	// The provider accepts plain http only for this machine.
	if errors.Is(failure, syscall.ECONNREFUSED) && c.client != nil && strings.HasPrefix(c.client.BaseURL(), "http://") {
		return "No server is listening at " + c.client.BaseURL() + ". Start celonis-simulator, or correct `base_url`. The simulator may " +
			"use a different port each time it starts."
	}

	if missing := missingScopes(failure); len(missing) > 0 {
		return c.scopeAdvice(failure, missing)
	}

	switch failure.Reason {
	case transport.ReasonSignIn:
		return c.signInAdvice(failure)
	case transport.ReasonUnauthorized:
		return c.first("Celonis rejected the credentials: "+c.signIn+".") + c.renewalAdvice()
	case transport.ReasonForbidden:
		return "Check the permissions: " + c.permissionAdvice(failure)
	case transport.ReasonNotActivated:
		if failure.Area.Name == scim.Area.Name {
			return "A 403 with an empty body usually means that the SCIM API is not activated for the team. To use it, " +
				c.permissionAdvice(failure)
		}

		return fmt.Sprintf("A 403 with an empty body usually means that the %s is not activated for the team: ask your Celonis account "+
			"team to activate it. If it is already active: %s", failure.Area.Name, c.permissionAdvice(failure))
	case transport.ReasonNotFound:
		exception := ""
		if failure.Area.Name == scim.Area.Name {
			exception = ", but e-mail addresses are not"
		}

		return c.notFoundAdvice(failure, "the spelling: ids and names are case-sensitive"+exception)
	case transport.ReasonAmbiguous:
		return "Look up the object by one of the listed ids instead."
	case transport.ReasonExists:
		return "Give this object a different name. To import the existing object instead, look up its id in Celonis."
	case scim.ReasonNoSCIM:
		return "Set `scim_base_path` to the path of the team's SCIM API (part of the tenant URL under which your identity provider reaches " +
			"Celonis). The credentials need " + failure.Area.Permission + ". The provider signs in with " + c.signIn + "."
	case transport.ReasonNotApplied:
		return "Check the object in Celonis, and plan again: the new plan shows the changes that were not applied. If the same changes reappear in " +
			"later plans, contact Celonis support."
	case transport.ReasonRateLimited:
		if failure.RetryAt.IsZero() {
			return "Retry later, or lower `requests_per_second`. Other programs share the same limits."
		}

		return c.waitAdvice(failure) + " If the daily quota is used up, ask your Celonis account team for a larger quota."
	case transport.ReasonTLS:
		return tlsAdvice(failure, c.addressAttribute(failure))
	case transport.ReasonProxy:
		return proxyAdvice(failure)
	default:
		if failure.Status == http.StatusServiceUnavailable && !failure.RetryAt.IsZero() {
			return c.waitAdvice(failure) + " If the problem persists, " + supportAdvice(failure) + "."
		}

		return transportAdvice(failure, c.addressAttribute(failure))
	}
}

// unknownAdvice returns what to do if a user or a group may have been created. Names are unique, so a second create cannot result in a
// duplicate.
func unknownAdvice(failure *transport.Error) string {
	if failure.ExistingID != "" {
		return "Look up the object with the id " + failure.ExistingID + " in Celonis. If it is the object that you want to create, " +
			"import it with an import block; otherwise, choose another name."
	}

	return "Apply again. If the object was created after all, the new apply fails, and its error contains the import block to add."
}

// first returns the first sentences of the advice: the given beginning, and c.checkFirst if the credentials look implausible.
func (c *connection) first(beginning string) string {
	if c.checkFirst != "" {
		beginning += " " + c.checkFirst
	}

	return beginning + " "
}

// tokenURLAdvice returns what to do if the configured address has no token endpoint. tokenURLAdvice returns an empty string for any other failure.
func (c *connection) tokenURLAdvice(failure *transport.Error) string {
	isWebPage := failure.Reason == transport.ReasonHTML && failure.Status < http.StatusBadRequest
	isMissing := failure.Status == http.StatusNotFound || failure.Status == http.StatusMethodNotAllowed || failure.Status == http.StatusGone

	switch {
	case !failure.IsTokenRequest, !isWebPage && !isMissing:
		return ""
	case c.tokenURLSource != "":
		return "The token URL does not exist: there is no OAuth token endpoint at this address, which is set by " + c.tokenURLSource +
			". Correct the address, or remove it to use the team's own endpoint, <base_url>/oauth2/token."
	default:
		return "The token URL does not exist: there is no OAuth token endpoint at this address, which the provider derives from the " +
			"address of the team. Check `base_url`: it must be https://<team>.<cluster>.celonis.cloud. An intermediate proxy or sign-in " +
			"page can cause the same response."
	}
}

// addressAttribute returns the attribute that configures the address of a failed request.
func (c *connection) addressAttribute(failure *transport.Error) string {
	if c.tokenURLSource != "" && failure.IsTokenRequest {
		return "`token_url`"
	}

	return "`base_url`"
}

func (c *connection) signInAdvice(failure *transport.Error) string {
	code := strings.ToLower(failure.Code)

	switch {
	case failure.IsGrantRefused():
		return c.grantAdvice()
	case code == "invalid_grant":
		return "The refresh token has expired, was revoked, or has already been used. If Celonis rotates refresh tokens, each token works for only " +
			"one plan or apply. Get a new token, or sign in with an OAuth client and its secret. The provider signs in with " +
			c.signIn + "."
	case len(failure.Scopes) == 0:
		return "The request contained no scopes, and Celonis may require at least one. Set `scopes` to scopes for which the OAuth client is " +
			"registered. If that does not help, " + c.checkAdvice()
	case code == "invalid_scope":
		return c.unregisteredAdvice(failure)
	default:
		return c.first("Celonis rejected the sign-in.") + capitalised(c.checkAdvice())
	}
}

// unregisteredAdvice returns what to do if the OAuth client is not registered for the requested scopes. By default, the provider
// requests only the scopes that the area needs, so the advice does not suggest removing any.
func (c *connection) unregisteredAdvice(failure *transport.Error) string {
	advice := "The OAuth client is not registered for " + strings.Join(failure.Scopes, " or ") + ". Add the missing scope in Celonis under " +
		"Admin & Settings > Applications > the client > Define scopes"

	areNeeded := len(missingFrom(failure.Area.Scopes, failure.Scopes)) == 0
	if !areNeeded {
		advice += ", or remove the unregistered scopes from `scopes` or CELONIS_SCOPES"
	}

	return advice + ". The provider signs in with " + c.signIn + "."
}

// grantAdvice returns what to do if the client is not permitted to use the grant. Source: developer.celonis.com/celonis-apis/auth.
func (c *connection) grantAdvice() string {
	if strings.Contains(c.signIn, string(transport.ModeRefreshToken)) {
		return "The OAuth client is not registered for refresh tokens. Register it for the \"Authorization Code\" grant in Celonis under Admin & " +
			"Settings > Applications, or sign in with `client_id` and `client_secret` alone. The provider signs in with " + c.signIn + "."
	}

	return "The OAuth client is not registered for this grant. Register it for the \"Client Credentials\" grant in Celonis under Admin & Settings " +
		"> Applications. A client for the \"Authorization Code\" grant also needs a `refresh_token`. The provider signs in with " +
		c.signIn + "."
}

// checkAdvice returns what to check if the credentials themselves may be wrong.
func (c *connection) checkAdvice() string {
	advice := "check that the id and the secret belong to the same client, that the secret has not been regenerated, and that the address of the " +
		"team is correct. If `auth_method` is set and the client is registered for the other authentication method, set `auth_method` " +
		"to \"auto\"."

	return advice + " The provider signs in with " + c.signIn + "."
}

func (c *connection) renewalAdvice() string {
	if c.client == nil {
		return ""
	}

	switch c.client.Credentials().Mode {
	case transport.ModeAccessToken:
		return "An access token expires after about 15 minutes, and the provider cannot renew it. Get a new token, or sign in with an " +
			"OAuth client. If the token comes from `celonis_oauth_token` and expired during the run, increase " +
			"`min_remaining` in that ephemeral resource to the duration of the run."
	case transport.ModeApplicationKey, transport.ModeUserKey:
		return "Check that the key is complete and of the right type, and that it has not been deleted. Application keys and user API keys are not " +
			"interchangeable."
	default:
		return "Celonis also rejected a new token. Check that the OAuth client belongs to the team at this address."
	}
}

// missingScopes returns the scopes that the area needs but the token lacks, if this may be the reason for the rejection. missingScopes returns none
// if the API accepted the token but did not find the object, or if the token's scopes are unknown, as with a static key.
func missingScopes(failure *transport.Error) []string {
	isRefusal := slices.Contains([]int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound}, failure.Status)
	if !isRefusal || failure.Reason == transport.ReasonNotFound || len(failure.Scopes) == 0 {
		return nil
	}

	return slices.DeleteFunc(slices.Clone(failure.Area.Scopes), func(scope string) bool { return slices.Contains(failure.Scopes, scope) })
}

// scopeAdvice lists the scopes that the token lacks. No other remedy helps until the scopes are added.
func (c *connection) scopeAdvice(failure *transport.Error, missing []string) string {
	return fmt.Sprintf("The token lacks the scope %s, which the %s needs; it was granted only %s. Add the missing scope in Celonis under "+
		"Admin & Settings > Applications > the client > Define scopes. If `scopes` or CELONIS_SCOPES is set, add the scope there as "+
		"well, or remove the setting. The provider signs in with %s.",
		strings.Join(missing, " and "), failure.Area.Name, strings.Join(failure.Scopes, ", "), c.signIn)
}

func (c *connection) permissionAdvice(failure *transport.Error) string {
	advice := "the credentials need " + failure.Area.Permission

	// If the token lacks a scope, scopeAdvice applies instead.
	if scopes := failure.Area.Scopes; len(scopes) > 0 && len(failure.Scopes) == 0 {
		advice += ", and an OAuth client also needs the scope " + strings.Join(scopes, ", ")
	} else if len(scopes) > 0 {
		advice += ". The token has the scope " + strings.Join(scopes, ", ")
	}

	return advice + ". The provider signs in with " + c.signIn + "."
}

// waitAdvice advises the user to wait for as long as the service asked.
func (c *connection) waitAdvice(failure *transport.Error) string {
	advice := fmt.Sprintf("Retry after %s: Celonis asked the provider to wait until then.",
		failure.RetryAt.UTC().Truncate(time.Second).Format(time.RFC3339))

	if time.Until(failure.RetryAt) > c.maxRetryWait {
		advice += fmt.Sprintf(" The provider waits at most `max_retry_wait` (%s).", c.maxRetryWait)
	}

	return advice
}

// pathAdvice is the advice given when the configured SCIM path might be wrong.
const pathAdvice = "If `scim_base_path` is set, remove it so that the provider finds the path automatically, or set it to the path in " +
	"the tenant URL under which your identity provider reaches Celonis."

// objectsAttributes is appended to the advice on the address. [inEnvironment] removes it again, because programs such as celonis-doctor do not
// manage objects.
const objectsAttributes = " and the attributes of this object; ids are case-sensitive"

// transportAdvice returns what to do if the API itself did not respond. address is the attribute that sets the requested address.
func transportAdvice(failure *transport.Error, address string) string {
	switch failure.Reason {
	case transport.ReasonHTML:
		if failure.Status == http.StatusForbidden {
			return "Something in front of Celonis, such as a firewall or a proxy, rejected the request: ask your network team whether this machine " +
				"is blocked. If the team restricts sign-ins by IP address, allow this machine's outbound address in Celonis."
		}

		if failure.Status == http.StatusNetworkAuthenticationRequired {
			return "This machine's network requires a sign-in: open any web page in a browser, and sign in."
		}

		if failure.Area.Name == scim.Area.Name {
			return "The response is a web page, not a SCIM response. " + pathAdvice + " Check `base_url` as well. An intermediate proxy or " +
				"sign-in page can cause the same response."
		}

		return "The response is a web page, not an API response. Check `base_url`: it must be the team's own address, " +
			"https://<team>.<cluster>.celonis.cloud. An intermediate proxy or sign-in page can cause the same response."
	case transport.ReasonInvalidResponse:
		advice := "Retry. If the problem persists, something between this machine and Celonis is altering or truncating responses, or the " +
			"service is at fault."
		if failure.Method == http.MethodGet {
			advice += " Nothing was changed."
		}

		return advice
	case transport.ReasonTooLarge:
		if failure.Area.Name == client.AreaPermissions.Name {
			return "Add more filters, so that fewer permissions match. If the permissions export itself is too large, please report it."
		}

		return "Lower `page_size`."
	case transport.ReasonRedirect:
		return "The provider sends credentials only to the configured address. If the address has changed, set " + address + " to the " +
			"new address. Otherwise, look for a proxy or a sign-in page that redirects the request."
	case transport.ReasonTimeout:
		return "Retry. If the service is slow, increase `request_timeout`; otherwise, check the proxy (HTTPS_PROXY)."
	case transport.ReasonNotLoopback:
		return "Set the address to 127.0.0.1 or [::1] instead of localhost, or correct the entry for localhost in the hosts file. To " +
			"reach another machine, use https."
	case transport.ReasonConnection:
		if failure.Proxy != "" {
			return "Check the address of the proxy in the environment variable HTTPS_PROXY. If the host is reachable without the proxy, " +
				"list it in NO_PROXY."
		}

		if _, ok := errors.AsType[*net.DNSError](failure); ok {
			return "Check the host name in `base_url` (team and cluster) and `token_url`, and this machine's DNS configuration. If the " +
				"host is only reachable through a proxy, set HTTPS_PROXY."
		}

		return "Retry; if the problem persists, check the network and the proxy (HTTPS_PROXY, NO_PROXY), and the host name in " + address +
			" (team and cluster)."
	default:
		advice := "Retry later; if the problem persists, " + supportAdvice(failure)
		if failure.Status < http.StatusInternalServerError && failure.Status != http.StatusRequestTimeout {
			advice = "Check `base_url`" + objectsAttributes
		}

		if failure.Area.Name == scim.Area.Name && failure.Status == http.StatusNotFound && failure.Method == http.MethodGet {
			return pathAdvice
		}

		if remedy := codeAdvice(failure.Area, failure.Code); remedy != "" {
			advice = remedy
		}

		return advice + "."
	}
}

func supportAdvice(failure *transport.Error) string {
	if failure.SupportID == "" {
		return "contact Celonis support"
	}

	return "contact Celonis support and quote the support id " + failure.SupportID
}

// proxyAdvice returns what to do if a proxy rejected a connection, or if a proxy variable is invalid.
func proxyAdvice(failure *transport.Error) string {
	const direct = " If the host is reachable without the proxy, list it in NO_PROXY."

	switch {
	case failure.ProxyStatus == 0 && failure.Proxy != "": // A SOCKS proxy.
		return "Check the proxy's address, user name and password in the environment variable HTTPS_PROXY. If they are correct, " +
			"ask whoever operates the proxy to allow connections to this host." + direct
	case failure.ProxyStatus == 0:
		return "Correct or unset the environment variable."
	case failure.IsProxyAccountRefused():
		return "Set the proxy's user name and password in the environment variable HTTPS_PROXY, as in http://user:password@proxy.example:3128, " +
			"and percent-encode special characters in them." + direct
	case failure.ProxyStatus >= http.StatusInternalServerError:
		return "Retry later. If the problem persists, ask whoever operates the proxy whether it can reach this host." + direct
	default:
		return "Ask whoever operates the proxy to allow connections to this host, and check the address of the proxy in HTTPS_PROXY." + direct
	}
}

// tlsAdvice returns what to do if the TLS connection failed. address is the attribute that sets the requested address.
func tlsAdvice(failure *transport.Error, address string) string {
	server := "The server"
	if failure.Proxy != "" {
		server, address = "The proxy", "HTTPS_PROXY"
	}

	switch failure.TLSProblem {
	case transport.TLSExpired:
		return server + "'s certificate has expired: ask whoever operates it to renew the certificate. If a proxy inspects TLS, the certificate is " +
			"the proxy's. Also check this machine's clock."
	case transport.TLSNotYetValid:
		return "Check this machine's clock: " + strings.ToLower(server) + "'s certificate is not valid yet."
	case transport.TLSWrongHost:
		return server + " has a certificate for other host names. Check the host name in " + address + ". If it is correct, something " +
			"else, such as a proxy or a sign-in page, responded in its place."
	case transport.TLSClientCertificate:
		return server + " requires a client certificate, which the provider does not support. Check " + address + ", or ask whoever " +
			"operates it for an address that does not require one."
	case transport.TLSVersion:
		return server + " supports neither TLS 1.2 nor TLS 1.3, one of which the provider requires. Celonis supports both, so check " + address +
			" and any proxy or firewall between this machine and Celonis."
	case transport.TLSHandshake:
		return server + " rejected the TLS handshake: the two sides have no cipher in common, or a client certificate is required, " +
			"which the provider does not support. Check " + address + " and any proxy or firewall between this machine and Celonis."
	case transport.TLSPlainHTTP:
		if failure.Proxy != "" {
			return "The proxy expects plain HTTP on this port: begin HTTPS_PROXY with http:// instead of https://. The connection to Celonis is " +
				"still encrypted."
		}

		return "The server responds with plain HTTP on this port. Check the port in " + address + ": Celonis uses the default port."
	case transport.TLSUnknownAuthority:
		return server + "'s certificate is not signed by a trusted authority. Behind a proxy that inspects TLS, set `ca_certificate` to that " +
			"proxy's CA certificate. Otherwise, check " + address + "."
	default:
		return "Check " + address + ", and ask your network team whether a proxy or a firewall intercepts TLS connections. If a proxy inspects " +
			"TLS, `ca_certificate` must contain its CA certificate."
	}
}

// codeAdvice returns what to do about a documented error code. Sources: the error catalogues of the Knowledge Model and Subscription APIs.
func codeAdvice(area transport.Area, code string) string {
	switch {
	case code == "SUBSCRIPTION_CALLBACK_FAILED":
		return "Celonis could not reach the callback. The callback must be reachable from the internet, with a publicly trusted " +
			"certificate. Ask whoever operates the callback whether a firewall blocks Celonis"
	case code == "SUBSCRIPTION_URI_ILLEGAL":
		return "The address of the callback must be an https URL that Celonis accepts"
	case code == "SUBSCRIPTION_EMPTY_HEADER":
		return "Give every header of the callback a name and a value"
	case code == "SUBSCRIPTION_TRIGGER_FAILED":
		return "Celonis could not set up the subscription, and recommends trying again. If the problem persists, publish the Knowledge " +
			"Model's package again, and check the trigger in Studio"
	case area.Name != client.AreaKnowledgeModels.Name:
		return ""
	case code == "KM_FIELD_NOTFOUND":
		return "At least one field in `fields` or in a filter expression does not exist. Ids are case-sensitive. The " +
			"`celonis_knowledge_model_record` data source lists the fields of a record"
	case strings.HasPrefix(code, "SORT_"):
		return "Sort only by fields and KPIs that the query requests, each in only one direction"
	case code == "GENERAL_PARAMETER_ILLEGAL", code == "GENERAL_CONSTRAINT_VIOLATION":
		return "Celonis rejected one of the arguments. The ids of fields, KPIs and filters are case-sensitive: the " +
			"`celonis_knowledge_model_record`, `celonis_knowledge_model_kpis` and `celonis_knowledge_model_filters` data sources list them. " +
			"Celonis may also reject a `page_size` above the licence's maximum"
	default:
		return ""
	}
}
