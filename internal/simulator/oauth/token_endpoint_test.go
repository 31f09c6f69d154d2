package oauth_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/simulatortest"
)

// grantClient is the grant_type of the client credentials grant.
const grantClient = "client_credentials"

func basic(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
}

// defaultBasic returns the Authorization header of the default client. The client's id and secret need no form-encoding.
func defaultBasic() string {
	client := oauth.DefaultClient()

	return basic(client.ID, client.Secret)
}

func TestTokenResponseMatchesTheVendorSample(t *testing.T) {
	t.Parallel()

	now := simulatortest.NewClock()
	tm := simulatortest.NewTeam(t, simulator.Options{Now: now.Read})
	got := tm.AskAsDefault("grant_type", grantClient, "scope", simulatortest.ModelsScope+" audit.log:read").Want(http.StatusOK)
	body := got.Object()

	if body["token_type"] != "Bearer" || body["scope"] != simulatortest.ModelsScope+" audit.log:read" || body["expires_in"] != 899.0 {
		t.Errorf("body = %v", body)
	}

	if _, ok := body["refresh_token"]; ok {
		t.Error("the client credentials grant returned a refresh token")
	}

	if got.Header.Get("Cache-Control") != "no-store" || got.Header.Get("Content-Type") != "application/json" {
		t.Errorf("header = %v", got.Header)
	}

	token, _ := body["access_token"].(string)
	parts := strings.Split(token, ".")

	if len(parts) != 3 {
		t.Fatalf("%d parts in %s", len(parts), token)
	}

	decode := func(part string, target any) {
		raw, err := base64.RawURLEncoding.DecodeString(part)
		if err == nil && target != nil {
			err = json.Unmarshal(raw, target)
		}

		if err != nil {
			t.Errorf("part %q: error = %v", part, err)
		}
	}

	var (
		header struct {
			Alg string `json:"alg"`
		}
		claims struct {
			Aud   []string `json:"aud"`
			Iss   string   `json:"iss"`
			Azp   string   `json:"azp"`
			Jti   string   `json:"jti"`
			Exp   int64    `json:"exp"`
			Iat   int64    `json:"iat"`
			Scope []string `json:"scope"`
		}
	)

	decode(parts[0], &header)
	decode(parts[1], &claims)
	decode(parts[2], nil)

	if header.Alg != "ES384" || claims.Azp != oauth.DefaultClient().ID || claims.Iss != "https://team.test" ||
		claims.Exp-claims.Iat != 900 || !slices.Equal(claims.Aud, []string{claims.Azp, "team.test"}) ||
		claims.Iat != now.Now.Unix() || len(claims.Scope) != 2 || claims.Jti == "" {
		t.Errorf("header = %+v, claims = %+v", header, claims)
	}
}

func TestTokensAreUnique(t *testing.T) {
	t.Parallel()

	now := simulatortest.NewClock()
	tm := simulatortest.NewTeam(t, simulator.Options{Now: now.Read})

	if first, second := tm.Token(simulatortest.ModelsScope), tm.Token(simulatortest.ModelsScope); first == second {
		t.Error("two tokens are equal")
	}
}

func TestExpiresInOptions(t *testing.T) {
	t.Parallel()

	body := simulatortest.NewTeam(t, simulator.Options{OAuth: oauth.Options{OmitExpiresIn: true}}).
		AskAsDefault("grant_type", grantClient, "scope", simulatortest.ModelsScope).Want(http.StatusOK).Object()
	if _, ok := body["expires_in"]; ok {
		t.Errorf("body = %v", body)
	}

	body = simulatortest.NewTeam(t, simulator.Options{OAuth: oauth.Options{TokenLifetime: time.Minute}}).
		AskAsDefault("grant_type", grantClient, "scope", simulatortest.ModelsScope).Want(http.StatusOK).Object()
	if body["expires_in"] != 60.0 {
		t.Errorf("body = %v", body)
	}
}

func TestTokenRequestsInAllDocumentedContentTypes(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{})
	client := oauth.DefaultClient()

	var body bytes.Buffer

	form := multipart.NewWriter(&body)
	for name, value := range map[string]string{
		"client_id": client.ID, "client_secret": client.Secret, "grant_type": grantClient, "scope": simulatortest.ModelsScope,
	} {
		if err := form.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}

	if err := form.Close(); err != nil {
		t.Fatal(err)
	}

	tm.Do(http.MethodPost, simulatortest.TokenPath, body.String(), "Content-Type", form.FormDataContentType()).Want(http.StatusOK)
	tm.AskAsDefault("grant_type", grantClient, "scope", simulatortest.ModelsScope).Want(http.StatusOK)

	query := simulatortest.TokenPath + "?" + simulatortest.Encode("grant_type", grantClient, "scope", simulatortest.ModelsScope)
	tm.Do(http.MethodPost, query, "", "Authorization", defaultBasic()).Want(http.StatusOK)
}

