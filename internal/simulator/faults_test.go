package simulator_test

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
)

// visitor asks a team over real connections.
type visitor struct {
	team

	url    string
	client *http.Client
}

// overSockets serves the team on a socket. Each request of the visitor has a new connection, because net/http's client
// repeats requests by itself when a used one breaks.
func overSockets(t *testing.T, opts simulator.Options, start func(http.Handler) *httptest.Server) visitor {
	t.Helper()

	tm := newTeam(t, opts)
	server := start(tm)
	t.Cleanup(server.Close)

	client := server.Client()
	if transport, ok := client.Transport.(*http.Transport); ok {
		transport.DisableKeepAlives = true
	}

	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

	return visitor{team: tm, url: server.URL, client: client}
}

// fetch sends a GET with the default user key and reads the answer. With an error the body is what arrived before it.
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
		return response, string(body), fmt.Errorf("read the answer: %w", err)
	}

	return response, string(body), nil
}

func TestFaultAnswersWithoutCarryingOut(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{})
	tm.Inject(simulator.Fault{
		Status: http.StatusServiceUnavailable, Body: "later",
		Header: http.Header{"retry-after": {"7"}, "X-Two": {"a", "b"}},
	})

	got := tm.get(listPath).want(http.StatusServiceUnavailable)
	if got.body != "later" || got.header.Get("Retry-After") != "7" || len(got.header.Values("X-Two")) != 2 {
		t.Errorf("got %v %s", got.header, got.body)
	}

	if got.header.Get("X-Ratelimit-Limit") != "" {
		t.Error("the fault's answer has headers of its own")
	}

	tm.get(listPath).want(http.StatusOK)
}

func TestFaultComesBeforeAuthentication(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{})
	tm.Inject(simulator.Fault{Status: http.StatusBadGateway, Times: -1})

	tm.do(http.MethodGet, listPath, "").want(http.StatusBadGateway)
	tm.do(http.MethodGet, "/", "").want(http.StatusBadGateway)
	tm.askAsDefault().want(http.StatusBadGateway)
}

func TestFaultWithoutStatusAltersTheNormalAnswer(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{})
	tm.Inject(simulator.Fault{Header: http.Header{"X-New": {"1"}}, Body: "not JSON"})

	got := tm.get(listPath).want(http.StatusOK)
	if got.body != "not JSON" || got.header.Get("X-New") != "1" || got.header.Get("Content-Type") != "application/json" {
		t.Errorf("got %v %s", got.header, got.body)
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
		{"", listPath, true},
		{"", listPath + "/", false},
		{"", "/intelligence/*", true},
		{"", "*", true},
		{"", "/oauth2/*", false},
		{"GET", listPath, true},
		{"POST", listPath, false},
	} {
		tm := newTeam(t, simulator.Options{})
		tm.Inject(simulator.Fault{Method: test.method, Path: test.path, Status: http.StatusTeapot})

		if got := tm.get(listPath).status == http.StatusTeapot; got != test.hit {
			t.Errorf("%q %q: hit is %v", test.method, test.path, got)
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
		tm := newTeam(t, simulator.Options{})
		tm.Inject(simulator.Fault{Path: listPath, Skip: test.skip, Times: test.times, Status: http.StatusTeapot})
		tm.do(http.MethodGet, "/", "") // It does not match, so it does not count.

		for i, want := range test.want {
			if got := tm.get(listPath).status; got != want {
				t.Errorf("%+v: request %d answers %d", test, i, got)
			}
		}
	}
}

func TestFirstMatchingFaultComesFirst(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{})
	tm.Inject(simulator.Fault{Skip: 1, Status: 501})
	tm.Inject(simulator.Fault{Status: 502})
	tm.Inject(simulator.Fault{Status: 503})

	// The first lets one request pass, which meets the second.
	for i, want := range []int{502, 501, 503, 200} {
		if got := tm.get(listPath).status; got != want {
			t.Errorf("request %d answers %d, want %d", i, got, want)
		}
	}
}

