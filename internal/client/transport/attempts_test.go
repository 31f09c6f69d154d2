package transport_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
)

const (
	movedModel     = "/moved/package.model-a"
	movedModelBody = `{"id": "package.model-a", "name": "Moved"}`
)

func TestRetryAfterARedirectStartsAtTheFirstAddress(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{Models: clienttest.Models("One")}}, func(t *testing.T, env clienttest.Env) {
		env.Team.Inject(simulator.Fault{Path: aModel, Redirect: movedModel, Times: 2})
		env.Team.Inject(simulator.Fault{Path: movedModel, Status: http.StatusServiceUnavailable})
		env.Respond(movedModel, http.StatusOK, clienttest.JSONType, movedModelBody)

		model, err := env.Client().KnowledgeModel(t.Context(), "package.model-a")
		if err != nil || model.Name != "Moved" {
			t.Errorf("model = %+v, error = %v", model, err)
		}

		env.WantCount(1, http.MethodPost, clienttest.TokenPath)
		env.WantCount(2, http.MethodGet, aModel)
		env.WantCount(2, http.MethodGet, movedModel)
	})
}

func TestRedirectUsesAnotherSlot(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{Models: clienttest.Models("One")}}, func(t *testing.T, env clienttest.Env) {
		env.Team.Inject(simulator.Fault{Path: aModel, Redirect: movedModel})
		env.Respond(movedModel, http.StatusOK, clienttest.JSONType, movedModelBody)

		celonis := env.Client(func(o *client.Options) { o.RequestsPerSecond = 1 })

		if took := clienttest.Elapsed(func() {
			if _, err := celonis.KnowledgeModel(t.Context(), "package.model-a"); err != nil {
				t.Fatal(err)
			}
		}); took != time.Second {
			t.Errorf("two requests took %s at one request per second", took)
		}
	})
}

func TestRedirectToAnInvalidAddressIsRejected(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{Models: clienttest.Models("One")}}, func(t *testing.T, env clienttest.Env) {
		env.Team.Inject(simulator.Fault{
			Path: aModel, Times: -1, Status: http.StatusFound, Header: http.Header{"Location": {"http://localhost/%zz"}},
		})

		_, err := env.Client().KnowledgeModel(t.Context(), "package.model-a")
		if got := clienttest.WantError(t, err, transport.ReasonRedirect, "an invalid address"); got.Attempts != 1 {
			t.Errorf("%d attempts, want 1", got.Attempts)
		}
	})
}

func TestRetriesAreCountedAgainAfterATokenIsRenewed(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{Models: clienttest.Models("One")}}, func(t *testing.T, env clienttest.Env) {
		const retries = 2

		for _, status := range []int{http.StatusUnauthorized, http.StatusServiceUnavailable} {
			env.Team.Inject(simulator.Fault{Path: aModel, Status: http.StatusServiceUnavailable, Times: retries})
			env.Team.Inject(simulator.Fault{Path: aModel, Status: status})
		}

		_, err := env.Client(func(o *client.Options) { o.MaxRetries = retries }).KnowledgeModel(t.Context(), "package.model-a")
		if got := clienttest.WantError(t, err, transport.ReasonStatus, "status 503"); got.Attempts != 2*(1+retries) {
			t.Errorf("%d attempts, want %d", got.Attempts, 2*(1+retries))
		}

		env.WantCount(2, http.MethodPost, clienttest.TokenPath)
	})
}

func TestSecond401IsReturned(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{Models: clienttest.Models("One")}}, func(t *testing.T, env clienttest.Env) {
		env.Team.Inject(simulator.Fault{Path: aModel, Status: http.StatusUnauthorized, Times: -1})

		_, err := env.Client().KnowledgeModel(t.Context(), "package.model-a")
		if got := clienttest.WantError(t, err, transport.ReasonUnauthorized, "status 401"); got.Attempts != 2 {
			t.Errorf("%d attempts, want 2", got.Attempts)
		}

		env.WantCount(2, http.MethodPost, clienttest.TokenPath)
	})
}

func TestRetriesOfASignInAreNotMultiplied(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
		network := &refusingNetwork{err: &transport.Error{Reason: transport.ReasonProxy, ProxyStatus: http.StatusBadGateway}}

		_, err := env.Client(func(o *client.Options) { o.Network = network }).KnowledgeModels(t.Context())
		clienttest.WantError(t, err, transport.ReasonProxy, clienttest.TokenPath)

		if network.calls != 1+transport.DefaultMaxRetries {
			t.Errorf("%d calls, want %d", network.calls, 1+transport.DefaultMaxRetries)
		}
	})
}

func TestDotSegmentsAreNotSentAsIDs(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
		for _, id := range []string{"", ".", ".."} {
			_, err := env.Client().Record(t.Context(), "package.model-a", id)
			if err == nil || transport.IsNotFound(err) || len(env.Team.Journal()) > 0 {
				t.Errorf("%q: error = %v, want an invalid id", id, err)
			}
		}
	})
}
