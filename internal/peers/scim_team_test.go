package peers

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// basePath is the path of the server's SCIM API.
const basePath = "/scim/v2"

// scimTeam is a team on the SCIM server. The team is initially empty, and only one test uses it.
type scimTeam struct {
	t              *testing.T
	address, token string
}

// newSCIMTeam returns a new team, or skips the test if the server is not running.
func newSCIMTeam(t *testing.T) scimTeam {
	t.Helper()

	return scimTeam{t: t, address: addressOf(t, "scim-server"), token: "peer-" + rand.Text()}
}

// client returns a client that signs in to the team.
func (m scimTeam) client(change ...func(*client.Options)) *client.Client {
	m.t.Helper()

	peer := func(options *client.Options) {
		options.BaseURL = m.address
		options.Credentials = transport.Credentials{Mode: transport.ModeAccessToken, Key: transport.NewSecret(m.token)}
	}

	return clienttest.NewClient(m.t, nil, append([]func(*client.Options){peer}, change...)...)
}

// send sends a request without using the client. If target is not nil, send decodes the response into target.
func (m scimTeam) send(method, path string, body []byte, target any) {
	m.t.Helper()

	req, err := http.NewRequestWithContext(m.t.Context(), method, m.address+path, bytes.NewReader(body))
	if err != nil {
		m.t.Fatal(err)
	}

	req.Header.Set("Authorization", "Bearer "+m.token)
	req.Header.Set("Content-Type", "application/scim+json")

	resp, err := (&http.Client{}).Do(req)
	if err != nil {
		m.t.Fatal(err)
	}
	defer resp.Body.Close()

	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		m.t.Fatal(err)
	}

	if resp.StatusCode >= http.StatusMultipleChoices {
		m.t.Fatalf("%s %s: status %d: %s", method, path, resp.StatusCode, answer)
	}

	if target == nil {
		return
	}

	if err := json.Unmarshal(answer, target); err != nil {
		m.t.Fatalf("%s %s: error = %v in %s", method, path, err, answer)
	}
}

// storedUser is a user in the server's own format.
type storedUser struct {
	ID          string   `json:"id"`
	Schemas     []string `json:"schemas"`
	UserName    string   `json:"userName"`
	DisplayName string   `json:"displayName"`
	ExternalID  string   `json:"externalId"`
	Role        string   `json:"role"`
	Invitation  string   `json:"sendEmailOnInvitation"`
	Title       string   `json:"title"`
	Active      *bool    `json:"active"`
	Emails      []struct {
		Value   string `json:"value"`
		Primary bool   `json:"primary"`
	} `json:"emails"`
	Extension struct {
		Role string `json:"role"`
	} `json:"urn:celonis:params:scim:schemas:extension:2.0:User"`
}

// storedMember is a group member in the server's own format.
type storedMember struct {
	Value   string `json:"value"`
	Display string `json:"display"`
	Type    string `json:"type"`
}

// storedGroup is a group in the server's own format.
type storedGroup struct {
	ID          string         `json:"id"`
	DisplayName string         `json:"displayName"`
	ExternalID  string         `json:"externalId"`
	Role        string         `json:"role"`
	Members     []storedMember `json:"members"`
}

func (g storedGroup) memberIDs() []string {
	ids := make([]string, 0, len(g.Members))
	for _, member := range g.Members {
		ids = append(ids, member.Value)
	}

	slices.Sort(ids)

	return ids
}

// store returns all users and groups that the server stores for the team.
func (m scimTeam) store() (users []storedUser, groups []storedGroup) {
	m.t.Helper()

	var stored struct {
		Users  []storedUser  `json:"users"`
		Groups []storedGroup `json:"groups"`
	}

	m.send(http.MethodGet, "/store", nil, &stored)

	return stored.Users, stored.Groups
}

// user returns the team's only user.
func (m scimTeam) user() storedUser {
	m.t.Helper()

	users, _ := m.store()
	if len(users) != 1 {
		m.t.Fatalf("the server stores %d users, want 1", len(users))
	}

	return users[0]
}

// group returns the team's only group.
func (m scimTeam) group() storedGroup {
	m.t.Helper()

	_, groups := m.store()
	if len(groups) != 1 {
		m.t.Fatalf("the server stores %d groups, want 1", len(groups))
	}

	return groups[0]
}