func TestTokenRequestsInOtherContentTypesAreInvalid(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{})
	form := simulatortest.Encode("grant_type", grantClient, "scope", simulatortest.ModelsScope)

	for _, test := range []struct{ contentType, body string }{
		{"application/json", `{"grant_type":"client_credentials","scope":"` + simulatortest.ModelsScope + `"}`},
		{"text/plain", form},
		{"", form},
		{"multipart/form-data", form},
		{"multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\ny\r\n--x--\r\n"},
		{simulatortest.FormType, "scope=%zz"},
	} {
		header := []string{"Authorization", defaultBasic()}
		if test.contentType != "" {
			header = append(header, "Content-Type", test.contentType)
		}

		// The query contains all parameters, so the same request without a body would succeed.
		tm.Do(http.MethodPost, simulatortest.TokenPath+"?"+form, test.body, header...).
			WantTokenError(http.StatusBadRequest, "invalid_request")
	}
}

func TestTokenEndpointAcceptsOnlyPOST(t *testing.T) {
	t.Parallel()

	got := simulatortest.NewTeam(t, simulator.Options{}).
		Do(http.MethodGet, simulatortest.TokenPath+"?"+simulatortest.Encode("grant_type", grantClient, "scope", simulatortest.ModelsScope), "",
			"Authorization", defaultBasic()).
		Want(http.StatusMethodNotAllowed)
	if got.Header.Get("Allow") != http.MethodPost {
		t.Errorf("Allow = %q", got.Header.Get("Allow"))
	}
}

func TestInvalidTokenRequests(t *testing.T) {
	t.Parallel()

	client := oauth.DefaultClient()

	for name, test := range map[string]struct {
		form []string
		code string
	}{
		"no grant":                   {[]string{"scope", simulatortest.ModelsScope}, "invalid_request"},
		"empty grant":                {[]string{"grant_type", "", "scope", simulatortest.ModelsScope}, "invalid_request"},
		"unknown grant":              {[]string{"grant_type", "password", "scope", simulatortest.ModelsScope}, "unsupported_grant_type"},
		"no scope":                   {[]string{"grant_type", grantClient}, "invalid_scope"},
		"empty scope":                {[]string{"grant_type", grantClient, "scope", ""}, "invalid_scope"},
		"unregistered scope":         {[]string{"grant_type", grantClient, "scope", simulatortest.ModelsScope + " studio"}, "invalid_scope"},
		"two spaces":                 {[]string{"grant_type", grantClient, "scope", simulatortest.ModelsScope + "  audit.log:read"}, "invalid_scope"},
		"comma":                      {[]string{"grant_type", grantClient, "scope", simulatortest.ModelsScope + ",audit.log:read"}, "invalid_scope"},
		"repeated scope":             {[]string{"grant_type", grantClient, "scope", simulatortest.ModelsScope, "scope", simulatortest.ModelsScope}, "invalid_request"},
		"repeated grant":             {[]string{"grant_type", grantClient, "grant_type", grantClient, "scope", simulatortest.ModelsScope}, "invalid_request"},
		"repeated unknown parameter": {[]string{"grant_type", grantClient, "scope", simulatortest.ModelsScope, "x", "1", "x", "2"}, "invalid_request"},
		"no refresh token":           {[]string{"grant_type", "refresh_token", "scope", simulatortest.ModelsScope}, "invalid_request"},
		"unknown refresh token": {
			[]string{"grant_type", "refresh_token", "refresh_token", "unknown", "scope", simulatortest.ModelsScope}, "invalid_grant",
		},
		"refresh with an unregistered scope": {
			[]string{"grant_type", "refresh_token", "refresh_token", client.RefreshTokens[0], "scope", "studio"},
			"invalid_scope",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			simulatortest.NewTeam(t, simulator.Options{}).AskAsDefault(test.form...).WantTokenError(http.StatusBadRequest, test.code)
		})
	}
}

