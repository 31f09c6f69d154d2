package simulator_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
)

func TestSubscriptionRequestsAreRefused(t *testing.T) {
	t.Parallel()

	const (
		illegal    = "GENERAL_PARAMETER_ILLEGAL"
		missing    = "GENERAL_PARAMETER_MISSING"
		constraint = "GENERAL_CONSTRAINT_VIOLATION"
		empty      = "SUBSCRIPTION_EMPTY_HEADER"
		noURI      = "SUBSCRIPTION_URI_ILLEGAL"
		failed     = "SUBSCRIPTION_CALLBACK_FAILED"
	)

	callback := func(uri string) string {
		return fmt.Sprintf(`{"name": "a", "callbackInfo": {"uri": %q, "protocol": "HTTPS"}}`, uri)
	}
	protocol := func(protocol string) string {
		return `{"name": "a", "callbackInfo": {"uri": "https://hooks.example.com", "protocol": ` + protocol + `}}`
	}
	size := func(bytes int) string {
		return withHeaders("a", fmt.Sprintf(`{"Host": "x", "Accept": %q}`, strings.Repeat("x", bytes-len("Hostx")-len("Accept"))))
	}

	tm := newShop(t, simulator.Options{})
	path := tm.subscribe("before")

	for _, test := range []struct{ body, code string }{
		{"", illegal},
		{"{", illegal},
		{"[]", illegal},
		{"null", illegal},
		{`"a"`, illegal},
		{"{}", missing},
		{`{"name": "a"}`, missing},
		{hook("a", `"extra": 1`), illegal},
		{hook("a", `"name": "b"`), illegal},
		{hook("a", `"status": "paused"`), illegal},
		{hook("a", `"Configurations": []`), illegal},
		{`{"callbackInfo": {"uri": "https://hooks.example.com", "protocol": "HTTPS"}}`, missing},
		{strings.Replace(hook("a"), `"a"`, "null", 1), illegal},
		{strings.Replace(hook("a"), `"a"`, "1", 1), illegal},
		{hook(""), constraint},
		{hook(strings.Repeat("ä", 1025)), constraint},
		{`{"name": "a", "callbackInfo": null}`, illegal},
		{`{"name": "a", "callbackInfo": []}`, illegal},
		{`{"name": "a", "callbackInfo": {}}`, missing},
		{`{"name": "a", "callbackInfo": {"uri": "https://hooks.example.com"}}`, missing},
		{`{"name": "a", "callbackInfo": {"protocol": "HTTPS"}}`, missing},
		{`{"name": "a", "callbackInfo": {"uri": "https://x", "protocol": "HTTPS", "url": "x"}}`, illegal},
		{`{"name": "a", "callbackInfo": {"uri": null, "protocol": "HTTPS"}}`, illegal},
		{callback(""), constraint},
		{callback("https://x/" + strings.Repeat("x", 1015)), constraint},
		{callback("http://hooks.example.com"), noURI},
		{callback("hooks.example.com"), noURI},
		{callback("/celonis"), noURI},
		{callback("https://"), noURI},
		{callback("https:///x"), noURI},
		{callback("https://:443/x"), noURI},
		{callback("https:hooks.example.com"), noURI},
		{callback("https://hooks.example.com/a b"), noURI},
		{callback("https://hooks.example.com/\n"), noURI},
		{callback("https://hooks.example.com:port"), noURI},
		{callback("https://hooks.invalid/x"), failed},
		{callback("https://a.b.INVALID:8443"), failed},
		{protocol("null"), illegal},
		{protocol(`"https"`), illegal},
		{protocol(`"HTTP"`), illegal},
		{protocol(`""`), illegal},
		{withHeaders("a", "null"), illegal},
		{withHeaders("a", `["Accept"]`), illegal},
		{withHeaders("a", `"Accept"`), illegal},
		{withHeaders("a", `{"Accept": 1}`), illegal},
		{withHeaders("a", `{"Accept": null}`), illegal},
		{withHeaders("a", `{"Accept": ["x"]}`), illegal},
		{withHeaders("a", `{"X-Token": "x"}`), illegal},
		{withHeaders("a", `{"Accept ": "x"}`), illegal},
		{withHeaders("a", `{"Accept": "x", "accept": "y"}`), illegal},
		{withHeaders("a", `{"Accept": "x", "Accept": "y"}`), illegal},
		{withHeaders("a", `{"Accept": "x\r\nX-More: y"}`), illegal},
		{withHeaders("a", `{"": "x"}`), empty},
		{withHeaders("a", `{" ": "x"}`), empty},
		{withHeaders("a", `{"Accept": ""}`), empty},
		{withHeaders("a", `{"Accept": " "}`), empty},
		{size(8193), constraint},
		{hook("a", `"configurations": null`), illegal},
		{hook("a", `"configurations": "SKIP_ERRORS"`), illegal},
		{hook("a", `"configurations": {}`), illegal},
		{hook("a", `"configurations": ["skip_errors"]`), illegal},
		{hook("a", `"configurations": [null]`), illegal},
		{hook("a", `"configurations": ["SKIP_ERRORS", "SKIP_ERRORS"]`), constraint},
	} {
		t.Run(test.body, func(t *testing.T) {
			t.Parallel()

			tm := tm
			tm.t = t

			tm.post(createPath, test.body).wantError(http.StatusBadRequest, test.code)
			tm.put(path, test.body).wantError(http.StatusBadRequest, test.code)

			if got := tm.stored(); got.Name != "before" {
				t.Errorf("%+v is stored", got)
			}
		})
	}
}

