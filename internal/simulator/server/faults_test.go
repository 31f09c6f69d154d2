package server_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/simulatortest"
)

// visitor sends requests to a team over real connections.
type visitor struct {
	simulatortest.Team

	url    string
	client *http.Client
}

// overSockets serves the team on a socket. Each of the visitor's requests uses a new connection, because net/http's client automatically
// retries a request if a reused connection is closed.
func overSockets(t *testing.T, opts simulator.Options, start func(http.Handler) *httptest.Server) visitor {
	t.Helper()

	tm := simulatortest.NewTeam(t, opts)
	server := start(tm)
	t.Cleanup(server.Close)

	client := server.Client()
	if transport, ok := client.Transport.(*http.Transport); ok {
		transport.DisableKeepAlives = true
	}

	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

	return visitor{Team: tm, url: server.URL, client: client}
}

// fetch sends a GET request with the default user key and reads the response. If reading fails, fetch returns the part of the body that
// arrived.
func (v visitor) fetch(ctx context.Context, target string) (*http.Response, string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, v.url+target, http.NoBody)
	if err != nil {
		return nil, "", fmt.Errorf("make the request: %w", err)
	}

	r.Header.Set("Authorization", "Bearer "+oauth.DefaultUserKey().Value)

	response, err := v.client.Do(r)
	if err != nil {
		return nil, "", fmt.Errorf("send the request: %w", err)
	}
	defer response.Body.Close()

	body, err := io.ReadAll(response.Body)
	if err != nil {
		return response, string(body), fmt.Errorf("read the response: %w", err)
	}

	return response, string(body), nil
}

func TestFaultWithStatusReplacesTheResponse(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{})
	tm.Inject(simulator.Fault{
		Status: http.StatusServiceUnavailable, Body: "later",
		Header: http.Header{"retry-after": {"7"}, "X-Two": {"a", "b"}},
	})

	got := tm.Get(simulatortest.ModelsPath).Want(http.StatusServiceUnavailable)
	if got.Body != "later" || got.Header.Get("Retry-After") != "7" || len(got.Header.Values("X-Two")) != 2 {
		t.Errorf("header = %v, body = %s", got.Header, got.Body)
	}

	if got.Header.Get("X-Ratelimit-Limit") != "" {
		t.Error("the response contains headers that the fault does not set")
	}

	tm.Get(simulatortest.ModelsPath).Want(http.StatusOK)
}

func TestFaultsTakePrecedenceOverAuthentication(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{})
	tm.Inject(simulator.Fault{Status: http.StatusBadGateway, Times: -1})

	tm.Do(http.MethodGet, simulatortest.ModelsPath, "").Want(http.StatusBadGateway)
	tm.Do(http.MethodGet, "/", "").Want(http.StatusBadGateway)
	tm.AskAsDefault().Want(http.StatusBadGateway)
}

func TestFaultWithoutStatusAltersTheNormalResponse(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{})
	tm.Inject(simulator.Fault{Header: http.Header{"X-New": {"1"}}, Body: "not JSON"})

	got := tm.Get(simulatortest.ModelsPath).Want(http.StatusOK)
	if got.Body != "not JSON" || got.Header.Get("X-New") != "1" || got.Header.Get("Content-Type") != "application/json" {
		t.Errorf("header = %v, body = %s", got.Header, got.Body)
	}
}

func TestFaultsMatchByMethodAndPath(t *testing.T) {
	t.Parallel()

	for _, test := range []struct {
		method, path string
		hit          bool
	}{
		{"", "", true},
		{"GET", "", true},
		{"POST", "", false},
		{"", simulatortest.ModelsPath, true},
		{"", simulatortest.ModelsPath + "/", false},
		{"", "/intelligence/*", true},
		{"", "*", true},
		{"", "/oauth2/*", false},
		{"GET", simulatortest.ModelsPath, true},
		{"POST", simulatortest.ModelsPath, false},
	} {
		tm := simulatortest.NewTeam(t, simulator.Options{})
		tm.Inject(simulator.Fault{Method: test.method, Path: test.path, Status: http.StatusTeapot})

		if got := tm.Get(simulatortest.ModelsPath).Status == http.StatusTeapot; got != test.hit {
			t.Errorf("method %q, path %q: fault applied: %v", test.method, test.path, got)
		}
	}
}

