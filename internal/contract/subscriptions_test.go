package contract

import (
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
)

const (
	subscriptionsPath = "/intelligence/api/subscriptions"
	triggersPath      = "/intelligence/api/knowledge-models/shop.orders/triggers"
	goodHook          = `{"name": "Orders", "callbackInfo": {"uri": "https://hooks.example.com", "protocol": "HTTPS",
		"headers": {"Authorization": "x"}}, "configurations": ["SKIP_ERRORS"]}`
	plainHook = `{"name": "Orders", "callbackInfo": {"uri": "https://hooks.example.com", "protocol": "HTTPS"}}`
	badHook   = `{"name": "Orders", "callbackInfo": {"uri": "http://hooks.example.com", "protocol": "HTTPS"}}`
)

// subscriptionRequest is a request for an operation that the file of the Event Subscription API declares.
type subscriptionRequest struct {
	operation, method, path, body string
}

// operationsOn returns one request for each operation on the subscription and on the trigger.
func operationsOn(trigger, subscription, body string) []subscriptionRequest {
	single := subscriptionsPath + "/" + subscription

	return []subscriptionRequest{
		{"getTriggers", http.MethodGet, triggersPath + "?page=0&pageSize=50&sort=-name", ""},
		{"getTriggerDetails", http.MethodGet, triggersPath + "/" + trigger, ""},
		{"createSubscription", http.MethodPost, triggersPath + "/" + trigger + "/subscriptions", body},
		{"getSubscriptions", http.MethodGet, subscriptionsPath + "?page=0&pageSize=50&sort=-name", ""},
		{"updateSubscription", http.MethodPut, single, body},
		{"pauseSubscription", http.MethodPatch, single + "/pause", ""},
		{"resumeSubscription", http.MethodPatch, single + "/resume", ""},
		{"resumeSubscriptionNoHistory", http.MethodPatch, single + "/resume-from-latest", ""},
		{"replaySubscriptionFromAnOffset", http.MethodPatch, single + "/replay?fromOffset=1", ""},
		{"nextPageFromRemainingData", http.MethodPatch, single + "/events", ""},
		{"unsubscribe", http.MethodDelete, single, ""},
	}
}

// send sends a request through the checker, with a user API key, and returns the response's status and body.
func (w world) send(request subscriptionRequest, key string) (int, string) {
	w.T.Helper()

	var body io.Reader = http.NoBody
	if request.body != "" {
		body = strings.NewReader(request.body)
	}

	r, err := http.NewRequestWithContext(w.T.Context(), request.method, "http://localhost"+request.path, body)
	if err != nil {
		w.T.Fatal(err)
	}

	r.Header.Set("Authorization", "Bearer "+key)

	if request.body != "" {
		r.Header.Set("Content-Type", "application/json")
	}

	resp, err := w.checker.RoundTrip(r)
	if err != nil {
		w.T.Fatal(err)
	}
	defer resp.Body.Close()

	content, err := io.ReadAll(resp.Body)
	if err != nil {
		w.T.Fatal(err)
	}

	return resp.StatusCode, string(content)
}

// sendFor sends a request and checks the status of the response.
func (w world) sendFor(status int, request subscriptionRequest) {
	w.T.Helper()

	if got, body := w.send(request, oauth.DefaultUserKey().Value); got != status {
		w.T.Errorf("%s: status %d, want %d: %s", request.operation, got, status, body)
	}
}

// hooked returns a subscription to the trigger t-1 of the shop model.
func hooked(id string, status intelligence.SubscriptionStatus) intelligence.Subscription {
	return intelligence.Subscription{
		ID: id, Name: "Orders", KnowledgeModelID: "shop.orders", TriggerID: "t-1", CallbackURI: "https://hooks.example.com", Status: status,
	}
}

