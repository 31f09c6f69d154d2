package intelligence_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/simulatortest"
)

func TestInvalidSubscriptionRequestsAreRejected(t *testing.T) {
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
		return simulatortest.HookWithHeaders("a", fmt.Sprintf(`{"Host": "x", "Accept": %q}`, strings.Repeat("x", bytes-len("Hostx")-len("Accept"))))
	}

	tm := simulatortest.NewShop(t, simulator.Options{})
	path := tm.Subscribe("before")

	for _, test := range []struct{ body, code string }{
		{"", illegal},
		{"{", illegal},
		{"[]", illegal},
		{"null", illegal},
		{`"a"`, illegal},
		{"{}", missing},
		{`{"name": "a"}`, missing},
		{simulatortest.Hook("a", `"extra": 1`), illegal},
		{simulatortest.Hook("a", `"name": "b"`), illegal},
		{simulatortest.Hook("a", `"status": "paused"`), illegal},
		{simulatortest.Hook("a", `"Configurations": []`), illegal},
		{`{"callbackInfo": {"uri": "https://hooks.example.com", "protocol": "HTTPS"}}`, missing},
		{strings.Replace(simulatortest.Hook("a"), `"a"`, "null", 1), illegal},
		{strings.Replace(simulatortest.Hook("a"), `"a"`, "1", 1), illegal},
		{simulatortest.Hook(""), constraint},
		{simulatortest.Hook(strings.Repeat("ä", 1025)), constraint},
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
		{simulatortest.HookWithHeaders("a", "null"), illegal},
		{simulatortest.HookWithHeaders("a", `["Accept"]`), illegal},
		{simulatortest.HookWithHeaders("a", `"Accept"`), illegal},
		{simulatortest.HookWithHeaders("a", `{"Accept": 1}`), illegal},
		{simulatortest.HookWithHeaders("a", `{"Accept": null}`), illegal},
		{simulatortest.HookWithHeaders("a", `{"Accept": ["x"]}`), illegal},
		{simulatortest.HookWithHeaders("a", `{"X-Token": "x"}`), illegal},
		{simulatortest.HookWithHeaders("a", `{"Accept ": "x"}`), illegal},
		{simulatortest.HookWithHeaders("a", `{"Accept": "x", "accept": "y"}`), illegal},
		{simulatortest.HookWithHeaders("a", `{"Accept": "x", "Accept": "y"}`), illegal},
		{simulatortest.HookWithHeaders("a", `{"Accept": "x\r\nX-More: y"}`), illegal},
		{simulatortest.HookWithHeaders("a", `{"": "x"}`), empty},
		{simulatortest.HookWithHeaders("a", `{" ": "x"}`), empty},
		{simulatortest.HookWithHeaders("a", `{"Accept": ""}`), empty},
		{simulatortest.HookWithHeaders("a", `{"Accept": " "}`), empty},
		{size(8193), constraint},
		{simulatortest.Hook("a", `"configurations": null`), illegal},
		{simulatortest.Hook("a", `"configurations": "SKIP_ERRORS"`), illegal},
		{simulatortest.Hook("a", `"configurations": {}`), illegal},
		{simulatortest.Hook("a", `"configurations": ["skip_errors"]`), illegal},
		{simulatortest.Hook("a", `"configurations": [null]`), illegal},
		{simulatortest.Hook("a", `"configurations": ["SKIP_ERRORS", "SKIP_ERRORS"]`), constraint},
	} {
		t.Run(test.body, func(t *testing.T) {
			t.Parallel()

			tm := tm
			tm.T = t

			tm.Post(simulatortest.CreationPath, test.body).WantError(http.StatusBadRequest, test.code)
			tm.Put(path, test.body).WantError(http.StatusBadRequest, test.code)

			if got := tm.Stored(); got.Name != "before" {
				t.Errorf("stored = %+v", got)
			}
		})
	}
}

func TestValidSubscriptionRequestsAreAccepted(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{})
	path := tm.Subscribe("before")

	for _, body := range []string{
		simulatortest.Hook("a"),
		simulatortest.Hook(strings.Repeat("ä", 1024)),
		simulatortest.Hook(" "),
		simulatortest.Hook("a", `"configurations": []`),
		simulatortest.Hook("a", `"configurations": ["SKIP_ERRORS"]`),
		fmt.Sprintf(`{"name": "a", "callbackInfo": {"uri": "HTTPS://x/%s", "protocol": "HTTPS"}}`, strings.Repeat("x", 1014)),
		`{"name": "a", "callbackInfo": {"uri": "https://user:password@[::1]:8443/?a=b#c", "protocol": "HTTPS"}}`,
		`{"name": "a", "callbackInfo": {"uri": "https://notinvalid/", "protocol": "HTTPS"}}`,
		simulatortest.HookWithHeaders("a", "{}"),
		simulatortest.HookWithHeaders("a", `{"authorization": "x", "CONTENT-TYPE": "x", "User-Agent": "x", "Host": "x", "Accept": "ä"}`),
		simulatortest.HookWithHeaders("a", fmt.Sprintf(`{"Host": "x", "Accept": %q}`, strings.Repeat("x", 8192-len("Hostx")-len("Accept")))),
	} {
		tm.Post(simulatortest.CreationPath, body).Want(http.StatusCreated)
		tm.Put(path, body).Want(http.StatusOK)
	}
}

func TestSubscriptionRequestsMustBeJSON(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{})
	path := tm.Subscribe("before")

	for contentType, want := range map[string]int{
		"": 415, "text/plain": 415, "application/x-www-form-urlencoded": 415, "application/json; charset=latin-1": 415,
		"application/json; charset=UTF-8": 200, "Application/JSON": 200,
	} {
		tm.Do(http.MethodPut, path, simulatortest.Hook("a"),
			"Authorization", "Bearer "+oauth.DefaultUserKey().Value, "Content-Type", contentType).Want(want)
	}
}

func TestUnreachableHostsOption(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewShop(t, simulator.Options{Subscriptions: intelligence.SubscriptionOptions{UnreachableHosts: []string{"Down.example.com", ".Lost"}}})

	for uri, reachable := range map[string]bool{
		"https://down.example.com/x": false, "https://DOWN.example.com:8443": false, "https://a.lost": false,
		"https://up.down.example.com": true, "https://lost": true, "https://a.invalid": true,
	} {
		got := tm.Post(simulatortest.CreationPath, fmt.Sprintf(`{"name": "a", "callbackInfo": {"uri": %q, "protocol": "HTTPS"}}`, uri))
		if reachable {
			got.Want(http.StatusCreated)
		} else {
			got.WantError(http.StatusBadRequest, "SUBSCRIPTION_CALLBACK_FAILED")
		}
	}
}