func TestFaultsSkipAndRepeat(t *testing.T) {
	t.Parallel()

	for _, test := range []struct {
		skip, times int
		want        []int
	}{
		{0, 0, []int{418, 200, 200, 200, 200}},
		{0, 1, []int{418, 200, 200, 200, 200}},
		{2, 0, []int{200, 200, 418, 200, 200}},
		{1, 2, []int{200, 418, 418, 200, 200}},
		{0, -1, []int{418, 418, 418, 418, 418}},
		{3, -1, []int{200, 200, 200, 418, 418}},
	} {
		tm := simulatortest.NewTeam(t, simulator.Options{})
		tm.Inject(simulator.Fault{Path: simulatortest.ModelsPath, Skip: test.skip, Times: test.times, Status: http.StatusTeapot})
		tm.Do(http.MethodGet, "/", "") // Skip and Times count only requests that match the fault.

		for i, want := range test.want {
			if got := tm.Get(simulatortest.ModelsPath).Status; got != want {
				t.Errorf("%+v: request %d returned %d", test, i, got)
			}
		}
	}
}

func TestFirstMatchingFaultApplies(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{})
	tm.Inject(simulator.Fault{Skip: 1, Status: 501})
	tm.Inject(simulator.Fault{Status: 502})
	tm.Inject(simulator.Fault{Status: 503})

	// The first fault skips one request, so the second fault applies to that request.
	for i, want := range []int{502, 501, 503, 200} {
		if got := tm.Get(simulatortest.ModelsPath).Status; got != want {
			t.Errorf("request %d returned %d, want %d", i, got, want)
		}
	}
}

func TestHTMLFaultIsALoginPage(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{})
	tm.Inject(simulator.Fault{HTML: true})

	got := tm.Get(simulatortest.ModelsPath).Want(http.StatusOK)
	if !strings.HasPrefix(got.Header.Get("Content-Type"), "text/html") || !strings.Contains(got.Body, "Login") {
		t.Errorf("header = %v, body = %s", got.Header, got.Body)
	}
}

func TestRedirectFault(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{})
	tm.Inject(simulator.Fault{Redirect: "https://evil.test/"})
	tm.Inject(simulator.Fault{Redirect: "/login", RedirectStatus: http.StatusPermanentRedirect})

	if got := tm.Get(simulatortest.ModelsPath).Want(http.StatusFound); got.Header.Get("Location") != "https://evil.test/" {
		t.Errorf("header = %v", got.Header)
	}

	if got := tm.Get(simulatortest.ModelsPath).Want(http.StatusPermanentRedirect); got.Header.Get("Location") != "/login" {
		t.Errorf("header = %v", got.Header)
	}
}

func TestExpireTokensFault(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{})
	header := "Bearer " + tm.Token(simulatortest.ModelsScope)

	tm.Inject(simulator.Fault{Path: simulatortest.ModelsPath, Skip: 1, ExpireTokens: true})
	tm.Do(http.MethodGet, simulatortest.ModelsPath, "", "Authorization", header).Want(http.StatusOK)
	tm.Do(http.MethodGet, simulatortest.ModelsPath, "", "Authorization", header).Want(http.StatusUnauthorized)
	tm.Do(http.MethodGet, simulatortest.ModelsPath, "", "Authorization", "Bearer "+tm.Token(simulatortest.ModelsScope)).Want(http.StatusOK)
}

func TestRepeatedPageNeverEnds(t *testing.T) {
	t.Parallel()

	for _, count := range []int{3, 120} {
		tm := simulatortest.NewTeam(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: count}})
		tm.Inject(simulator.Fault{RepeatPage: true, Times: -1})

		first := tm.Get(simulatortest.ModelsPath + "?sort=id")
		for _, page := range []int{1, 77} {
			got := tm.Get(simulatortest.ModelsPath + "?sort=id&page=" + strconv.Itoa(page))
			if got.Body != first.Body {
				t.Errorf("page %d differs from page 0", page)
			}

			if size := got.Object()["pageSize"]; size != float64(len(got.IDs())) {
				t.Errorf("%d items do not fill the returned page size of %v", len(got.IDs()), size)
			}
		}
	}
}

func TestEndlessPagesAreFullAndDistinct(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 3}})
	tm.Inject(simulator.Fault{EndlessPages: true, Times: -1})

	seen := map[string]bool{}

	for page := range 5 {
		got := tm.Get(fmt.Sprintf("%s?pageSize=10&page=%d", simulatortest.ModelsPath, page))
		for _, id := range got.IDs() {
			seen[id] = true
		}

		if total := got.Object()["total"]; len(seen) != 10*(page+1) || total != float64(10*(page+2)) {
			t.Errorf("after page %d: %d distinct ids, total = %v", page, len(seen), total)
		}
	}
}

