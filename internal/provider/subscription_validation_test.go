package provider

import (
	"maps"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
)

// callbackOf returns a callback with the given values for the plugin protocol. The address is valid by default.
func callbackOf(given map[string]any) map[string]tftypes.Value {
	texts := tftypes.Map{ElementType: tftypes.String}
	kinds := map[string]tftypes.Type{"uri": tftypes.String, "headers": texts, "headers_wo": texts, "headers_wo_version": tftypes.Number}
	callback := make(map[string]tftypes.Value, len(kinds))

	for name, kind := range kinds {
		value, isGiven := given[name]
		if name == "uri" && !isGiven {
			value = "https://hooks.example.com/orders"
		}

		if headers, ok := value.(map[string]string); ok {
			elements := make(map[string]tftypes.Value, len(headers))
			for header, text := range headers {
				elements[header] = tftypes.NewValue(tftypes.String, text)
			}

			value = elements
		}

		callback[name] = tftypes.NewValue(kind, value)
	}

	return callback
}

func TestSubscriptionIsValidated(t *testing.T) {
	t.Parallel()

	const (
		uri        = `AttributeName("callback").AttributeName("uri")`
		headers    = `AttributeName("callback").AttributeName("headers")`
		writeOnly  = `AttributeName("callback").AttributeName("headers_wo")`
		version    = `AttributeName("callback").AttributeName("headers_wo_version")`
		name       = `AttributeName("name")`
		theModelID = `AttributeName("knowledge_model_id")`
	)

	_, env := startTeam(t, simulator.Options{})
	long := strings.Repeat("ä", 1024)
	unknownHeaders := map[string]tftypes.Value{"Accept": tftypes.NewValue(tftypes.String, tftypes.UnknownValue)}

	type values = map[string]any

	type texts = map[string]string

	for title, test := range map[string]struct {
		attributes, callback values
		// path is the location of the only error, and parts are substrings of its text. If path is empty, no error is expected.
		path  string
		parts []string
	}{
		"all attributes":      {values{"name": long, "paused": true}, values{"headers": texts{"accept": "a/b", "HOST": "x", "User-Agent": "ä"}}, "", nil},
		"all attributes null": {nil, nil, "", nil},
		"longest address":     {nil, values{"uri": "https://h/" + strings.Repeat("a", 1014)}, "", nil},
		"largest headers":     {nil, values{"headers": texts{"Accept": strings.Repeat("a", 8186)}}, "", nil},
		"unknown texts":       {values{"name": tftypes.UnknownValue, "knowledge_model_id": tftypes.UnknownValue}, values{"uri": tftypes.UnknownValue}, "", nil},
		"unknown headers":     {nil, values{"headers": tftypes.UnknownValue}, "", nil},
		"unknown value":       {nil, values{"headers": unknownHeaders}, "", nil},
		"unknown write-only":  {nil, values{"headers_wo": tftypes.UnknownValue, "headers_wo_version": tftypes.UnknownValue}, "", nil},
		"plain http":          {nil, values{"uri": "http://hooks.example.com"}, uri, []string{"must begin with https://"}},
		"user information":    {nil, values{"uri": "https://u:hunter2@hooks.example.com"}, uri, []string{"put credentials in headers instead"}},
		"no host":             {nil, values{"uri": "https:///orders"}, uri, []string{"has no host name"}},
		"fragment":            {nil, values{"uri": "https://hooks.example.com/#here"}, uri, []string{"has a fragment"}},
		"address too long":    {nil, values{"uri": "https://h/" + strings.Repeat("a", 1015)}, uri, []string{"more than 1024 characters"}},
		"not an address":      {nil, values{"uri": "https://hooks example"}, uri, []string{"it is not a URL"}},
		"blank address":       {nil, values{"uri": " "}, uri, []string{"must not be empty"}},
		"header that is not allowed": {nil, values{"headers": texts{"X-Team": "hunter2"}}, headers, []string{`"X-Team"`, "The allowed headers are " +
			"Accept, Authorization"}},
		"header without a name": {nil, values{"headers": texts{"": "hunter2"}}, headers, []string{`""`, "The allowed headers are Accept"}},
		"headers too large":     {nil, values{"headers": texts{"Accept": strings.Repeat("a", 8187)}}, headers, []string{"add up to 8193 bytes", "accepts at most 8192"}},
		"empty value":           {nil, values{"headers": texts{"Accept": ""}}, headers, []string{`"Accept" cannot be sent`}},
		"line break in a value": {nil, values{"headers": texts{"Accept": "hunter2\nHost: x"}}, headers, []string{`"Accept" cannot be sent`, "line break"}},
		"duplicate header":      {nil, values{"headers": texts{"Accept": "hunter2", "accept": "x"}}, headers, []string{`"Accept" and "accept" are the same header`}},
		"empty map of headers":  {nil, values{"headers": texts{}}, headers, []string{"at least 1"}},
		"write-only header that is not allowed": {
			nil, values{"headers_wo": texts{"X-Team": "hunter2"}, "headers_wo_version": 1}, writeOnly, []string{`"X-Team"`},
		},
		"write-only headers without a version": {nil, values{"headers_wo": texts{"Accept": "hunter2"}}, writeOnly, []string{"headers_wo_version"}},
		"version without write-only headers":   {nil, values{"headers_wo_version": 1}, version, []string{"headers_wo"}},
		"blank name":                           {values{"name": " "}, nil, name, []string{"must not be empty"}},
		"name too long":                        {values{"name": long + "ä"}, nil, name, []string{"1024"}},
		"name with surrounding spaces":         {values{"name": "Orders "}, nil, name, []string{"leading or trailing whitespace"}},
		"malformed model":                      {values{"knowledge_model_id": "order-to-cash"}, nil, theModelID, []string{"cannot be used"}},
		"blank trigger":                        {values{"trigger_id": ""}, nil, `AttributeName("trigger_id")`, []string{"must not be empty"}},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()

			given := values{
				"knowledge_model_id": "order-to-cash.otc-km", "trigger_id": "trigger-1", "name": "Blocked orders", "callback": callbackOf(test.callback),
			}
			maps.Copy(given, test.attributes)

			_, diagnostics := newProtocolObject(t, env, "celonis_subscription").tryPlan(given)
			found := map[string]bool{}

			for _, diagnostic := range diagnostics {
				all := diagnostic.Summary + ": " + diagnostic.Detail
				found[all] = test.path != "" && strings.HasPrefix(diagnostic.Attribute.String(), test.path)

				// If the diagnostic had a location, Terraform would print the lines of the callback, including its headers.
				if attribute, ok := strings.CutPrefix(test.path, `AttributeName("callback").AttributeName("`); ok {
					found[all] = diagnostic.Attribute == nil && strings.Contains(all, "callback."+strings.TrimSuffix(attribute, `")`))
				}

				for _, part := range append(test.parts, "") {
					if !strings.Contains(all, part) {
						found[all] = false
					}
				}

				if strings.Contains(all, "hunter2") {
					t.Errorf("the error repeats the value: %s", all)
				}

				if !found[all] {
					t.Errorf("%s: %s", diagnostic.Attribute, all)
				}
			}

			if (len(found) == 1) != (test.path != "") {
				t.Errorf("got errors %v, want one with %q", found, test.parts)
			}
		})
	}
}