func TestHTMLFaultIsALoginPage(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{})
	tm.Inject(simulator.Fault{HTML: true})

	got := tm.get(listPath).want(http.StatusOK)
	if !strings.HasPrefix(got.header.Get("Content-Type"), "text/html") || !strings.Contains(got.body, "Login") {
		t.Errorf("got %v %s", got.header, got.body)
	}
}

func TestRedirectFault(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{})
	tm.Inject(simulator.Fault{Redirect: "https://evil.test/"})
	tm.Inject(simulator.Fault{Redirect: "/login", RedirectStatus: http.StatusPermanentRedirect})

	if got := tm.get(listPath).want(http.StatusFound); got.header.Get("Location") != "https://evil.test/" {
		t.Errorf("got %v", got.header)
	}

	if got := tm.get(listPath).want(http.StatusPermanentRedirect); got.header.Get("Location") != "/login" {
		t.Errorf("got %v", got.header)
	}
}

func TestExpireTokensFault(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{})
	header := "Bearer " + tm.token(kmScope)

	tm.Inject(simulator.Fault{Path: listPath, Skip: 1, ExpireTokens: true})
	tm.do(http.MethodGet, listPath, "", "Authorization", header).want(http.StatusOK)
	tm.do(http.MethodGet, listPath, "", "Authorization", header).want(http.StatusUnauthorized)
	tm.do(http.MethodGet, listPath, "", "Authorization", "Bearer "+tm.token(kmScope)).want(http.StatusOK)
}

func TestRepeatedPageNeverEnds(t *testing.T) {
	t.Parallel()

	for _, count := range []int{3, 120} {
		tm := newTeam(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: count}})
		tm.Inject(simulator.Fault{RepeatPage: true, Times: -1})

		first := tm.get(listPath + "?sort=id")
		for _, page := range []int{1, 77} {
			got := tm.get(listPath + "?sort=id&page=" + strconv.Itoa(page))
			if got.body != first.body {
				t.Errorf("page %d is not page 0", page)
			}

			if size := got.object()["pageSize"]; size != float64(len(got.ids())) {
				t.Errorf("%d items do not fill the announced page of %v", len(got.ids()), size)
			}
		}
	}
}

func TestEndlessPagesAreAlwaysFullAndNew(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 3}})
	tm.Inject(simulator.Fault{EndlessPages: true, Times: -1})

	seen := map[string]bool{}

	for page := range 5 {
		got := tm.get(fmt.Sprintf("%s?pageSize=10&page=%d", listPath, page))
		for _, id := range got.ids() {
			seen[id] = true
		}

		if total := got.object()["total"]; len(seen) != 10*(page+1) || total != float64(10*(page+2)) {
			t.Errorf("after page %d: %d ids, total %v", page, len(seen), total)
		}
	}
}

func TestChangedTotal(t *testing.T) {
	t.Parallel()

	for meaning, want := range map[server.TotalMeaning]any{
		server.TotalCountsAll: 12.0, server.TotalCountsPage: 4.0, server.TotalAbsent: nil,
	} {
		tm := newTeam(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 10}, Server: server.Options{Total: meaning}})
		tm.Inject(simulator.Fault{ChangeTotal: 2})

		if got := tm.get(listPath + "?pageSize=2").object()["total"]; got != want {
			t.Errorf("%s: total %v, want %v", meaning, got, want)
		}
	}
}

func TestResetCutsTheConnection(t *testing.T) {
	t.Parallel()

	for name, start := range map[string]func(http.Handler) *httptest.Server{
		"TCP": httptest.NewServer, "TLS": httptest.NewTLSServer,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			v := overSockets(t, simulator.Options{}, start)
			v.Inject(simulator.Fault{Reset: true})

			if _, _, err := v.fetch(t.Context(), listPath); !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("error %v, want a reset", err)
			}

			if _, _, err := v.fetch(t.Context(), listPath); err != nil {
				t.Errorf("the next request: %v", err)
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

	if _, _, err := v.fetch(t.Context(), listPath); err == nil {
		t.Error("an answer came")
	}
}

func TestResetAfterCarriesTheRequestOut(t *testing.T) {
	t.Parallel()

	v := overSockets(t, simulator.Options{OAuth: oauth.Options{RotateRefreshTokens: true}}, httptest.NewServer)
	v.Inject(simulator.Fault{Path: tokenPath, ResetAfter: true})

	client := oauth.DefaultClient()
	form := encode("grant_type", "refresh_token", "refresh_token", client.RefreshTokens[0], "scope", kmScope,
		"client_id", client.ID, "client_secret", client.Secret)

	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, v.url+tokenPath, strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}

	r.Header.Set("Content-Type", formType)

	if response, err := v.client.Do(r); err == nil {
		_ = response.Body.Close()
		t.Fatalf("an answer came: %d", response.StatusCode)
	}

	// The refresh token was used up, although its answer was lost.
	v.askAsDefault("grant_type", "refresh_token", "refresh_token", client.RefreshTokens[0], "scope", kmScope).
		wantTokenError(http.StatusBadRequest, "invalid_grant")
}

