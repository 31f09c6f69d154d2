package simulator

import (
	"net/http"
	"strings"
)

// Authenticate finds out who asks. Only the Authorization header counts: credentials in the URL or body are ignored
// (developer.celonis.com/celonis-apis/auth). The scheme is compared without case
// (developer.celonis.com/celonis-apis/api-reference/common-error-catalog).
func (t *tokens) Authenticate(r *http.Request) (identity, error) {
	headers := r.Header.Values("Authorization")
	if len(headers) == 0 {
		return identity{}, errUnauthorized
	}

	scheme, credential, _ := strings.Cut(headers[0], " ")
	credential = strings.TrimLeft(credential, " ")

	if len(headers) > 1 || credential == "" || strings.ContainsAny(credential, " \t") {
		return identity{}, errMalformedCredential
	}

	switch strings.ToLower(scheme) {
	case "bearer":
		if who, ok := t.identify(credential); ok {
			return who, nil
		}

		return findKey(t.opts.UserKeys, credential)
	case "appkey":
		return findKey(t.opts.ApplicationKeys, credential)
	default:
		return identity{}, errMalformedCredential
	}
}

func findKey(keys []Key, value string) (identity, error) {
	for _, key := range keys {
		if key.Value == value {
			return identity{
				key: true, name: key.Name, packages: key.Packages, editPackages: key.EditPackages, services: key.Services,
			}, nil
		}
	}

	return identity{}, errUnauthorized
}