func TestAccSubscriptionWithTwoKindsOfHeadersIsRejected(t *testing.T) {
	t.Parallel()

	output, err := newWorkspace(t, environment{}, withCallback(`
		headers            = { Accept = "a/b" }
		headers_wo         = { Accept = "a/b" }
		headers_wo_version = 1`)).run("validate")
	if err == nil {
		t.Errorf("the configuration is valid:\n%s", output)
	}

	wantParts(t, output, `"callback.headers_wo" cannot be specified when "callback.headers" is specified`)
}

func TestAccRejectedSubscriptionErrorPointsAtTheCause(t *testing.T) {
	t.Parallel()

	team := simulator.Options{Intelligence: intelligence.Options{Models: modelsForTests()}}
	withoutScope, withoutEdit := oauth.DefaultClient(), oauth.DefaultClient()
	withoutScope.Scopes = []string{"intelligence.knowledge-models:read"}
	withoutEdit.EditPackages = []string{}

	full := team
	full.Subscriptions = intelligence.SubscriptionOptions{RefuseBeyondMax: true, Max: 1, Existing: []intelligence.Subscription{
		{Name: "Another", KnowledgeModelID: "order-to-cash.otc-km", TriggerID: "trigger-1", CallbackURI: "https://hooks.example.com"},
	}}

	scopeless, editless := team, team
	scopeless.OAuth.Clients = []oauth.Client{withoutScope}
	editless.OAuth.Clients = []oauth.Client{withoutEdit}

	for name, test := range map[string]struct {
		options simulator.Options
		wanted  wantedSubscription
		model   string
		parts   []string
	}{
		"unreachable callback": {
			team, minimalSubscription(func(w *wantedSubscription) { w.uri = "https://hooks.invalid/orders" }), "",
			[]string{"Requested: the callback https://hooks.invalid/orders", "status 400: SUBSCRIPTION_CALLBACK_FAILED", "Celonis could not reach the callback"},
		},
		"unknown trigger": {
			team, minimalSubscription(func(w *wantedSubscription) { w.trigger = "trigger-9" }), "",
			[]string{`: trigger_id = "trigger-9"`, "SUBSCRIPTION_TRIGGER_NOTFOUND", "Check `trigger_id`: it must be an id, not a name"},
		},
		"unknown model": {
			team, minimalSubscription(), "order-to-cash.other",
			[]string{`: knowledge_model_id = "order-to-cash.other"`, "KM_MODEL_NOTFOUND", "Check `knowledge_model_id`: it must be an id, not a name"},
		},
		"licence's maximum number of subscriptions reached": {full, minimalSubscription(), "", []string{"The maximum number of subscriptions is 1.", "What to do: Check the attributes of this object. If the response mentions a limit"}},
		"no permission to edit": {
			editless, minimalSubscription(), "", []string{"status 403: ADMIN_ACCESS_ERROR", "USE PACKAGE and EDIT PACKAGE on the Studio package"},
		},
		"no scope": {
			scopeless, minimalSubscription(), "",
			[]string{"invalid_scope", "intelligence.subscriptions:manage", "Define scopes"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			simulated, env := startTeam(t, test.options)
			before := len(simulated.Subscriptions())

			configuration := test.wanted.resource()
			if test.model != "" {
				configuration = strings.ReplaceAll(configuration, "order-to-cash.otc-km", test.model)
			}

			output, err := newWorkspace(t, env, configuration).run("apply", "-auto-approve")
			if err == nil {
				t.Errorf("the apply succeeded:\n%s", output)
			}

			wantParts(t, output, append(test.parts, "Error: Unable to create subscription", "with celonis_subscription.this")...)

			if got := len(simulated.Subscriptions()); got != before {
				t.Errorf("got %d subscriptions in Celonis, want %d", got, before)
			}
		})
	}
}