func TestCutBodyAnnouncesMoreThanItSends(t *testing.T) {
	t.Parallel()

	v := overSockets(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 50}}, httptest.NewServer)

	whole := v.get(listPath).body

	for _, test := range []struct{ cut, want int }{{1, 1}, {100, 100}, {1 << 20, len(whole) - 1}} {
		v.Inject(simulator.Fault{CutBodyAt: test.cut})

		response, body, err := v.fetch(t.Context(), listPath)
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("cut at %d: error %v", test.cut, err)
		}

		if response.ContentLength != int64(len(whole)) || body != whole[:test.want] {
			t.Errorf("cut at %d: %d of %d bytes came", test.cut, len(body), response.ContentLength)
		}
	}

	v.Inject(simulator.Fault{CutBodyAt: 2, Status: http.StatusBadGateway, Body: "abc"})

	if response, body, err := v.fetch(t.Context(), listPath); err == nil || response.StatusCode != http.StatusBadGateway || body != "ab" {
		t.Errorf("cut fault answer: %q, %v", body, err)
	}
}

func TestHangLastsUntilTheClientLeaves(t *testing.T) {
	t.Parallel()

	for _, method := range []string{http.MethodGet, http.MethodPost} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()

			synctest.Test(t, func(t *testing.T) {
				v := overPipes(t, simulator.Options{})
				v.Inject(simulator.Fault{Hang: true, Times: -1})

				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()

				r, err := http.NewRequestWithContext(ctx, method, v.url+tokenPath, strings.NewReader("grant_type=x"))
				if err != nil {
					t.Fatal(err)
				}

				start := time.Now()

				if response, err := v.client.Do(r); !errors.Is(err, context.DeadlineExceeded) {
					t.Fatalf("%v, %v", response, err)
				}

				if waited := time.Since(start); waited != time.Hour {
					t.Errorf("it hung for %v", waited)
				}
			})
		})
	}
}

func TestDelayAndLatencyAddUp(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		tm := newTeam(t, simulator.Options{Server: server.Options{Latency: 50 * time.Millisecond}})
		tm.Inject(simulator.Fault{Delay: time.Second})
		tm.Inject(simulator.Fault{Delay: time.Second, Status: http.StatusBadGateway})

		var waited []time.Duration

		for range 3 {
			start := time.Now()

			tm.get(listPath)

			waited = append(waited, time.Since(start))
		}

		want := []time.Duration{1050 * time.Millisecond, 1050 * time.Millisecond, 50 * time.Millisecond}
		if !slices.Equal(waited, want) {
			t.Errorf("waited %v, want %v", waited, want)
		}
	})
}

func TestDelayEndsWhenTheClientLeaves(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		v := overPipes(t, simulator.Options{Server: server.Options{Latency: time.Hour}})

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()

		if _, _, err := v.fetch(ctx, listPath); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}

		start := time.Now()

		if err := v.pipe.Close(); err != nil {
			t.Error(err)
		}

		if waited := time.Since(start); waited != 0 {
			t.Errorf("the request lived on for %v", waited)
		}
	})
}

func TestFaultsAreNamedInTheJournal(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{})

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
		tm.get(listPath)

		if got := tm.Journal()[0].Fault; got != name {
			t.Errorf("journal says %q, want %q", got, name)
		}
	}
}

