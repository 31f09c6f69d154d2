package client_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

const jsonType = "application/json"

// listBody is a page of the list, with ids from first to last.
func listBody(first, last int, pageSize, total any) string {
	type item struct {
		ID string `json:"id"`
	}

	content := []item{}
	for index := first; index < last; index++ {
		content = append(content, item{ID: fmt.Sprintf("p.%04d", index)})
	}

	body, err := json.Marshal(map[string]any{"content": content, "page": 0, "pageSize": pageSize, "total": total})
	if err != nil {
		panic(err)
	}

	return string(body)
}

func TestOverlappingPagesFailTheList(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
		for range 2 { // The fresh start meets the same.
			env.Team.Inject(simulator.Fault{Path: clienttest.ModelsPath, Status: http.StatusOK, Body: listBody(0, 50, 50, 50)})
			env.Team.Inject(simulator.Fault{Path: clienttest.ModelsPath, Status: http.StatusOK, Body: listBody(20, 60, 50, 40)})
		}

		_, err := env.Client().KnowledgeModels(t.Context())
		clienttest.WantError(t, err, transport.ReasonInvalidResponse, "the list changed while it was read", "items of earlier pages")
		env.WantRequests(1, 4)
	})
}

func TestWrongTotalCostsFewRequests(t *testing.T) {
	t.Parallel()

	for _, lie := range []int{100_000, 900_000, 2_000_000_000} {
		clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 120}}, func(t *testing.T, env clienttest.Env) {
			env.Team.Inject(simulator.Fault{Path: clienttest.ModelsPath, Times: -1, ChangeTotal: lie})

			_, err := env.Client().KnowledgeModels(t.Context())
			clienttest.WantError(t, err, transport.ReasonInvalidResponse, "the list of Knowledge Models")
			env.WantAtMost(2*(3+transport.DefaultMaxConcurrentRequests), http.MethodGet, clienttest.ModelsPath)

			if lie > 1_000_000 {
				env.WantRequests(1, 1)
			}
		})
	}
}

func TestWrongPageSizesDoNoHarm(t *testing.T) {
	t.Parallel()

	for _, size := range []string{"9223372036854774784", "-5", "1e300", `"50"`, "0", "null"} {
		t.Run(size, func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
				env.Respond(clienttest.ModelsPath, http.StatusOK, jsonType, strings.Replace(listBody(0, 3, "SIZE", 2000), `"SIZE"`, size, 1))

				_, err := env.Client().KnowledgeModels(t.Context())
				clienttest.WantError(t, err, transport.ReasonInvalidResponse)
			})
		})
	}
}

func TestErrorOnALaterPageFailsTheList(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 5000}, Server: server.Options{Latency: 10 * time.Millisecond}}, func(t *testing.T, env clienttest.Env) {
		env.Team.Inject(simulator.Fault{Path: clienttest.ModelsPath, Skip: 5, Status: http.StatusForbidden, Body: `{"errorCode": "ADMIN_ACCESS_ERROR"}`})

		_, err := env.Client().KnowledgeModels(t.Context())
		clienttest.WantError(t, err, transport.ReasonForbidden, "ADMIN_ACCESS_ERROR")
		env.WantAtMost(1+3*transport.DefaultMaxConcurrentRequests, http.MethodGet, clienttest.ModelsPath) // Of 100: those that were under way.
	})
}

func TestPagesAreRequestedInAStableOrder(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 60}}, func(t *testing.T, env clienttest.Env) {
		if _, err := env.Client().KnowledgeModels(t.Context()); err != nil {
			t.Fatal(err)
		}

		for _, entry := range env.Team.Journal()[1:] {
			if got := entry.Query.Get("sort"); got != "id" {
				t.Errorf("sorted by %q", got)
			}
		}
	})
}