func TestParameterInFormAndQueryIsRejectedAsRepeated(t *testing.T) {
	t.Parallel()

	simulatortest.NewTeam(t, simulator.Options{}).
		Do(http.MethodPost, simulatortest.TokenPath+"?grant_type="+grantClient, simulatortest.Encode("grant_type", grantClient, "scope", simulatortest.ModelsScope),
			"Content-Type", simulatortest.FormType, "Authorization", defaultBasic()).
		WantTokenError(http.StatusBadRequest, "invalid_request")
}

func TestEmptyParametersAreIgnored(t *testing.T) {
	t.Parallel()

	for _, test := range []struct{ query, form string }{
		{simulatortest.Encode("grant_type", grantClient), simulatortest.Encode("grant_type", "", "scope", simulatortest.ModelsScope)},
		{simulatortest.Encode("grant_type", ""), simulatortest.Encode("grant_type", grantClient, "scope", simulatortest.ModelsScope)},
		{simulatortest.Encode("scope", simulatortest.ModelsScope), simulatortest.Encode("grant_type", grantClient, "scope", "")},
	} {
		simulatortest.NewTeam(t, simulator.Options{}).
			Do(http.MethodPost, simulatortest.TokenPath+"?"+test.query, test.form, "Content-Type", simulatortest.FormType, "Authorization", defaultBasic()).
			Want(http.StatusOK)
	}
}

func TestMissingScopeMayBeAnInvalidRequest(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{OAuth: oauth.Options{MissingScopeIsInvalidRequest: true}})
	tm.AskAsDefault("grant_type", grantClient).WantTokenError(http.StatusBadRequest, "invalid_request")
	tm.AskAsDefault("grant_type", grantClient, "scope", "studio").WantTokenError(http.StatusBadRequest, "invalid_scope")
}

func TestShortLifetimesAreRoundedUpToASecond(t *testing.T) {
	t.Parallel()

	for lifetime, want := range map[time.Duration]float64{
		time.Nanosecond: 1, 999 * time.Millisecond: 1, time.Second: 1, 2500 * time.Millisecond: 2,
	} {
		got := simulatortest.NewTeam(t, simulator.Options{OAuth: oauth.Options{TokenLifetime: lifetime}}).
			AskAsDefault("grant_type", grantClient, "scope", simulatortest.ModelsScope).Want(http.StatusOK).Object()
		if got["expires_in"] != want {
			t.Errorf("lifetime %v: expires_in = %v", lifetime, got["expires_in"])
		}
	}
}

func TestCredentialsInTheTokenURLAreIgnored(t *testing.T) {
	t.Parallel()

	client := oauth.DefaultClient()

	simulatortest.NewTeam(t, simulator.Options{}).
		Do(http.MethodPost, simulatortest.TokenPath+"?"+simulatortest.Encode("client_id", client.ID, "client_secret", client.Secret,
			"grant_type", grantClient, "scope", simulatortest.ModelsScope), "").
		WantTokenError(http.StatusUnauthorized, "invalid_client")
}

