package client_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
)

const (
	movedModel     = "/moved/package.model-a"
	movedModelBody = `{"id": "package.model-a", "name": "Moved"}`
)

func TestRetryAfterARedirectBeginsAtTheFirstAddress(t *testing.T) {
	t.Parallel()
	inBubble(t, simulator.Options{Intelligence: intelligence.Options{Models: models("One")}}, func(t *testing.T, w world) {
		w.team.Inject(simulator.Fault{Path: aModel, Redirect: movedModel, Times: 2})
		w.team.Inject(simulator.Fault{Path: movedModel, Status: http.StatusServiceUnavailable})
		w.answer(movedModel, http.StatusOK, jsonType, movedModelBody)

		model, err := w.client().KnowledgeModel(t.Context(), "package.model-a")
		if err != nil || model.Name != "Moved" {
			t.Errorf("got %+v, %v", model, err)
		}

		w.wantCount(1, http.MethodPost, TokenPath)
		w.wantCount(2, http.MethodGet, aModel)
		w.wantCount(2, http.MethodGet, movedModel)
	})
}

func TestRedirectedRequestTakesASlotForEachAddress(t *testing.T) {
	t.Parallel()
	inBubble(t, simulator.Options{Intelligence: intelligence.Options{Models: models("One")}}, func(t *testing.T, w world) {
		w.team.Inject(simulator.Fault{Path: aModel, Redirect: movedModel})
		w.answer(movedModel, http.StatusOK, jsonType, movedModelBody)

		celonis := w.client(func(o *client.Options) { o.RequestsPerSecond = 1 })

		if took := elapsed(func() {
			if _, err := celonis.KnowledgeModel(t.Context(), "package.model-a"); err != nil {
				t.Fatal(err)
			}
		}); took != time.Second {
			t.Errorf("two requests took %s at one request per second", took)
		}
	})
}

func TestRedirectToAnInvalidAddressIsRefused(t *testing.T) {
	t.Parallel()
	inBubble(t, simulator.Options{Intelligence: intelligence.Options{Models: models("One")}}, func(t *testing.T, w world) {
		w.team.Inject(simulator.Fault{
			Path: aModel, Times: -1, Status: http.StatusFound, Header: http.Header{"Location": {"http://localhost/%zz"}},
		})

		_, err := w.client().KnowledgeModel(t.Context(), "package.model-a")
		if got := failure(t, err, transport.ReasonRedirect, "not valid"); got.Attempts != 1 {
			t.Errorf("%d attempts, want 1", got.Attempts)
		}
	})
}

func TestRenewedTokenHasAllRetriesAgain(t *testing.T) {
	t.Parallel()
	inBubble(t, simulator.Options{Intelligence: intelligence.Options{Models: models("One")}}, func(t *testing.T, w world) {
		const retries = 2

		for _, status := range []int{http.StatusUnauthorized, http.StatusServiceUnavailable} {
			w.team.Inject(simulator.Fault{Path: aModel, Status: http.StatusServiceUnavailable, Times: retries})
			w.team.Inject(simulator.Fault{Path: aModel, Status: status})
		}

		_, err := w.client(func(o *client.Options) { o.MaxRetries = retries }).KnowledgeModel(t.Context(), "package.model-a")
		if got := failure(t, err, transport.ReasonStatus, "status 503"); got.Attempts != 2*(1+retries) {
			t.Errorf("%d attempts, want %d", got.Attempts, 2*(1+retries))
		}

		w.wantCount(2, http.MethodPost, TokenPath)
	})
}

func TestSecondRefusalOfATokenIsReturned(t *testing.T) {
	t.Parallel()
	inBubble(t, simulator.Options{Intelligence: intelligence.Options{Models: models("One")}}, func(t *testing.T, w world) {
		w.team.Inject(simulator.Fault{Path: aModel, Status: http.StatusUnauthorized, Times: -1})

		_, err := w.client().KnowledgeModel(t.Context(), "package.model-a")
		if got := failure(t, err, transport.ReasonUnauthorized, "status 401"); got.Attempts != 2 {
			t.Errorf("%d attempts, want 2", got.Attempts)
		}

		w.wantCount(2, http.MethodPost, TokenPath)
	})
}

func TestRetriesOfASignInAreNotMultiplied(t *testing.T) {
	t.Parallel()
	inBubble(t, simulator.Options{}, func(t *testing.T, w world) {
		network := &refusingNetwork{err: &transport.Error{Reason: transport.ReasonProxy, ProxyStatus: http.StatusBadGateway}}

		_, err := w.client(func(o *client.Options) { o.Network = network }).KnowledgeModels(t.Context())
		failure(t, err, transport.ReasonProxy, TokenPath)

		if network.calls != 1+transport.DefaultMaxRetries {
			t.Errorf("%d calls, want %d", network.calls, 1+transport.DefaultMaxRetries)
		}
	})
}