func TestSubscriptionsConformToTheFile(t *testing.T) {
	t.Parallel()

	vendorFiles := files(t)

	// The options cover behaviours that the vendor's file permits, but the vendor's pages do not specify. The options also cover the list
	// format of an older version, which omits optional keys.
	for name, options := range map[string]intelligence.SubscriptionOptions{
		"default": {},
		"alternative forms": {
			Dates: intelligence.DatesWithOffset, NoConfigurations: intelligence.ConfigurationsAbsent, UpdateKeepsOmitted: true,
			UpdateLeavesPaused: true, ListedAfterReads: 1,
		},
		"old": {OldListItems: true, Dates: intelligence.DatesMilliseconds},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			options.Count = 120
			options.Existing = []intelligence.Subscription{hooked("s-1", ""), hooked("failed", intelligence.SubscriptionFailed)}
			all := simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 3, Models: []intelligence.KnowledgeModel{shop()}}, Subscriptions: options}

			inBubble(t, all, func(w world) {
				w.Team.FireEvents("s-1", 3, intelligence.Delivered)

				success := map[string]int{
					"createSubscription": 201, "pauseSubscription": 204, "resumeSubscription": 204, "resumeSubscriptionNoHistory": 204,
					"replaySubscriptionFromAnOffset": 204, "unsubscribe": 204,
				}

				for _, body := range []string{plainHook, goodHook} {
					for _, request := range operationsOn("t-1", "s-1", body) {
						switch request.operation {
						case "nextPageFromRemainingData":
							request.path = subscriptionsPath + "/failed/events"
						case "unsubscribe":
							continue
						}

						w.sendFor(max(success[request.operation], 200), request)
					}
				}

				for _, page := range []string{"", "?page=1", "?page=2&sort=%2Bid", "?page=9"} {
					w.sendFor(200, subscriptionRequest{"getSubscriptions", http.MethodGet, subscriptionsPath + page, ""})
				}

				w.sendFor(204, subscriptionRequest{"unsubscribe", http.MethodDelete, subscriptionsPath + "/s-1", ""})

				for _, operation := range operationIDs(vendorFiles[1]) {
					if status := max(success[operation], 200); w.checker.seen[operation+" "+strconv.Itoa(status)] == 0 {
						t.Errorf("no call to %s returned the status %d", operation, status)
					}
				}
			})
		})
	}
}

// operationIDs returns the ids of the operations that a file declares.
func operationIDs(vendorFile file) []string {
	var ids []string

	for _, path := range vendorFile.document.Paths.Map() {
		for _, operation := range path.Operations() {
			ids = append(ids, operation.OperationID)
		}
	}

	slices.Sort(ids)

	return ids
}

func TestSubscriptionErrorsConformToTheFile(t *testing.T) {
	t.Parallel()

	vendorFiles := files(t)
	key := oauth.DefaultUserKey().Value

	for name, example := range map[string]struct {
		status         int
		key            string
		requests       []subscriptionRequest
		alsoAllowed    []string // operations that may return a different status
		existingStatus intelligence.SubscriptionStatus
	}{
		"401": {status: 401, key: "unknown", requests: operationsOn("t-1", "s-1", goodHook)},
		// Listing is always permitted, because the list contains only the subscriptions that the caller is permitted to see.
		"403": {
			status: 403, key: "narrow", requests: operationsOn("t-1", "s-1", goodHook), alsoAllowed: []string{"getSubscriptions"},
		},
		"404": {
			status: 404, key: key, requests: operationsOn("none", "none", goodHook),
			alsoAllowed: []string{"getSubscriptions", "getTriggers"},
		},
		"400 for an active subscription": {
			status: 400, key: key, requests: operationsOn("t-1", "s-1", badHook), alsoAllowed: []string{
				"getSubscriptions", "getTriggers", "getTriggerDetails", "pauseSubscription", "resumeSubscription",
				"resumeSubscriptionNoHistory", "replaySubscriptionFromAnOffset", "unsubscribe",
			},
		},
		"400 for a suspended subscription": {
			status: 400, key: key, requests: operationsOn("t-1", "s-1", badHook), existingStatus: intelligence.SubscriptionSuspended,
			alsoAllowed: []string{"getSubscriptions", "getTriggers", "getTriggerDetails", "nextPageFromRemainingData", "unsubscribe"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			options := simulator.Options{
				Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{shop()}},
				OAuth: oauth.Options{UserKeys: []oauth.Key{
					oauth.DefaultUserKey(), {Value: "narrow", Packages: []string{"other"}},
				}},
				Subscriptions: intelligence.SubscriptionOptions{Existing: []intelligence.Subscription{hooked("s-1", example.existingStatus)}},
			}

			inBubble(t, options, func(w world) {
				for _, request := range example.requests {
					status, body := w.send(request, example.key)
					if allowed := slices.Contains(example.alsoAllowed, request.operation); (status == example.status) == allowed {
						t.Errorf("%s: status %d, body = %s", request.operation, status, body)
					}
				}

				operations := map[string]bool{}
				for counted := range w.checker.seen {
					operation, _, _ := strings.Cut(counted, " ")
					operations[operation] = true
				}

				if got := slices.Sorted(maps.Keys(operations)); !slices.Equal(got, operationIDs(vendorFiles[1])) {
					t.Errorf("called operations = %q", got)
				}
			})
		})
	}
}