func TestClientsMustUseTheirAuthenticationMethod(t *testing.T) {
	t.Parallel()

	clients := []oauth.Client{
		{ID: "basic", Secret: "s", AuthMethods: []string{"client_secret_basic"}, Scopes: []string{simulatortest.ModelsScope}},
		{ID: "post", Secret: "s", AuthMethods: []string{"client_secret_post"}, Scopes: []string{simulatortest.ModelsScope}},
		{ID: "both", Secret: "s", Scopes: []string{simulatortest.ModelsScope}},
		{ID: "public", Scopes: []string{simulatortest.ModelsScope}, RefreshTokens: []string{"r"}},
	}
	tm := simulatortest.NewTeam(t, simulator.Options{OAuth: oauth.Options{Clients: clients}})

	for _, test := range []struct {
		name   string
		header string
		form   []string
		status int
		code   string
	}{
		{"basic client uses basic", basic("basic", "s"), nil, http.StatusOK, ""},
		{"scheme in lower case", strings.Replace(basic("basic", "s"), "Basic", "basic", 1), nil, http.StatusOK, ""},
		{"id repeated in the form", basic("basic", "s"), []string{"client_id", "basic"}, http.StatusOK, ""},
		{"different id in the form", basic("basic", "s"), []string{"client_id", "both"}, 400, "invalid_request"},
		{"basic client uses post", "", []string{"client_id", "basic", "client_secret", "s"}, 401, "invalid_client"},
		{"post client uses post", "", []string{"client_id", "post", "client_secret", "s"}, http.StatusOK, ""},
		{"post client uses basic", basic("post", "s"), nil, 401, "invalid_client"},
		{"client with both methods uses basic", basic("both", "s"), nil, http.StatusOK, ""},
		{"client with both methods uses post", "", []string{"client_id", "both", "client_secret", "s"}, http.StatusOK, ""},
		{"client uses both methods at once", basic("both", "s"), []string{"client_id", "both", "client_secret", "s"}, 400, "invalid_request"},
		{"wrong secret, basic", basic("both", "x"), nil, 401, "invalid_client"},
		{"wrong secret, post", "", []string{"client_id", "both", "client_secret", "x"}, 401, "invalid_client"},
		{"unknown client", basic("nobody", "s"), nil, 401, "invalid_client"},
		{"no client", "", nil, 401, "invalid_client"},
		{"no secret", "", []string{"client_id", "both"}, 401, "invalid_client"},
		{"not base64", "Basic !", nil, 401, "invalid_client"},
		{"no colon", "Basic " + base64.StdEncoding.EncodeToString([]byte("both")), nil, 401, "invalid_client"},
		{"other scheme", strings.Replace(basic("both", "s"), "Basic", "Bearer", 1), nil, 401, "invalid_client"},
		{"public client", "", []string{"client_id", "public"}, 400, "unauthorized_client"},
		{"public client with a secret", "", []string{"client_id", "public", "client_secret", "x"}, 401, "invalid_client"},
		{"public client uses basic", basic("public", ""), nil, 401, "invalid_client"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			header := []string{"Content-Type", simulatortest.FormType}
			if test.header != "" {
				header = append(header, "Authorization", test.header)
			}

			form := simulatortest.Encode(append(test.form, "grant_type", grantClient, "scope", simulatortest.ModelsScope)...)
			got := simulatortest.Team{Simulator: tm.Simulator, T: t}.Do(http.MethodPost, simulatortest.TokenPath, form, header...)

			if test.code == "" {
				got.Want(test.status)

				return
			}

			got.WantTokenError(test.status, test.code)

			if challenge := got.Header.Get("WWW-Authenticate"); (challenge == "Basic") != (test.status == 401) {
				t.Errorf("WWW-Authenticate = %q", challenge)
			}
		})
	}
}

func TestBasicCredentialsAreFormEncodedOrRaw(t *testing.T) {
	t.Parallel()

	const secret = "s/e+c%72=t ü:"

	clients := []oauth.Client{{ID: "i d", Secret: secret, Scopes: []string{simulatortest.ModelsScope}}}
	raw := basic("i d", secret)
	encoded := basic(url.QueryEscape("i d"), url.QueryEscape(secret))
	form := simulatortest.Encode("grant_type", grantClient, "scope", simulatortest.ModelsScope)

	for _, rawWanted := range []bool{false, true} {
		tm := simulatortest.NewTeam(t, simulator.Options{OAuth: oauth.Options{Clients: clients, RawBasicCredentials: rawWanted}})

		for header, isRaw := range map[string]bool{raw: true, encoded: false} {
			got := tm.Do(http.MethodPost, simulatortest.TokenPath, form, "Content-Type", simulatortest.FormType, "Authorization", header)
			if isRaw == rawWanted {
				got.Want(http.StatusOK)
			} else {
				got.WantTokenError(http.StatusUnauthorized, "invalid_client")
			}
		}
	}
}

func TestScopeMayBeOptional(t *testing.T) {
	t.Parallel()

	got := simulatortest.NewTeam(t, simulator.Options{OAuth: oauth.Options{ScopeOptional: true}}).
		AskAsDefault("grant_type", grantClient).Want(http.StatusOK).Object()
	if got["scope"] != strings.Join(oauth.DefaultClient().Scopes, " ") {
		t.Errorf("granted scopes = %v", got["scope"])
	}
}

func TestUnregisteredScopesMayBeDropped(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{OAuth: oauth.Options{NarrowScopes: true}})

	got := tm.AskAsDefault("grant_type", grantClient, "scope", "studio "+simulatortest.ModelsScope+" "+simulatortest.ModelsScope).Want(http.StatusOK).Object()
	if got["scope"] != simulatortest.ModelsScope {
		t.Errorf("granted scopes = %v", got["scope"])
	}

	tm.AskAsDefault("grant_type", grantClient, "scope", "studio").WantTokenError(http.StatusBadRequest, "invalid_scope")
}

