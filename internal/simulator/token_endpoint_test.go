package simulator_test

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
)

// grantClient is the grant_type of a client that asks for itself.
const grantClient = "client_credentials"

func basic(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
}

// defaultBasic is the header of the default client, whose id and secret need no form-encoding.
func defaultBasic() string {
	client := oauth.DefaultClient()

	return basic(client.ID, client.Secret)
}

func TestTokenAnswerLooksLikeTheVendorsSample(t *testing.T) {
	t.Parallel()

	now := newClock()
	tm := newTeam(t, simulator.Options{Now: now.read})
	got := tm.askAsDefault("grant_type", grantClient, "scope", kmScope+" audit.log:read").want(http.StatusOK)
	body := got.object()

	if body["token_type"] != "Bearer" || body["scope"] != kmScope+" audit.log:read" || body["expires_in"] != 899.0 {
		t.Errorf("got %v", body)
	}

	if _, ok := body["refresh_token"]; ok {
		t.Error("client credentials got a refresh token")
	}

	if got.header.Get("Cache-Control") != "no-store" || got.header.Get("Content-Type") != "application/json" {
		t.Errorf("header %v", got.header)
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
			t.Errorf("part %q: %v", part, err)
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
		claims.Iat != now.now.Unix() || len(claims.Scope) != 2 || claims.Jti == "" {
		t.Errorf("header %+v, claims %+v", header, claims)
	}
}

func TestTokensAreUnique(t *testing.T) {
	t.Parallel()

	now := newClock()
	tm := newTeam(t, simulator.Options{Now: now.read})

	if first, second := tm.token(kmScope), tm.token(kmScope); first == second {
		t.Error("two tokens are equal")
	}
}

func TestExpiresInSwitches(t *testing.T) {
	t.Parallel()

	body := newTeam(t, simulator.Options{OAuth: oauth.Options{OmitExpiresIn: true}}).
		askAsDefault("grant_type", grantClient, "scope", kmScope).want(http.StatusOK).object()
	if _, ok := body["expires_in"]; ok {
		t.Errorf("got %v", body)
	}

	body = newTeam(t, simulator.Options{OAuth: oauth.Options{TokenLifetime: time.Minute}}).
		askAsDefault("grant_type", grantClient, "scope", kmScope).want(http.StatusOK).object()
	if body["expires_in"] != 60.0 {
		t.Errorf("got %v", body)
	}
}

func TestTokenRequestInEveryDocumentedContentType(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{})
	client := oauth.DefaultClient()

	var body bytes.Buffer

	form := multipart.NewWriter(&body)
	for name, value := range map[string]string{
		"client_id": client.ID, "client_secret": client.Secret, "grant_type": grantClient, "scope": kmScope,
	} {
		if err := form.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}

	if err := form.Close(); err != nil {
		t.Fatal(err)
	}

	tm.do(http.MethodPost, tokenPath, body.String(), "Content-Type", form.FormDataContentType()).want(http.StatusOK)
	tm.askAsDefault("grant_type", grantClient, "scope", kmScope).want(http.StatusOK)

	query := tokenPath + "?" + encode("grant_type", grantClient, "scope", kmScope)
	tm.do(http.MethodPost, query, "", "Authorization", defaultBasic()).want(http.StatusOK)
}

func TestTokenRequestInOtherContentTypesIsInvalid(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{})
	form := encode("grant_type", grantClient, "scope", kmScope)

	for _, test := range []struct{ contentType, body string }{
		{"application/json", `{"grant_type":"client_credentials","scope":"` + kmScope + `"}`},
		{"text/plain", form},
		{"", form},
		{"multipart/form-data", form},
		{"multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\ny\r\n--x--\r\n"},
		{formType, "scope=%zz"},
	} {
		header := []string{"Authorization", defaultBasic()}
		if test.contentType != "" {
			header = append(header, "Content-Type", test.contentType)
		}

		// What the query holds would be enough.
		tm.do(http.MethodPost, tokenPath+"?"+form, test.body, header...).
			wantTokenError(http.StatusBadRequest, "invalid_request")
	}
}

func TestTokenEndpointTakesPostOnly(t *testing.T) {
	t.Parallel()

	got := newTeam(t, simulator.Options{}).
		do(http.MethodGet, tokenPath+"?"+encode("grant_type", grantClient, "scope", kmScope), "",
			"Authorization", defaultBasic()).
		want(http.StatusMethodNotAllowed)
	if got.header.Get("Allow") != http.MethodPost {
		t.Errorf("Allow: %q", got.header.Get("Allow"))
	}
}