func TestChangedTotal(t *testing.T) {
	t.Parallel()

	for meaning, want := range map[server.TotalMeaning]any{
		server.TotalCountsAll: 12.0, server.TotalCountsPage: 4.0, server.TotalAbsent: nil,
	} {
		tm := simulatortest.NewTeam(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 10}, Server: server.Options{Total: meaning}})
		tm.Inject(simulator.Fault{ChangeTotal: 2})

		if got := tm.Get(simulatortest.ModelsPath + "?pageSize=2").Object()["total"]; got != want {
			t.Errorf("%s: total = %v, want %v", meaning, got, want)
		}
	}
}

func TestResetClosesTheConnection(t *testing.T) {
	t.Parallel()

	for name, start := range map[string]func(http.Handler) *httptest.Server{
		"TCP": httptest.NewServer, "TLS": httptest.NewTLSServer,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			v := overSockets(t, simulator.Options{}, start)
			v.Inject(simulator.Fault{Reset: true})

			if _, _, err := v.fetch(t.Context(), simulatortest.ModelsPath); !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("error = %v, want a reset", err)
			}

			if _, _, err := v.fetch(t.Context(), simulatortest.ModelsPath); err != nil {
				t.Errorf("next request: error = %v", err)
			}

			if entry := v.Journal()[0]; entry.Status != 0 || entry.Fault != "reset" {
				t.Errorf("journal %+v", entry)
			}
		})
	}
}

func TestResetOverHTTP2ResetsTheStream(t *testing.T) {
	t.Parallel()

	v := overSockets(t, simulator.Options{}, func(h http.Handler) *httptest.Server {
		server := httptest.NewUnstartedServer(h)
		server.EnableHTTP2 = true
		server.StartTLS()

		return server
	})
	v.Inject(simulator.Fault{Reset: true})

	if _, _, err := v.fetch(t.Context(), simulatortest.ModelsPath); err == nil {
		t.Error("the request received a response")
	}
}

func TestResetAfterExecutesTheRequest(t *testing.T) {
	t.Parallel()

	v := overSockets(t, simulator.Options{OAuth: oauth.Options{RotateRefreshTokens: true}}, httptest.NewServer)
	v.Inject(simulator.Fault{Path: simulatortest.TokenPath, ResetAfter: true})

	client := oauth.DefaultClient()
	form := simulatortest.Encode("grant_type", "refresh_token", "refresh_token", client.RefreshTokens[0], "scope", simulatortest.ModelsScope,
		"client_id", client.ID, "client_secret", client.Secret)

	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, v.url+simulatortest.TokenPath, strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}

	r.Header.Set("Content-Type", simulatortest.FormType)

	if response, err := v.client.Do(r); err == nil {
		_ = response.Body.Close()
		t.Fatalf("the request received a response: status %d", response.StatusCode)
	}

	// The request used up the refresh token, even though its response was lost.
	v.AskAsDefault("grant_type", "refresh_token", "refresh_token", client.RefreshTokens[0], "scope", simulatortest.ModelsScope).
		WantTokenError(http.StatusBadRequest, "invalid_grant")
}

func TestTruncatedBodyHasTheFullContentLength(t *testing.T) {
	t.Parallel()

	v := overSockets(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 50}}, httptest.NewServer)

	whole := v.Get(simulatortest.ModelsPath).Body

	for _, test := range []struct{ cut, want int }{{1, 1}, {100, 100}, {1 << 20, len(whole) - 1}} {
		v.Inject(simulator.Fault{CutBodyAt: test.cut})

		response, body, err := v.fetch(t.Context(), simulatortest.ModelsPath)
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("truncated after %d bytes: error = %v", test.cut, err)
		}

		if response.ContentLength != int64(len(whole)) || body != whole[:test.want] {
			t.Errorf("truncated after %d bytes: received %d of %d bytes", test.cut, len(body), response.ContentLength)
		}
	}

	v.Inject(simulator.Fault{CutBodyAt: 2, Status: http.StatusBadGateway, Body: "abc"})

	if response, body, err := v.fetch(t.Context(), simulatortest.ModelsPath); err == nil || response.StatusCode != http.StatusBadGateway || body != "ab" {
		t.Errorf("truncated body of a fault = %q, error = %v", body, err)
	}
}

