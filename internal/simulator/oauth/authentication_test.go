package oauth_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/simulatortest"
)

func TestValidCredentialsAreAccepted(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{})
	user, app := oauth.DefaultUserKey().Value, oauth.DefaultApplicationKey().Value

	for _, header := range []string{
		"Bearer " + tm.Token(simulatortest.ModelsScope), "bearer " + tm.Token(simulatortest.ModelsScope), "BEARER " + user, "Bearer  " + user, "Bearer " + user,
		"AppKey " + app, "appkey " + app,
	} {
		tm.Do(http.MethodGet, simulatortest.ModelsPath, "", "Authorization", header).Want(http.StatusOK)
	}
}

func TestUnknownCredentialsAreUnauthorized(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{})
	user, app := oauth.DefaultUserKey().Value, oauth.DefaultApplicationKey().Value
	foreign := simulatortest.NewTeam(t, simulator.Options{}).Token(simulatortest.ModelsScope)

	for _, header := range [][]string{
		nil,
		{"AppKey", app}, // The OpenAPI files specify an AppKey header, but the documentation pages specify Authorization.
		{"Authorization", "Bearer " + app},
		{"Authorization", "AppKey " + user},
		{"Authorization", "AppKey " + tm.Token(simulatortest.ModelsScope)},
		{"Authorization", "Bearer unknown"},
		{"Authorization", "Bearer " + strings.ToUpper(user)},
		{"Authorization", "Bearer " + foreign},
	} {
		got := tm.Do(http.MethodGet, simulatortest.ModelsPath, "", header...).Want(http.StatusUnauthorized)
		if strings.TrimSpace(got.Body) != `{"error":"Unauthorized"}` || got.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("%v: header = %v, body = %s", header, got.Header, got.Body)
		}
	}
}

func TestMalformedAuthorizationIsRejectedInPlainText(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{})
	user := oauth.DefaultUserKey().Value

	for _, header := range [][]string{
		{"Authorization", ""},
		{"Authorization", user},
		{"Authorization", "Bearer"},
		{"Authorization", "Bearer "},
		{"Authorization", "Bearer " + user + " " + user},
		{"Authorization", "Basic " + user},
		{"Authorization", "Token " + user},
		{"Authorization", "Bearer " + user, "Authorization", "Bearer " + user},
	} {
		got := tm.Do(http.MethodGet, simulatortest.ModelsPath, "", header...).Want(http.StatusUnauthorized)
		if !strings.HasPrefix(got.Header.Get("Content-Type"), "text/plain") || strings.Contains(got.Body, "{") {
			t.Errorf("%v: header = %v, body = %s", header, got.Header, got.Body)
		}
	}
}

func TestCredentialsInTheURLAreIgnored(t *testing.T) {
	t.Parallel()

	simulatortest.NewTeam(t, simulator.Options{}).
		Do(http.MethodGet, simulatortest.ModelsPath+"?access_token="+oauth.DefaultUserKey().Value, "").
		Want(http.StatusUnauthorized)
}

func TestUnauthenticatedRequestsDoNotRevealPaths(t *testing.T) {
	t.Parallel()

	simulatortest.NewTeam(t, simulator.Options{}).Do(http.MethodGet, "/intelligence/api/nothing", "").Want(http.StatusUnauthorized)
}

func TestTokensExpire(t *testing.T) {
	t.Parallel()

	for _, test := range []struct{ option, lives time.Duration }{
		{0, 899 * time.Second},
		{time.Minute, time.Minute},
	} {
		now := simulatortest.NewClock()
		tm := simulatortest.NewTeam(t, simulator.Options{Now: now.Read, OAuth: oauth.Options{TokenLifetime: test.option}})
		header := "Bearer " + tm.Token(simulatortest.ModelsScope)

		now.Now = now.Now.Add(test.lives - time.Nanosecond)
		tm.Do(http.MethodGet, simulatortest.ModelsPath, "", "Authorization", header).Want(http.StatusOK)

		now.Now = now.Now.Add(time.Nanosecond)
		tm.Do(http.MethodGet, simulatortest.ModelsPath, "", "Authorization", header).Want(http.StatusUnauthorized)
	}
}

func TestExpireTokensRejectsOnlyEarlierTokens(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{})
	before := tm.Token(simulatortest.ModelsScope)

	tm.ExpireTokens()
	tm.Do(http.MethodGet, simulatortest.ModelsPath, "", "Authorization", "Bearer "+before).Want(http.StatusUnauthorized)
	tm.Do(http.MethodGet, simulatortest.ModelsPath, "", "Authorization", "Bearer "+tm.Token(simulatortest.ModelsScope)).Want(http.StatusOK)
	tm.Get(simulatortest.ModelsPath).Want(http.StatusOK)
}

func TestTokensRequireTheScopeOfTheAPI(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{})

	for _, target := range []string{simulatortest.ModelsPath, simulatortest.ModelsPath + "/p.km"} {
		tm.Do(http.MethodGet, target, "", "Authorization", "Bearer "+tm.Token("audit.log:read")).
			WantError(http.StatusForbidden, "ADMIN_ACCESS_ERROR")
	}
}

func TestInactiveAPIReturns403WithoutABody(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{Server: server.Options{InactiveAPIs: []string{"knowledge-models"}}})

	if got := tm.Get(simulatortest.ModelsPath).Want(http.StatusForbidden); got.Body != "" {
		t.Errorf("body = %q, want none", got.Body)
	}

	tm.Do(http.MethodGet, simulatortest.ModelsPath, "").Want(http.StatusUnauthorized)
}

func TestInactiveAPIDoesNotCheckItsScope(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{Server: server.Options{InactiveAPIs: []string{"knowledge-models"}}})

	got := tm.Do(http.MethodGet, simulatortest.ModelsPath, "", "Authorization", "Bearer "+tm.Token("audit.log:read")).Want(http.StatusForbidden)
	if got.Body != "" {
		t.Errorf("body = %q, want none", got.Body)
	}
}
