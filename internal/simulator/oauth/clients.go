package oauth

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// Client is an OAuth client registered in the team.
type Client struct {
	// ID is the client id.
	ID string
	// Name is the client's name, which responses show as the owner of objects that the client has created. Defaults to the id.
	Name string
	// Secret is the client secret, which a public client does not have.
	Secret string
	// AuthMethods are the permitted authentication methods. By default, the client may use client_secret_basic and client_secret_post.
	AuthMethods []string
	// Scopes are the scopes that the client is registered for.
	Scopes []string
	// RefreshTokens are the refresh tokens that users have granted to the client.
	RefreshTokens []string
	// Packages are the Studio packages, by package key, that the client may use (USE PACKAGE). By default, the client may use all packages.
	Packages []string
	// EditPackages are the Studio packages, by package key, that the client may also edit (EDIT PACKAGE). Subscriptions require this
	// permission. By default, the client may edit all packages that it may use.
	EditPackages []string
	// Services are the services for which the client has permissions. By default, the client has permissions for all services.
	Services []string
}

// Key is an application key or a user API key.
type Key struct {
	// Value is the secret key.
	Value string
	// Name is the key's name, which responses show as the owner of objects created with the key.
	Name string
	// Packages are the Studio packages, by package key, that the key's requests may use (USE PACKAGE). By default, they may use all packages.
	Packages []string
	// EditPackages are the Studio packages, by package key, that the key's requests may also edit (EDIT PACKAGE). Subscriptions require this
	// permission. By default, they may edit all packages that they may use.
	EditPackages []string
	// Services are the services for which the key has permissions. By default, the key has permissions for all services.
	Services []string
}

// The authentication methods of an OAuth client.
const (
	authBasic = "client_secret_basic"
	authPost  = "client_secret_post"
)

// DefaultClient returns the OAuth client that a team has if Options.Clients is not set. The client may use every authentication method and is
// registered for every scope that the simulated APIs require.
func DefaultClient() Client {
	return Client{
		ID:          "simulated-client-id",
		Name:        "Simulated OAuth client",
		Secret:      "simulated-client-secret-of-no-real-team",
		AuthMethods: []string{authBasic, authPost},
		Scopes: []string{
			"intelligence.knowledge-models:read",
			"intelligence.subscriptions:manage",
			"user-provisioning.scim",
			"team.user-group-info:read",
			"team.login-history:read",
			"authorization.permissions:read",
			"audit.log:read",
		},
		RefreshTokens: []string{"simulated-refresh-token-of-no-real-team"},
	}
}

// DefaultApplicationKey returns the application key that a team has if Options.ApplicationKeys is not set.
func DefaultApplicationKey() Key {
	return Key{Value: "simulated-application-key-of-no-real-team", Name: "Simulated application key"}
}

// DefaultUserKey returns the user API key that a team has if Options.UserKeys is not set.
func DefaultUserKey() Key {
	return Key{Value: "simulated-user-key-of-no-real-team", Name: "Simulated user"}
}

// allows reports whether the client may use the given authentication method.
func (c Client) allows(method string) bool {
	return c.Secret != "" && (c.AuthMethods == nil || slices.Contains(c.AuthMethods, method))
}

func checkClients(clients []Client, rawBasic bool) error {
	var errs []error

	ids := map[string]bool{}

	for _, client := range clients {
		fail := func(what string) {
			errs = append(errs, fmt.Errorf("%w: client %q %s", server.ErrOptions, client.ID, what))
		}

		if client.ID == "" {
			fail("has no id")
		}

		if ids[client.ID] {
			fail("is defined twice")
		}

		ids[client.ID] = true

		if client.Secret == "" && client.AuthMethods != nil {
			fail("has authentication methods but no secret")
		}

		for _, method := range client.AuthMethods {
			if method != authBasic && method != authPost {
				fail(fmt.Sprintf("has the unknown authentication method %q", method))
			}
		}

		if rawBasic && client.allows(authBasic) && strings.Contains(client.ID, ":") {
			fail("has a colon in its id, which raw Basic credentials do not support")
		}
	}

	return errors.Join(errs...)
}

func checkKeys(option string, keys []Key) error {
	for _, key := range keys {
		if key.Value == "" || strings.ContainsAny(key.Value, " \t\r\n") {
			return fmt.Errorf("%w: %s contains a key that is empty or contains whitespace", server.ErrOptions, option)
		}
	}

	return nil
}
