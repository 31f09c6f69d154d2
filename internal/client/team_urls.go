package client

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// Paths relative to a team's address.
const (
	// authorizePath is the path of the OAuth authorization endpoint. Source: developer.celonis.com/celonis-apis/auth, "OAuth Endpoints".
	authorizePath = "/oauth2/authorize"
	// intelligencePath is the base of the Knowledge Model and Subscription APIs. Source: "servers" in their OpenAPI files.
	intelligencePath = "/intelligence/api"
	// openIDConfigurationPath is the path of the OpenID discovery document. Sources: OpenID Connect Discovery 1.0, section 4; an example for Celonis
	// that AWS publishes.
	openIDConfigurationPath = "/.well-known/openid-configuration"
	// mcpServerPath is the path of a team's MCP servers. Each server is an asset, whose id is appended to the path. Source: the vendor's page on
	// MCP servers.
	mcpServerPath = "/studio-copilot/api/v1/mcp-servers/mcp/"
)

// Endpoints contains a team's URLs for use in other systems.
type Endpoints struct {
	Token, Authorize, IntelligenceAPI, OpenIDConfiguration string
}

// EndpointsOf returns the endpoints of the team at the given address, in any form that [transport.ParseBaseURL] accepts.
func EndpointsOf(address string) (Endpoints, error) {
	baseURL, err := transport.ParseBaseURL(address)
	if err != nil {
		return Endpoints{}, err
	}

	return Endpoints{
		Token: baseURL + transport.TokenPath, Authorize: baseURL + authorizePath, IntelligenceAPI: baseURL + intelligencePath,
		OpenIDConfiguration: baseURL + openIDConfigurationPath,
	}, nil
}

// MCPServerURL returns the URL of a team's MCP server with the given asset id. baseURL is the team's address in the form that
// [transport.ParseBaseURL] returns.
func MCPServerURL(baseURL, assetID string) (string, error) {
	if err := checkAssetID(assetID); err != nil {
		return "", err
	}

	return baseURL + mcpServerPath + url.PathEscape(assetID), nil
}

func checkAssetID(id string) error {
	switch {
	case id == "":
		return errors.New("the asset id is empty")
	case strings.ContainsFunc(id, unicode.IsSpace):
		return errors.New("the asset id contains whitespace")
	case strings.Contains(id, "/") || id == "." || id == "..":
		return errors.New("specify only the asset id, which is the last part of the MCP server's URL")
	case transport.IsPlaceholder(id):
		return errors.New("the asset id is a placeholder: replace it with the id of your MCP server")
	default:
		return nil
	}
}

// ParseDataPoolURL returns the team's address and the data pool id from a link to a data pool's page in Celonis. Source: the vendor's page on
// the integrator.io connection, which contains /data-pool/<id>. The web application has also used /integration/ui/pools/<id>.
func ParseDataPoolURL(link string) (baseURL, dataPoolID string, err error) {
	address, err := transport.ParseAddress(link)
	if err != nil {
		return "", "", err
	}

	// The web application's path may be in the URL's fragment.
	for _, path := range []string{address.EscapedPath(), address.EscapedFragment()} {
		path, _, _ = strings.Cut(path, "?")
		segments := strings.Split(path, "/")

		at := slices.IndexFunc(segments, isDataPoolSegment)
		if at < 0 || at+1 == len(segments) {
			continue
		}

		id, err := url.PathUnescape(segments[at+1])
		if err == nil && id != "" && !transport.IsPlaceholder(id) && !strings.ContainsFunc(id, unicode.IsSpace) {
			return transport.Origin(address), id, nil
		}
	}

	return "", "", fmt.Errorf("it contains no data pool id: open the data pool under Data Integration in Celonis and copy the link, which looks "+
		"like %s/data-pool/<id>", transport.Origin(address))
}

func isDataPoolSegment(segment string) bool {
	return segment == "data-pool" || segment == "data-pools" || segment == "pools"
}
