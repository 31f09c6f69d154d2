package oauth

import (
	"net/http"
	"strings"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// Authenticate returns the identity of the caller. It reads only the Authorization header and ignores credentials in the URL or body
// (developer.celonis.com/celonis-apis/auth). The scheme is case-insensitive
// (developer.celonis.com/celonis-apis/api-reference/common-error-catalog).
func (t *TokenEndpoint) Authenticate(r *http.Request) (server.Identity, error) {
	headers := r.Header.Values("Authorization")
	if len(headers) == 0 {
		return server.Identity{}, server.ErrUnauthorized
	}

	scheme, credential, _ := strings.Cut(headers[0], " ")
	credential = strings.TrimLeft(credential, " ")

	if len(headers) > 1 || credential == "" || strings.ContainsAny(credential, " \t") {
		return server.Identity{}, server.ErrMalformedCredential
	}

	switch strings.ToLower(scheme) {
	case "bearer":
		if identity, ok := t.identify(credential); ok {
			return identity, nil
		}

		return findKey(t.opts.UserKeys, credential)
	case "appkey":
		return findKey(t.opts.ApplicationKeys, credential)
	default:
		return server.Identity{}, server.ErrMalformedCredential
	}
}

func findKey(keys []Key, value string) (server.Identity, error) {
	for _, key := range keys {
		if key.Value == value {
			return server.Identity{
				Key: true, Name: key.Name, Packages: key.Packages, EditPackages: key.EditPackages, Services: key.Services,
			}, nil
		}
	}

	return server.Identity{}, server.ErrUnauthorized
}