func TestHangEndsWhenTheClientDisconnects(t *testing.T) {
	t.Parallel()

	for _, method := range []string{http.MethodGet, http.MethodPost} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()

			synctest.Test(t, func(t *testing.T) {
				v := overPipes(t, simulator.Options{})
				v.Inject(simulator.Fault{Hang: true, Times: -1})

				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()

				r, err := http.NewRequestWithContext(ctx, method, v.url+simulatortest.TokenPath, strings.NewReader("grant_type=x"))
				if err != nil {
					t.Fatal(err)
				}

				start := time.Now()

				if response, err := v.client.Do(r); !errors.Is(err, context.DeadlineExceeded) {
					t.Fatalf("response = %v, error = %v", response, err)
				}

				if waited := time.Since(start); waited != time.Hour {
					t.Errorf("the request hung for %v", waited)
				}
			})
		})
	}
}

func TestDelayAndLatencyAddUp(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		tm := simulatortest.NewTeam(t, simulator.Options{Server: server.Options{Latency: 50 * time.Millisecond}})
		tm.Inject(simulator.Fault{Delay: time.Second})
		tm.Inject(simulator.Fault{Delay: time.Second, Status: http.StatusBadGateway})

		var waited []time.Duration

		for range 3 {
			start := time.Now()

			tm.Get(simulatortest.ModelsPath)

			waited = append(waited, time.Since(start))
		}

		want := []time.Duration{1050 * time.Millisecond, 1050 * time.Millisecond, 50 * time.Millisecond}
		if !slices.Equal(waited, want) {
			t.Errorf("the response took %v, want %v", waited, want)
		}
	})
}

func TestDelayEndsWhenTheClientDisconnects(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		v := overPipes(t, simulator.Options{Server: server.Options{Latency: time.Hour}})

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()

		if _, _, err := v.fetch(ctx, simulatortest.ModelsPath); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error = %v, want an exceeded deadline", err)
		}

		start := time.Now()

		if err := v.pipe.Close(); err != nil {
			t.Error(err)
		}

		if waited := time.Since(start); waited != 0 {
			t.Errorf("the request continued for %v", waited)
		}
	})
}

func TestJournalNamesTheFault(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{})

	for name, fault := range map[string]simulator.Fault{
		"status":        {Status: 500, Header: http.Header{"A": {"b"}}, Body: "x"},
		"header,body":   {Header: http.Header{"A": {"b"}}, Body: "x"},
		"delay,html":    {Delay: time.Nanosecond, HTML: true},
		"redirect":      {Redirect: "/"},
		"repeat-page":   {RepeatPage: true},
		"endless-pages": {EndlessPages: true},
		"expire-tokens": {ExpireTokens: true},
		"change-total":  {ChangeTotal: -1},
	} {
		tm.ResetJournal()
		tm.Inject(fault)
		tm.Get(simulatortest.ModelsPath)

		if got := tm.Journal()[0].Fault; got != name {
			t.Errorf("fault in the journal = %q, want %q", got, name)
		}
	}
}

func TestResetOnAnInMemoryConnection(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		v := overPipes(t, simulator.Options{})
		v.Inject(simulator.Fault{Reset: true})

		_, _, err := v.fetch(t.Context(), simulatortest.ModelsPath)

		if netErr, ok := errors.AsType[net.Error](err); err == nil || ok && netErr.Timeout() {
			t.Errorf("error = %v, want a reset", err)
		}
	})
}

func TestListFaultsWaitForAList(t *testing.T) {
	t.Parallel()

	for name, fault := range map[string]simulator.Fault{
		"repeat-page":   {RepeatPage: true},
		"endless-pages": {EndlessPages: true},
		"change-total":  {ChangeTotal: 1},
	} {
		tm := simulatortest.NewTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{simulatortest.Model("p", "km", "Name")}}})
		tm.Inject(fault)
		tm.Token(simulatortest.ModelsScope)
		tm.Get(simulatortest.ModelsPath + "/p.km").Want(http.StatusOK)
		tm.Do(http.MethodGet, "/", "")
		tm.Get(simulatortest.ModelsPath + "/p.km/filters?page=1").Want(http.StatusOK)
		tm.Get(simulatortest.ModelsPath + "?page=1").Want(http.StatusOK)

		wantFaults(tm, "", "", "", name, "")
	}
}