func TestResetOnAnInMemoryConnection(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		v := overPipes(t, simulator.Options{})
		v.Inject(simulator.Fault{Reset: true})

		_, _, err := v.fetch(t.Context(), listPath)

		var netErr net.Error
		if err == nil || errors.As(err, &netErr) && netErr.Timeout() {
			t.Errorf("error %v", err)
		}
	})
}

func TestFaultsAboutListsWaitForAList(t *testing.T) {
	t.Parallel()

	for name, fault := range map[string]simulator.Fault{
		"repeat-page":   {RepeatPage: true},
		"endless-pages": {EndlessPages: true},
		"change-total":  {ChangeTotal: 1},
	} {
		tm := newTeam(t, simulator.Options{Intelligence: intelligence.Options{Models: []intelligence.KnowledgeModel{model("p", "km", "Name")}}})
		tm.Inject(fault)
		tm.token(kmScope)
		tm.get(listPath + "/p.km").want(http.StatusOK)
		tm.do(http.MethodGet, "/", "")
		tm.get(listPath + "/p.km/filters?page=1").want(http.StatusOK)
		tm.get(listPath + "?page=1").want(http.StatusOK)

		wantFaults(tm, "", "", "", name, "")
	}
}

func TestFaultsThatHadNoEffectWaitForTheNextRequest(t *testing.T) {
	t.Parallel()

	refused := func(tm team) { tm.do(http.MethodGet, listPath, "").want(http.StatusUnauthorized) }
	second := func(tm team) { tm.get(listPath + "?page=1").want(http.StatusOK) }

	for _, test := range []struct {
		fault         simulator.Fault
		before, after func(tm team)
		want          string
	}{
		{simulator.Fault{EndlessPages: true}, refused, second, "endless-pages"},
		{simulator.Fault{ChangeTotal: 1}, refused, second, "change-total"},
		{simulator.Fault{RepeatPage: true}, refused, second, "repeat-page"},
		{simulator.Fault{RepeatPage: true}, func(tm team) { tm.get(listPath) }, second, "repeat-page"},
		{simulator.Fault{Times: 2, RepeatPage: true}, refused, second, "repeat-page"},
	} {
		tm := newTeam(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 60}})
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

		tm.get(listPath).want(http.StatusTeapot)
	}
}

func TestChangedTotalIsNotNamedWhereThereIsNoTotal(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{Server: server.Options{Total: server.TotalAbsent}})
	tm.Inject(simulator.Fault{ChangeTotal: 1})
	tm.get(listPath).want(http.StatusOK)
	wantFaults(tm, "")
}

func TestCutBodyWaitsForABody(t *testing.T) {
	t.Parallel()

	v := overSockets(t, simulator.Options{Server: server.Options{Errors: server.ErrorEmpty}, Intelligence: intelligence.Options{KnowledgeModels: 3}}, httptest.NewServer)
	v.Inject(simulator.Fault{CutBodyAt: 5})

	if _, _, err := v.fetch(t.Context(), listPath+"/unknown"); err != nil {
		t.Errorf("an answer without a body: %v", err)
	}

	if _, body, err := v.fetch(t.Context(), listPath); !errors.Is(err, io.ErrUnexpectedEOF) || len(body) != 5 {
		t.Errorf("%q, %v", body, err)
	}

	wantFaults(v.team, "", "cut-body")
}

func TestOnlyWhatHappenedIsNamed(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{})

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
		tm.get(listPath)
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
		tm := newTeam(t, simulator.Options{})
		tm.Inject(simulator.Fault{Path: listPath, Query: test.query, Times: -1, Status: http.StatusTeapot})

		for i, target := range []string{"?sort=id", "?sort=id&page=1", "?sort=id&page=2"} {
			if got := tm.get(listPath + target).status; got != test.want[i] {
				t.Errorf("%v: %s answers %d", test.query, target, got)
			}
		}
	}
}

