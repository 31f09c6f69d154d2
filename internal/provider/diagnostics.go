package provider

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
)

// attributeError is a failure that one attribute is to blame for.
type attributeError struct {
	attribute path.Path
	err       error
}

// Error implements error.
func (e *attributeError) Error() string { return e.err.Error() }

// Unwrap returns the failure itself.
func (e *attributeError) Unwrap() error { return e.err }

// blame points a failure at an attribute where the service's answer was about its value; others stay with the object.
func blame(attribute path.Path, err error) error {
	var failure *client.Error
	if errors.As(err, &failure) && (failure.Reason == client.ReasonNotFound || failure.Reason == client.ReasonAmbiguous) {
		return &attributeError{attribute: attribute, err: err}
	}

	return err
}

// report adds a failure to the diagnostics: what could not be done, what was asked, what came back, and what to do.
func (c *connection) report(diagnostics *diag.Diagnostics, what string, err error) {
	detail := sentence(err)

	if failure, ok := errors.AsType[*client.Error](err); ok {
		detail = c.explain(failure)
	}

	if located, ok := errors.AsType[*attributeError](err); ok {
		diagnostics.AddAttributeError(located.attribute, what, detail)

		return
	}

	diagnostics.AddError(what, detail)
}

// sentence returns an error's text as a sentence.
func sentence(err error) string {
	text := []rune(err.Error())

	return string(unicode.ToUpper(text[0])) + string(text[1:]) + "."
}

// explain says what was asked, what came back and what to do, a paragraph each.
func (c *connection) explain(failure *client.Error) string {
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

	paragraphs = append(paragraphs, "Answer: "+failure.Answer())

	if advice := c.advice(failure); advice != "" {
		paragraphs = append(paragraphs, "What to do: "+advice)
	}

	return strings.Join(paragraphs, "\n\n")
}

// advice says what to do about a failure.
func (c *connection) advice(failure *client.Error) string {
	switch failure.Reason {
	case client.ReasonSignIn:
		return c.signInAdvice(failure)
	case client.ReasonUnauthorized:
		return "Celonis refused the credentials: " + c.signIn + ". " + c.renewalAdvice()
	case client.ReasonForbidden:
		return c.permissionAdvice(failure)
	case client.ReasonNotActivated:
		return fmt.Sprintf("A refusal without a word usually means that the %s is not activated for the team: ask your Celonis "+
			"account team to switch it on. Otherwise check the permission and the scope: %s", failure.Area, c.permissionAdvice(failure))
	case client.ReasonNotFound:
		return "Check the spelling: ids and names are case sensitive. A missing permission looks the same; the credentials need " +
			failure.Area.Permission() + ". The provider signs in with " + c.signIn + "."
	case client.ReasonAmbiguous:
		return "Look it up by one of these ids instead."
	case client.ReasonRateLimited:
		return c.waitAdvice(failure)
	default:
		return transportAdvice(failure)
	}
}

func (c *connection) signInAdvice(failure *client.Error) string {
	switch failure.Code {
	case "invalid_scope":
		asked := "no scope"
		if len(failure.Scopes) > 0 {
			asked = strings.Join(failure.Scopes, ", ")
		}

		return fmt.Sprintf("The OAuth client asked for %s. Either add what is missing in Celonis under Admin & Settings > "+
			"Applications > the client > Define scopes, or set `scopes` (environment variable CELONIS_SCOPES) to scopes that the "+
			"client has. Without `scopes`, each part of the API asks for the one scope that it needs. The provider signs in with %s.",
			asked, c.signIn)
	case "invalid_grant":
		return "The refresh token has expired, was revoked, or was used before: where Celonis rotates refresh tokens, each one is " +
			"good for one plan or one apply. Get a new one, or sign in with an OAuth client and its secret. The provider signs in with " +
			c.signIn + "."
	default:
		advice := "Celonis refused to sign in with " + c.signIn + ". Check that id and secret belong together, that the secret " +
			"was not regenerated since, and that the address of the team is right"
		if len(failure.Scopes) == 0 {
			advice += "; the request named no scope, and `scopes` sets some"
		}

		return advice + ". If the client is registered for the other authentication method, set `auth_method` to \"auto\" or to that " +
			"method."
	}
}

func (c *connection) renewalAdvice() string {
	if c.client == nil {
		return ""
	}

	switch c.client.Credentials().Mode {
	case client.ModeAccessToken:
		return "An access token lives for some 15 minutes, and the provider cannot renew it: get a new one, or sign in with an " +
			"OAuth client."
	case client.ModeApplicationKey, client.ModeUserKey:
		return "Check that the key was copied whole, is of this kind, and was not deleted. Application keys and user API keys are " +
			"not interchangeable."
	default:
		return "A new token was asked for, and was refused too. Check that the address of the team is that of the OAuth client."
	}
}

func (c *connection) permissionAdvice(failure *client.Error) string {
	advice := "The credentials need " + failure.Area.Permission()
	if scopes := failure.Area.Scopes(); len(scopes) > 0 {
		advice += ", and an OAuth client also the scope " + strings.Join(scopes, ", ")
	}

	if len(failure.Scopes) > 0 {
		advice += fmt.Sprintf(" (this token was granted: %s)", strings.Join(failure.Scopes, ", "))
	}

	return advice + ". The provider signs in with " + c.signIn + "."
}

func (c *connection) waitAdvice(failure *client.Error) string {
	if failure.RetryAt.IsZero() {
		return "Run again later, or lower `requests_per_second`. Other programs may use up the same limits."
	}

	return fmt.Sprintf("Run again after %s: the service accepts no request before. It is longer than `max_retry_wait` (%s), so the "+
		"provider did not wait. If it is the daily quota that is used up, ask your Celonis account team for a larger one.",
		failure.RetryAt.UTC().Truncate(time.Second).Format(time.RFC3339), c.maxRetryWait)
}

// transportAdvice says what to do when there was no answer of the API itself.
func transportAdvice(failure *client.Error) string {
	switch failure.Reason {
	case client.ReasonHTML:
		return "A web page came where the API should answer. Check `base_url`: it must be the team's own address, " +
			"https://<team>.<cluster>.celonis.cloud. A proxy or a sign-in page in between answers like this too."
	case client.ReasonInvalidAnswer:
		return "Run again; if it stays, something between here and Celonis changes or cuts answers, or the service has a fault. " +
			"Nothing was changed."
	case client.ReasonTooLarge:
		return "Ask for less: lower `page_size`."
	case client.ReasonRedirect:
		return "The provider sends credentials to the configured address alone. If the team has moved, set `base_url` to its new " +
			"address; otherwise look for a proxy or a sign-in page in between."
	case client.ReasonTimeout:
		return "Run again; raise `request_timeout` if the service is slow, or check the proxy (HTTPS_PROXY)."
	case client.ReasonTLS:
		return "The server's certificate is not trusted. Behind a proxy that inspects TLS, set `ca_certificate` to the proxy's CA " +
			"certificate. Otherwise check `base_url`."
	case client.ReasonConnection:
		return "Check the host name in `base_url` (team and cluster), the network and the proxy (HTTPS_PROXY, NO_PROXY)."
	case client.ReasonCanceled:
		return ""
	default:
		advice := "Run again later; if it stays, ask Celonis support"
		if failure.SupportID != "" {
			advice += " and name the support id " + failure.SupportID
		}

		if failure.Status < 500 {
			advice = "Check `base_url` and the attributes of this object"
		}

		return advice + "."
	}
}