func TestFaultsWithoutEffectWaitForTheNextRequest(t *testing.T) {
	t.Parallel()

	refused := func(tm simulatortest.Team) {
		tm.Do(http.MethodGet, simulatortest.ModelsPath, "").Want(http.StatusUnauthorized)
	}
	second := func(tm simulatortest.Team) { tm.Get(simulatortest.ModelsPath + "?page=1").Want(http.StatusOK) }

	for _, test := range []struct {
		fault         simulator.Fault
		before, after func(tm simulatortest.Team)
		want          string
	}{
		{simulator.Fault{EndlessPages: true}, refused, second, "endless-pages"},
		{simulator.Fault{ChangeTotal: 1}, refused, second, "change-total"},
		{simulator.Fault{RepeatPage: true}, refused, second, "repeat-page"},
		{simulator.Fault{RepeatPage: true}, func(tm simulatortest.Team) { tm.Get(simulatortest.ModelsPath) }, second, "repeat-page"},
		{simulator.Fault{Times: 2, RepeatPage: true}, refused, second, "repeat-page"},
	} {
		tm := simulatortest.NewTeam(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 60}})
		tm.Inject(test.fault)
		tm.Inject(simulator.Fault{Status: http.StatusTeapot})
		test.before(tm)
		test.after(tm)

		if test.fault.Times == 2 {
			test.after(tm)
			wantFaults(tm, "", test.want, test.want)
		} else {
			wantFaults(tm, "", test.want)
		}

		tm.Get(simulatortest.ModelsPath).Want(http.StatusTeapot)
	}
}

func TestChangedTotalIsNotRecordedWithoutATotal(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{Server: server.Options{Total: server.TotalAbsent}})
	tm.Inject(simulator.Fault{ChangeTotal: 1})
	tm.Get(simulatortest.ModelsPath).Want(http.StatusOK)
	wantFaults(tm, "")
}

func TestTruncationWaitsForABody(t *testing.T) {
	t.Parallel()

	v := overSockets(t, simulator.Options{Server: server.Options{Errors: server.ErrorEmpty}, Intelligence: intelligence.Options{KnowledgeModels: 3}}, httptest.NewServer)
	v.Inject(simulator.Fault{CutBodyAt: 5})

	if _, _, err := v.fetch(t.Context(), simulatortest.ModelsPath+"/unknown"); err != nil {
		t.Errorf("response without a body: error = %v", err)
	}

	if _, body, err := v.fetch(t.Context(), simulatortest.ModelsPath); !errors.Is(err, io.ErrUnexpectedEOF) || len(body) != 5 {
		t.Errorf("body = %q, error = %v", body, err)
	}

	wantFaults(v.Team, "", "cut-body")
}

func TestJournalNamesOnlyTheEffectsOfAFault(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{})

	for _, test := range []struct {
		fault simulator.Fault
		want  string
	}{
		{simulator.Fault{HTML: true, Redirect: "/", Status: 500}, "html"},
		{simulator.Fault{Redirect: "/", Status: 500}, "redirect"},
		{simulator.Fault{Status: 500, EndlessPages: true}, "status"},
		{simulator.Fault{Status: 204, CutBodyAt: 3}, "status"},
	} {
		tm.ResetJournal()
		tm.Inject(test.fault)
		tm.Get(simulatortest.ModelsPath)
		wantFaults(tm, test.want)
	}
}

func TestFaultsMatchByQuery(t *testing.T) {
	t.Parallel()

	for _, test := range []struct {
		query map[string]string
		want  []int
	}{
		{map[string]string{"page": "2"}, []int{200, 200, 418}},
		{map[string]string{"page": "1", "sort": "id"}, []int{200, 418, 200}},
		{map[string]string{"page": ""}, []int{418, 200, 200}},
		{map[string]string{"page": "1", "sort": ""}, []int{200, 200, 200}},
	} {
		tm := simulatortest.NewTeam(t, simulator.Options{})
		tm.Inject(simulator.Fault{Path: simulatortest.ModelsPath, Query: test.query, Times: -1, Status: http.StatusTeapot})

		for i, target := range []string{"?sort=id", "?sort=id&page=1", "?sort=id&page=2"} {
			if got := tm.Get(simulatortest.ModelsPath + target).Status; got != test.want[i] {
				t.Errorf("%v: %s returned %d", test.query, target, got)
			}
		}
	}
}