func TestPendingFaultsAreWhatIsLeft(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{})
	tm.Inject(simulator.Fault{Path: listPath, Skip: 2, Times: 3, Status: 500})
	tm.Inject(simulator.Fault{Path: "/x", HTML: true})
	tm.get(listPath).want(http.StatusOK)

	got := tm.PendingFaults()
	if len(got) != 2 || got[0].Skip != 1 || got[0].Times != 3 || got[1].Path != "/x" || got[1].Times != 1 {
		t.Errorf("%+v is left", got)
	}

	tm.do(http.MethodGet, "/x", "").want(http.StatusOK)
	tm.get(listPath).want(http.StatusOK)
	tm.get(listPath).want(http.StatusInternalServerError)

	if got := tm.PendingFaults(); len(got) != 1 || got[0].Skip != 0 || got[0].Times != 2 {
		t.Errorf("%+v is left", got)
	}
}

func TestClearedFaultsAreGone(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		tm := newTeam(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 3}, Server: server.Options{Latency: time.Second}})
		tm.Inject(simulator.Fault{Status: 500, Path: "/x", Times: -1})
		tm.Inject(simulator.Fault{EndlessPages: true})

		// A request that meets its fault before the clearing and finds afterwards that it has no effect.
		done := make(chan reply)

		go func() { done <- tm.do(http.MethodGet, listPath, "") }()

		synctest.Wait()
		tm.ClearFaults()
		(<-done).want(http.StatusUnauthorized)

		if left := tm.PendingFaults(); len(left) != 0 {
			t.Errorf("%+v is left", left)
		}

		tm.Inject(simulator.Fault{Status: http.StatusTeapot})
		tm.get(listPath).want(http.StatusTeapot)
	})
}

func TestInjectPanicsOnNonsense(t *testing.T) {
	t.Parallel()

	tm := newTeam(t, simulator.Options{})

	for _, fault := range []simulator.Fault{
		{}, {Path: "/x"}, {Status: 101}, {Status: 600}, {Status: 500, Skip: -1}, {RedirectStatus: 302, Status: 500},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v was taken", fault)
				}
			}()

			tm.Inject(fault)
		}()
	}

	if left := tm.PendingFaults(); len(left) != 0 {
		t.Errorf("%+v is left", left)
	}
}

func TestScriptedBodiesHaveTheTypeTheyLookLike(t *testing.T) {
	t.Parallel()

	v := overSockets(t, simulator.Options{}, httptest.NewServer)

	for _, test := range []struct {
		body string
		// The header of the fault, and the types that arrive.
		given, want []string
	}{
		{`{"a":1}`, nil, []string{"application/json"}},
		{` [1]`, nil, []string{"application/json"}},
		{`{"a":1}`, []string{"text/html"}, []string{"text/html"}},
		{`{"a":1}`, []string{""}, nil},
		{"later", []string{""}, nil},
		{"later", nil, []string{"text/plain; charset=utf-8"}},
	} {
		fault := simulator.Fault{Status: http.StatusServiceUnavailable, Body: test.body}
		if test.given != nil {
			fault.Header = http.Header{"content-type": test.given}
		}

		v.Inject(fault)

		response, body, err := v.fetch(t.Context(), listPath)
		if err != nil || body != test.body {
			t.Fatalf("%q, %v", body, err)
		}

		if got := response.Header.Values("Content-Type"); !slices.Equal(got, test.want) {
			t.Errorf("%s with %q arrives as %q, want %q", test.body, test.given, got, test.want)
		}
	}
}

func TestContentTypeOfANormalAnswerCanBeLeftOut(t *testing.T) {
	t.Parallel()

	v := overSockets(t, simulator.Options{}, httptest.NewServer)
	v.Inject(simulator.Fault{Header: http.Header{"Content-Type": {""}}})

	response, _, err := v.fetch(t.Context(), listPath)
	if err != nil {
		t.Fatal(err)
	}

	if got := response.Header.Values("Content-Type"); got != nil {
		t.Errorf("it arrives as %q", got)
	}
}

// wantFaults compares the faults that the journal names.
func wantFaults(tm team, want ...string) {
	tm.t.Helper()

	var got []string
	for _, entry := range tm.Journal() {
		got = append(got, entry.Fault)
	}

	if !slices.Equal(got, want) {
		tm.t.Errorf("the journal names %q, want %q", got, want)
	}
}