func TestInvalidTokenRequests(t *testing.T) {
	t.Parallel()

	client := oauth.DefaultClient()

	for name, test := range map[string]struct {
		form []string
		code string
	}{
		"no grant":            {[]string{"scope", kmScope}, "invalid_request"},
		"empty grant":         {[]string{"grant_type", "", "scope", kmScope}, "invalid_request"},
		"unknown grant":       {[]string{"grant_type", "password", "scope", kmScope}, "unsupported_grant_type"},
		"no scope":            {[]string{"grant_type", grantClient}, "invalid_scope"},
		"empty scope":         {[]string{"grant_type", grantClient, "scope", ""}, "invalid_scope"},
		"unregistered scope":  {[]string{"grant_type", grantClient, "scope", kmScope + " studio"}, "invalid_scope"},
		"two spaces":          {[]string{"grant_type", grantClient, "scope", kmScope + "  audit.log:read"}, "invalid_scope"},
		"comma":               {[]string{"grant_type", grantClient, "scope", kmScope + ",audit.log:read"}, "invalid_scope"},
		"scope twice":         {[]string{"grant_type", grantClient, "scope", kmScope, "scope", kmScope}, "invalid_request"},
		"grant twice":         {[]string{"grant_type", grantClient, "grant_type", grantClient, "scope", kmScope}, "invalid_request"},
		"unknown param twice": {[]string{"grant_type", grantClient, "scope", kmScope, "x", "1", "x", "2"}, "invalid_request"},
		"no refresh token":    {[]string{"grant_type", "refresh_token", "scope", kmScope}, "invalid_request"},
		"bad refresh token": {
			[]string{"grant_type", "refresh_token", "refresh_token", "unknown", "scope", kmScope}, "invalid_grant",
		},
		"refresh beyond the client's scopes": {
			[]string{"grant_type", "refresh_token", "refresh_token", client.RefreshTokens[0], "scope", "studio"},
			"invalid_scope",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			newTeam(t, simulator.Options{}).askAsDefault(test.form...).wantTokenError(http.StatusBadRequest, test.code)
		})
	}
}

func TestParameterInFormAndQueryIsRepeated(t *testing.T) {
	t.Parallel()

	newTeam(t, simulator.Options{}).
		do(http.MethodPost, tokenPath+"?grant_type="+grantClient, encode("grant_type", grantClient, "scope", kmScope),
			"Content-Type", formType, "Authorization", defaultBasic()).
		wantTokenError(http.StatusBadRequest, "invalid_request")
}

func TestEmptyParametersGiveWayToTheOtherPlace(t *testing.T) {
	t.Parallel()

	for _, test := range []struct{ query, form string }{
		{encode("grant_type", grantClient), encode("grant_type", "", "scope", kmScope)},
		{encode("grant_type", ""), encode("grant_type", grantClient, "scope", kmScope)},
		{encode("scope", kmScope), encode("grant_type", grantClient, "scope", "")},
	} {
		newTeam(t, simulator.Options{}).
			do(http.MethodPost, tokenPath+"?"+test.query, test.form, "Content-Type", formType, "Authorization", defaultBasic()).
			want(http.StatusOK)
	}
}

func TestMissingScopeMayBeAnInvalidRequest(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{OAuth: oauth.Options{MissingScopeIsInvalidRequest: true}})
	tm.askAsDefault("grant_type", grantClient).wantTokenError(http.StatusBadRequest, "invalid_request")
	tm.askAsDefault("grant_type", grantClient, "scope", "studio").wantTokenError(http.StatusBadRequest, "invalid_scope")
}

func TestShortLifetimesAnnounceAtLeastASecond(t *testing.T) {
	t.Parallel()

	for lifetime, want := range map[time.Duration]float64{
		time.Nanosecond: 1, 999 * time.Millisecond: 1, time.Second: 1, 2500 * time.Millisecond: 2,
	} {
		got := newTeam(t, simulator.Options{OAuth: oauth.Options{TokenLifetime: lifetime}}).
			askAsDefault("grant_type", grantClient, "scope", kmScope).want(http.StatusOK).object()
		if got["expires_in"] != want {
			t.Errorf("%v is announced as %v", lifetime, got["expires_in"])
		}
	}
}

func TestCredentialsInTheTokenURLAreIgnored(t *testing.T) {
	t.Parallel()

	client := oauth.DefaultClient()

	newTeam(t, simulator.Options{}).
		do(http.MethodPost, tokenPath+"?"+encode("client_id", client.ID, "client_secret", client.Secret,
			"grant_type", grantClient, "scope", kmScope), "").
		wantTokenError(http.StatusUnauthorized, "invalid_client")
}

