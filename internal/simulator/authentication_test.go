package simulator_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

func TestLiveCredentialsAreAccepted(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{})
	user, app := oauth.DefaultUserKey().Value, oauth.DefaultApplicationKey().Value

	for _, header := range []string{
		"Bearer " + tm.token(kmScope), "bearer " + tm.token(kmScope), "BEARER " + user, "Bearer  " + user, "Bearer " + user,
		"AppKey " + app, "appkey " + app,
	} {
		tm.do(http.MethodGet, listPath, "", "Authorization", header).want(http.StatusOK)
	}
}

func TestUnknownCredentialsAreUnauthorized(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{})
	user, app := oauth.DefaultUserKey().Value, oauth.DefaultApplicationKey().Value
	foreign := newTeam(t, simulator.Options{}).token(kmScope)

	for _, header := range [][]string{
		nil,
		{"AppKey", app}, // The header that the OpenAPI files show; the prose says Authorization.
		{"Authorization", "Bearer " + app},
		{"Authorization", "AppKey " + user},
		{"Authorization", "AppKey " + tm.token(kmScope)},
		{"Authorization", "Bearer unknown"},
		{"Authorization", "Bearer " + strings.ToUpper(user)},
		{"Authorization", "Bearer " + foreign},
	} {
		got := tm.do(http.MethodGet, listPath, "", header...).want(http.StatusUnauthorized)
		if strings.TrimSpace(got.body) != `{"error":"Unauthorized"}` || got.header.Get("WWW-Authenticate") == "" {
			t.Errorf("%v answers %v %s", header, got.header, got.body)
		}
	}
}

func TestMalformedAuthorizationIsRefusedInPlainText(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{})
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
		got := tm.do(http.MethodGet, listPath, "", header...).want(http.StatusUnauthorized)
		if !strings.HasPrefix(got.header.Get("Content-Type"), "text/plain") || strings.Contains(got.body, "{") {
			t.Errorf("%v answers %v %s", header, got.header, got.body)
		}
	}
}

func TestCredentialsInTheURLAreIgnored(t *testing.T) {
	t.Parallel()

	newTeam(t, simulator.Options{}).
		do(http.MethodGet, listPath+"?access_token="+oauth.DefaultUserKey().Value, "").
		want(http.StatusUnauthorized)
}

func TestUnauthenticatedCallersLearnNothingOfPaths(t *testing.T) {
	t.Parallel()

	newTeam(t, simulator.Options{}).do(http.MethodGet, "/intelligence/api/nothing", "").want(http.StatusUnauthorized)
}

func TestTokensExpire(t *testing.T) {
	t.Parallel()

	for _, test := range []struct{ option, lives time.Duration }{
		{0, 899 * time.Second},
		{time.Minute, time.Minute},
	} {
		now := newClock()
		tm := newTeam(t, simulator.Options{Now: now.read, OAuth: oauth.Options{TokenLifetime: test.option}})
		header := "Bearer " + tm.token(kmScope)

		now.now = now.now.Add(test.lives - time.Nanosecond)
		tm.do(http.MethodGet, listPath, "", "Authorization", header).want(http.StatusOK)

		now.now = now.now.Add(time.Nanosecond)
		tm.do(http.MethodGet, listPath, "", "Authorization", header).want(http.StatusUnauthorized)
	}
}

func TestExpireTokensRefusesEarlierTokensOnly(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{})
	before := tm.token(kmScope)

	tm.ExpireTokens()
	tm.do(http.MethodGet, listPath, "", "Authorization", "Bearer "+before).want(http.StatusUnauthorized)
	tm.do(http.MethodGet, listPath, "", "Authorization", "Bearer "+tm.token(kmScope)).want(http.StatusOK)
	tm.get(listPath).want(http.StatusOK)
}

func TestTokensNeedTheScopeOfTheAPI(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{})

	for _, target := range []string{listPath, listPath + "/p.km"} {
		tm.do(http.MethodGet, target, "", "Authorization", "Bearer "+tm.token("audit.log:read")).
			wantError(http.StatusForbidden, "ADMIN_ACCESS_ERROR")
	}
}

func TestAnAPIThatIsOffForbidsWithoutABody(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{Server: server.Options{APIsOff: []string{"knowledge-models"}}})

	if got := tm.get(listPath).want(http.StatusForbidden); got.body != "" {
		t.Errorf("body %q", got.body)
	}

	tm.do(http.MethodGet, listPath, "").want(http.StatusUnauthorized)
}

func TestAnAPIThatIsOffDoesNotAskForItsScope(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{Server: server.Options{APIsOff: []string{"knowledge-models"}}})

	got := tm.do(http.MethodGet, listPath, "", "Authorization", "Bearer "+tm.token("audit.log:read")).want(http.StatusForbidden)
	if got.body != "" {
		t.Errorf("body %q", got.body)
	}
}