func TestSubscriptionRequestsAreTaken(t *testing.T) {
	t.Parallel()

	tm := newShop(t, simulator.Options{})
	path := tm.subscribe("before")

	for _, body := range []string{
		hook("a"),
		hook(strings.Repeat("ä", 1024)),
		hook(" "),
		hook("a", `"configurations": []`),
		hook("a", `"configurations": ["SKIP_ERRORS"]`),
		fmt.Sprintf(`{"name": "a", "callbackInfo": {"uri": "HTTPS://x/%s", "protocol": "HTTPS"}}`, strings.Repeat("x", 1014)),
		`{"name": "a", "callbackInfo": {"uri": "https://user:password@[::1]:8443/?a=b#c", "protocol": "HTTPS"}}`,
		`{"name": "a", "callbackInfo": {"uri": "https://notinvalid/", "protocol": "HTTPS"}}`,
		withHeaders("a", "{}"),
		withHeaders("a", `{"authorization": "x", "CONTENT-TYPE": "x", "User-Agent": "x", "Host": "x", "Accept": "ä"}`),
		withHeaders("a", fmt.Sprintf(`{"Host": "x", "Accept": %q}`, strings.Repeat("x", 8192-len("Hostx")-len("Accept")))),
	} {
		tm.post(createPath, body).want(http.StatusCreated)
		tm.put(path, body).want(http.StatusOK)
	}
}

func TestSubscriptionRequestsAreJSON(t *testing.T) {
	t.Parallel()

	tm := newShop(t, simulator.Options{})
	path := tm.subscribe("before")

	for contentType, want := range map[string]int{
		"": 415, "text/plain": 415, "application/x-www-form-urlencoded": 415, "application/json; charset=latin-1": 415,
		"application/json; charset=UTF-8": 200, "Application/JSON": 200,
	} {
		tm.do(http.MethodPut, path, hook("a"),
			"Authorization", "Bearer "+oauth.DefaultUserKey().Value, "Content-Type", contentType).want(want)
	}
}

func TestUnreachableHostsAreChosen(t *testing.T) {
	t.Parallel()

	tm := newShop(t, simulator.Options{Subscriptions: intelligence.SubscriptionOptions{UnreachableHosts: []string{"Down.example.com", ".Lost"}}})

	for uri, reachable := range map[string]bool{
		"https://down.example.com/x": false, "https://DOWN.example.com:8443": false, "https://a.lost": false,
		"https://up.down.example.com": true, "https://lost": true, "https://a.invalid": true,
	} {
		got := tm.post(createPath, fmt.Sprintf(`{"name": "a", "callbackInfo": {"uri": %q, "protocol": "HTTPS"}}`, uri))
		if reachable {
			got.want(http.StatusCreated)
		} else {
			got.wantError(http.StatusBadRequest, "SUBSCRIPTION_CALLBACK_FAILED")
		}
	}
}