func TestClientsAuthenticateByTheirMethodOnly(t *testing.T) {
	t.Parallel()

	clients := []oauth.Client{
		{ID: "basic", Secret: "s", AuthMethods: []string{"client_secret_basic"}, Scopes: []string{kmScope}},
		{ID: "post", Secret: "s", AuthMethods: []string{"client_secret_post"}, Scopes: []string{kmScope}},
		{ID: "both", Secret: "s", Scopes: []string{kmScope}},
		{ID: "public", Scopes: []string{kmScope}, RefreshTokens: []string{"r"}},
	}
	tm := newTeam(t, simulator.Options{OAuth: oauth.Options{Clients: clients}})

	for _, test := range []struct {
		name   string
		header string
		form   []string
		status int
		code   string
	}{
		{"basic by basic", basic("basic", "s"), nil, http.StatusOK, ""},
		{"scheme in lower case", strings.Replace(basic("basic", "s"), "Basic", "basic", 1), nil, http.StatusOK, ""},
		{"id repeated in the form", basic("basic", "s"), []string{"client_id", "basic"}, http.StatusOK, ""},
		{"other id in the form", basic("basic", "s"), []string{"client_id", "both"}, 400, "invalid_request"},
		{"basic by post", "", []string{"client_id", "basic", "client_secret", "s"}, 401, "invalid_client"},
		{"post by post", "", []string{"client_id", "post", "client_secret", "s"}, http.StatusOK, ""},
		{"post by basic", basic("post", "s"), nil, 401, "invalid_client"},
		{"both by basic", basic("both", "s"), nil, http.StatusOK, ""},
		{"both by post", "", []string{"client_id", "both", "client_secret", "s"}, http.StatusOK, ""},
		{"both at once", basic("both", "s"), []string{"client_id", "both", "client_secret", "s"}, 400, "invalid_request"},
		{"wrong secret, basic", basic("both", "x"), nil, 401, "invalid_client"},
		{"wrong secret, post", "", []string{"client_id", "both", "client_secret", "x"}, 401, "invalid_client"},
		{"unknown client", basic("nobody", "s"), nil, 401, "invalid_client"},
		{"no client", "", nil, 401, "invalid_client"},
		{"no secret", "", []string{"client_id", "both"}, 401, "invalid_client"},
		{"not base64", "Basic !", nil, 401, "invalid_client"},
		{"no colon", "Basic " + base64.StdEncoding.EncodeToString([]byte("both")), nil, 401, "invalid_client"},
		{"other scheme", strings.Replace(basic("both", "s"), "Basic", "Bearer", 1), nil, 401, "invalid_client"},
		{"public has no credentials", "", []string{"client_id", "public"}, 400, "unauthorized_client"},
		{"public with a secret", "", []string{"client_id", "public", "client_secret", "x"}, 401, "invalid_client"},
		{"public by basic", basic("public", ""), nil, 401, "invalid_client"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			header := []string{"Content-Type", formType}
			if test.header != "" {
				header = append(header, "Authorization", test.header)
			}

			form := encode(append(test.form, "grant_type", grantClient, "scope", kmScope)...)
			got := team{tm.Simulator, t}.do(http.MethodPost, tokenPath, form, header...)

			if test.code == "" {
				got.want(test.status)

				return
			}

			got.wantTokenError(test.status, test.code)

			if challenge := got.header.Get("WWW-Authenticate"); (challenge == "Basic") != (test.status == 401) {
				t.Errorf("WWW-Authenticate: %q", challenge)
			}
		})
	}
}

func TestBasicCredentialsAreFormEncodedOrRaw(t *testing.T) {
	t.Parallel()

	const secret = "s/e+c%72=t ü:"

	clients := []oauth.Client{{ID: "i d", Secret: secret, Scopes: []string{kmScope}}}
	raw := basic("i d", secret)
	encoded := basic(url.QueryEscape("i d"), url.QueryEscape(secret))
	form := encode("grant_type", grantClient, "scope", kmScope)

	for _, rawWanted := range []bool{false, true} {
		tm := newTeam(t, simulator.Options{OAuth: oauth.Options{Clients: clients, RawBasicCredentials: rawWanted}})

		for header, isRaw := range map[string]bool{raw: true, encoded: false} {
			got := tm.do(http.MethodPost, tokenPath, form, "Content-Type", formType, "Authorization", header)
			if isRaw == rawWanted {
				got.want(http.StatusOK)
			} else {
				got.wantTokenError(http.StatusUnauthorized, "invalid_client")
			}
		}
	}
}

func TestScopeMayBeOptional(t *testing.T) {
	t.Parallel()

	got := newTeam(t, simulator.Options{OAuth: oauth.Options{ScopeOptional: true}}).
		askAsDefault("grant_type", grantClient).want(http.StatusOK).object()
	if got["scope"] != strings.Join(oauth.DefaultClient().Scopes, " ") {
		t.Errorf("granted %v", got["scope"])
	}
}