// TestSubscriptionFileContradictsOtherSources covers responses that violate the vendor's file, although the file's own examples, older
// versions or other vendor pages contain such responses. If the checker accepts one of these responses, the file has changed.
func TestSubscriptionFileContradictsOtherSources(t *testing.T) {
	t.Parallel()
	files(t)

	create := subscriptionRequest{"createSubscription", http.MethodPost, triggersPath + "/t-1/subscriptions", plainHook}
	list := subscriptionRequest{"getSubscriptions", http.MethodGet, subscriptionsPath, ""}

	for name, example := range map[string]struct {
		options intelligence.SubscriptionOptions
		request subscriptionRequest
		status  int
		refused []string
	}{
		// In the example, the id is a number.
		"number as id": {
			options: intelligence.SubscriptionOptions{CreatedID: intelligence.SubscriptionIDNumber},
			request: create, status: 201, refused: []string{"/id"},
		},
		// Version 1.25.0 of the API returns the bare id.
		"bare string": {
			options: intelligence.SubscriptionOptions{CreatedID: intelligence.SubscriptionIDText},
			request: create, status: 201, refused: []string{"value must be an object"},
		},
		// The overview of the Event Subscription API calls this key latestSucceedOffset.
		"offset under a different name": {
			options: intelligence.SubscriptionOptions{LatestSucceedOffset: true},
			request: list, status: 200, refused: []string{"the key content[0].latestSucceedOffset is not declared"},
		},
		// In the examples, the identifiers and the values are not objects.
		"events": {
			request: subscriptionRequest{"nextPageFromRemainingData", http.MethodPatch, subscriptionsPath + "/failed/events", ""},
			status:  200, refused: []string{"value must be an object"},
		},
		// The file declares only one successful status for each operation.
		"200 for a create": {
			options: intelligence.SubscriptionOptions{CreateReturnsOK: true}, request: create, status: 200, refused: []string{"status is not supported"},
		},
		"204 for an update": {
			options: intelligence.SubscriptionOptions{UpdateReturnsNoContent: true},
			request: subscriptionRequest{"updateSubscription", http.MethodPut, subscriptionsPath + "/s-1", plainHook},
			status:  204, refused: []string{"status is not supported"},
		},
		// According to the file, no value may be null.
		"null": {
			options: intelligence.SubscriptionOptions{NoConfigurations: intelligence.ConfigurationsNull},
			request: list, status: 200, refused: []string{"/content/0/configurations"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			example.options.Existing = []intelligence.Subscription{hooked("s-1", ""), hooked("failed", intelligence.SubscriptionFailed)}

			inBubble(t, simulator.Options{Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{shop()}}, Subscriptions: example.options}, func(w world) {
				w.Team.FireEvents("s-1", 1, intelligence.Delivered)
				w.Team.FireEvents("failed", 1, intelligence.DeliveryFailed)

				w.sendFor(example.status, example.request)
				w.wantRefusals(example.refused...)
			})
		})
	}
}

// TestCheckerDetectsInvalidSubscriptions corrupts responses and requests, and expects the checker to report the violations.
func TestCheckerDetectsInvalidSubscriptions(t *testing.T) {
	t.Parallel()
	files(t)

	list := subscriptionRequest{"getSubscriptions", http.MethodGet, subscriptionsPath, ""}
	update := func(body string) subscriptionRequest {
		return subscriptionRequest{"updateSubscription", http.MethodPut, subscriptionsPath + "/s-1", body}
	}

	for name, example := range map[string]struct {
		corrupting [2]string // in the response
		request    subscriptionRequest
		refusal    string
	}{
		"status":            {[2]string{`"active"`, `"running"`}, list, "/content/0/status"},
		"key of an item":    {[2]string{`"ownerName"`, `"owner"`}, list, "the key content[0].owner is not declared"},
		"key of a callback": {[2]string{`"protocol"`, `"method"`}, list, `property "protocol" is missing`},
		"date":              {[2]string{`-01T`, `-41 `}, list, "/content/0/creationDate"},
		"missing key":       {[2]string{}, update(strings.Replace(plainHook, "name", "title", 1)), `property "name" is missing`},
		"unknown key":       {[2]string{}, update(strings.Replace(plainHook, "{", `{"extra": 1, `, 1)), "the key extra is not declared"},
		"protocol":          {[2]string{}, update(strings.Replace(plainHook, "HTTPS", "HTTP", 1)), `"/protocol": value is not one of`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			options := simulator.Options{Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{shop()}}, OAuth: oauth.Options{UserKeys: []oauth.Key{{Value: "key", Name: "n"}}}}
			options.Subscriptions.Existing = []intelligence.Subscription{hooked("s-1", "")}
			options.Subscriptions.Existing[0].OwnerName = "n"

			inBubble(t, options, func(w world) {
				w.checker.next = corruptAnswers{corruption{body: example.corrupting}, w.checker.next}
				w.send(example.request, "key")

				refused := w.checker.refused()
				if !slices.ContainsFunc(refused, func(refusal string) bool { return strings.Contains(refusal, example.refusal) }) {
					t.Errorf("violations = %q, want %q", refused, example.refusal)
				}
			})
		})
	}
}