func TestPendingFaultsHaveTheRemainingCounts(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{})
	tm.Inject(simulator.Fault{Path: simulatortest.ModelsPath, Skip: 2, Times: 3, Status: 500})
	tm.Inject(simulator.Fault{Path: "/x", HTML: true})
	tm.Get(simulatortest.ModelsPath).Want(http.StatusOK)

	got := tm.PendingFaults()
	if len(got) != 2 || got[0].Skip != 1 || got[0].Times != 3 || got[1].Path != "/x" || got[1].Times != 1 {
		t.Errorf("pending faults = %+v", got)
	}

	tm.Do(http.MethodGet, "/x", "").Want(http.StatusOK)
	tm.Get(simulatortest.ModelsPath).Want(http.StatusOK)
	tm.Get(simulatortest.ModelsPath).Want(http.StatusInternalServerError)

	if got := tm.PendingFaults(); len(got) != 1 || got[0].Skip != 0 || got[0].Times != 2 {
		t.Errorf("pending faults = %+v", got)
	}
}

func TestClearedFaultsDoNotReturn(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		tm := simulatortest.NewTeam(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 3}, Server: server.Options{Latency: time.Second}})
		tm.Inject(simulator.Fault{Status: 500, Path: "/x", Times: -1})
		tm.Inject(simulator.Fault{EndlessPages: true})

		// The second fault applies to this request before the faults are cleared. The request is rejected, so the fault has no effect. If the
		// faults had not been cleared, this fault would become pending again.
		done := make(chan simulatortest.Reply)

		go func() { done <- tm.Do(http.MethodGet, simulatortest.ModelsPath, "") }()

		synctest.Wait()
		tm.ClearFaults()
		(<-done).Want(http.StatusUnauthorized)

		if pending := tm.PendingFaults(); len(pending) != 0 {
			t.Errorf("pending faults = %+v", pending)
		}

		tm.Inject(simulator.Fault{Status: http.StatusTeapot})
		tm.Get(simulatortest.ModelsPath).Want(http.StatusTeapot)
	})
}

func TestInjectPanicsOnInvalidFaults(t *testing.T) {
	t.Parallel()

	tm := simulatortest.NewTeam(t, simulator.Options{})

	for _, fault := range []simulator.Fault{
		{}, {Path: "/x"}, {Status: 101}, {Status: 600}, {Status: 500, Skip: -1}, {RedirectStatus: 302, Status: 500},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("Inject accepted %+v", fault)
				}
			}()

			tm.Inject(fault)
		}()
	}

	if pending := tm.PendingFaults(); len(pending) != 0 {
		t.Errorf("pending faults = %+v", pending)
	}
}

func TestContentTypeOfAFaultIsDetectedFromItsBody(t *testing.T) {
	t.Parallel()

	v := overSockets(t, simulator.Options{}, httptest.NewServer)

	for _, test := range []struct {
		body string
		// The fault field lists the Content-Type values that the fault sets; the want field lists the values in the response.
		fault, want []string
	}{
		{`{"a":1}`, nil, []string{"application/json"}},
		{` [1]`, nil, []string{"application/json"}},
		{`{"a":1}`, []string{"text/html"}, []string{"text/html"}},
		{`{"a":1}`, []string{""}, nil},
		{"later", []string{""}, nil},
		{"later", nil, []string{"text/plain; charset=utf-8"}},
	} {
		fault := simulator.Fault{Status: http.StatusServiceUnavailable, Body: test.body}
		if test.fault != nil {
			fault.Header = http.Header{"content-type": test.fault}
		}

		v.Inject(fault)

		response, body, err := v.fetch(t.Context(), simulatortest.ModelsPath)
		if err != nil || body != test.body {
			t.Fatalf("body = %q, error = %v", body, err)
		}

		if got := response.Header.Values("Content-Type"); !slices.Equal(got, test.want) {
			t.Errorf("body %s with the Content-Type %q: response has %q, want %q", test.body, test.fault, got, test.want)
		}
	}
}

func TestContentTypeOfANormalResponseCanBeOmitted(t *testing.T) {
	t.Parallel()

	v := overSockets(t, simulator.Options{}, httptest.NewServer)
	v.Inject(simulator.Fault{Header: http.Header{"Content-Type": {""}}})

	response, _, err := v.fetch(t.Context(), simulatortest.ModelsPath)
	if err != nil {
		t.Fatal(err)
	}

	if got := response.Header.Values("Content-Type"); got != nil {
		t.Errorf("Content-Type = %q, want none", got)
	}
}

// wantFaults checks the faults of the requests in the journal.
func wantFaults(tm simulatortest.Team, want ...string) {
	tm.T.Helper()

	var got []string
	for _, entry := range tm.Journal() {
		got = append(got, entry.Fault)
	}

	if !slices.Equal(got, want) {
		tm.T.Errorf("faults in the journal = %q, want %q", got, want)
	}
}