func TestRefreshTokensRemainValidUnlessRotated(t *testing.T) {
	t.Parallel()

	first := oauth.DefaultClient().RefreshTokens[0]
	refresh := func(tm simulatortest.Team, token string) simulatortest.Reply {
		return tm.AskAsDefault("grant_type", "refresh_token", "refresh_token", token, "scope", simulatortest.ModelsScope)
	}

	steady := simulatortest.NewTeam(t, simulator.Options{})
	for range 2 {
		got := refresh(steady, first).Want(http.StatusOK).Object()
		if _, ok := got["refresh_token"]; ok || got["scope"] != simulatortest.ModelsScope {
			t.Errorf("body = %v", got)
		}
	}

	rotating := simulatortest.NewTeam(t, simulator.Options{OAuth: oauth.Options{RotateRefreshTokens: true}})
	got := refresh(rotating, first).Want(http.StatusOK).Object()
	second, _ := got["refresh_token"].(string)

	refresh(rotating, first).WantTokenError(http.StatusBadRequest, "invalid_grant")
	refresh(rotating, second).Want(http.StatusOK)
	refresh(rotating, second).WantTokenError(http.StatusBadRequest, "invalid_grant")
}

func TestOnlyASuccessfulRefreshRotatesTheToken(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{OAuth: oauth.Options{RotateRefreshTokens: true}})
	token := oauth.DefaultClient().RefreshTokens[0]

	tm.AskAsDefault("grant_type", "client_credentials", "refresh_token", token, "scope", simulatortest.ModelsScope).Want(http.StatusOK)
	tm.AskAsDefault("grant_type", "refresh_token", "refresh_token", token, "scope", "studio").
		WantTokenError(http.StatusBadRequest, "invalid_scope")
	tm.AskAsDefault("grant_type", "refresh_token", "refresh_token", token, "scope", simulatortest.ModelsScope).Want(http.StatusOK)
}

func TestRefreshTokensBelongToTheirClient(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{OAuth: oauth.Options{Clients: []oauth.Client{
		{ID: "public", Scopes: []string{simulatortest.ModelsScope}, RefreshTokens: []string{"r"}},
		{ID: "other", Scopes: []string{simulatortest.ModelsScope}},
	}}})
	form := []string{"grant_type", "refresh_token", "refresh_token", "r", "scope", simulatortest.ModelsScope}

	got := tm.Ask(append(form, "client_id", "public")...).Want(http.StatusOK).Object()
	token, _ := got["access_token"].(string)
	tm.Do(http.MethodGet, simulatortest.ModelsPath, "", "Authorization", "Bearer "+token).Want(http.StatusOK)

	tm.Ask(append(form, "client_id", "other")...).WantTokenError(http.StatusBadRequest, "invalid_grant")
}

func TestTokenErrorFormats(t *testing.T) {
	t.Parallel()

	for shape, check := range map[oauth.TokenErrorShape]func(simulatortest.Reply) bool{
		oauth.TokenErrorOAuth: func(r simulatortest.Reply) bool {
			return r.Object()["error"] == "invalid_client" && r.Object()["error_description"] != nil &&
				r.Header.Get("Content-Type") == "application/json"
		},
		oauth.TokenErrorProblem: func(r simulatortest.Reply) bool {
			return r.Object()["errorCode"] == "INVALID_CLIENT" && r.Object()["status"] == 401.0 &&
				r.Header.Get("Content-Type") == "application/problem+json"
		},
		oauth.TokenErrorText: func(r simulatortest.Reply) bool {
			return r.Body != "" && !strings.Contains(r.Body, "{") &&
				strings.HasPrefix(r.Header.Get("Content-Type"), "text/plain")
		},
		oauth.TokenErrorEmpty: func(r simulatortest.Reply) bool { return r.Body == "" },
	} {
		got := simulatortest.NewTeam(t, simulator.Options{OAuth: oauth.Options{TokenErrors: shape}}).Ask().Want(http.StatusUnauthorized)
		if !check(got) || got.Header.Get("WWW-Authenticate") != "Basic" {
			t.Errorf("%s: header = %v, body = %s", shape, got.Header, got.Body)
		}
	}
}

func TestDefaultClientHasEveryScope(t *testing.T) {
	t.Parallel()

	for _, scope := range []string{
		simulatortest.ModelsScope, "intelligence.subscriptions:manage", "user-provisioning.scim", "team.user-group-info:read",
		"team.login-history:read", "authorization.permissions:read", "audit.log:read",
	} {
		if !slices.Contains(oauth.DefaultClient().Scopes, scope) {
			t.Errorf("%s is missing", scope)
		}
	}
}