func TestUnregisteredScopesMayBeDropped(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{OAuth: oauth.Options{NarrowScopes: true}})

	got := tm.askAsDefault("grant_type", grantClient, "scope", "studio "+kmScope+" "+kmScope).want(http.StatusOK).object()
	if got["scope"] != kmScope {
		t.Errorf("granted %v", got["scope"])
	}

	tm.askAsDefault("grant_type", grantClient, "scope", "studio").wantTokenError(http.StatusBadRequest, "invalid_scope")
}

func TestRefreshTokensStayValidUnlessRotated(t *testing.T) {
	t.Parallel()

	first := oauth.DefaultClient().RefreshTokens[0]
	refresh := func(tm team, token string) reply {
		return tm.askAsDefault("grant_type", "refresh_token", "refresh_token", token, "scope", kmScope)
	}

	steady := newTeam(t, simulator.Options{})
	for range 2 {
		got := refresh(steady, first).want(http.StatusOK).object()
		if _, ok := got["refresh_token"]; ok || got["scope"] != kmScope {
			t.Errorf("got %v", got)
		}
	}

	rotating := newTeam(t, simulator.Options{OAuth: oauth.Options{RotateRefreshTokens: true}})
	got := refresh(rotating, first).want(http.StatusOK).object()
	second, _ := got["refresh_token"].(string)

	refresh(rotating, first).wantTokenError(http.StatusBadRequest, "invalid_grant")
	refresh(rotating, second).want(http.StatusOK)
	refresh(rotating, second).wantTokenError(http.StatusBadRequest, "invalid_grant")
}

func TestOnlyARefreshRotates(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{OAuth: oauth.Options{RotateRefreshTokens: true}})
	token := oauth.DefaultClient().RefreshTokens[0]

	tm.askAsDefault("grant_type", "client_credentials", "refresh_token", token, "scope", kmScope).want(http.StatusOK)
	tm.askAsDefault("grant_type", "refresh_token", "refresh_token", token, "scope", "studio").
		wantTokenError(http.StatusBadRequest, "invalid_scope")
	tm.askAsDefault("grant_type", "refresh_token", "refresh_token", token, "scope", kmScope).want(http.StatusOK)
}

func TestRefreshTokensBelongToTheirClient(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{OAuth: oauth.Options{Clients: []oauth.Client{
		{ID: "public", Scopes: []string{kmScope}, RefreshTokens: []string{"r"}},
		{ID: "other", Scopes: []string{kmScope}},
	}}})
	form := []string{"grant_type", "refresh_token", "refresh_token", "r", "scope", kmScope}

	got := tm.ask(append(form, "client_id", "public")...).want(http.StatusOK).object()
	token, _ := got["access_token"].(string)
	tm.do(http.MethodGet, listPath, "", "Authorization", "Bearer "+token).want(http.StatusOK)

	tm.ask(append(form, "client_id", "other")...).wantTokenError(http.StatusBadRequest, "invalid_grant")
}

func TestTokenErrorShapes(t *testing.T) {
	t.Parallel()

	for shape, check := range map[oauth.TokenErrorShape]func(reply) bool{
		oauth.TokenErrorOAuth: func(r reply) bool {
			return r.object()["error"] == "invalid_client" && r.object()["error_description"] != nil &&
				r.header.Get("Content-Type") == "application/json"
		},
		oauth.TokenErrorProblem: func(r reply) bool {
			return r.object()["errorCode"] == "INVALID_CLIENT" && r.object()["status"] == 401.0 &&
				r.header.Get("Content-Type") == "application/problem+json"
		},
		oauth.TokenErrorText: func(r reply) bool {
			return r.body != "" && !strings.Contains(r.body, "{") &&
				strings.HasPrefix(r.header.Get("Content-Type"), "text/plain")
		},
		oauth.TokenErrorEmpty: func(r reply) bool { return r.body == "" },
	} {
		got := newTeam(t, simulator.Options{OAuth: oauth.Options{TokenErrors: shape}}).ask().want(http.StatusUnauthorized)
		if !check(got) || got.header.Get("WWW-Authenticate") != "Basic" {
			t.Errorf("%s: %v %s", shape, got.header, got.body)
		}
	}
}

func TestDefaultClientHoldsEveryScope(t *testing.T) {
	t.Parallel()

	for _, scope := range []string{
		kmScope, "intelligence.subscriptions:manage", "user-provisioning.scim", "team.user-group-info:read",
		"team.login-history:read", "authorization.permissions:read", "audit.log:read",
	} {
		if !slices.Contains(oauth.DefaultClient().Scopes, scope) {
			t.Errorf("%s is missing", scope)
		}
	}
}
