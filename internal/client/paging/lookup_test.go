package paging_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

func TestLookupsByNameShareOneListing(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 1000}, Server: server.Options{Latency: 20 * time.Millisecond}}, func(t *testing.T, env clienttest.Env) {
		celonis := env.Client()
		all := intelligence.GenerateKnowledgeModels(1000, 0)

		var group sync.WaitGroup

		for index := range 100 {
			group.Go(func() {
				want := all[index*7]

				got, err := celonis.KnowledgeModelByName(t.Context(), want.Name)
				if err != nil || got.ID != want.ID() {
					t.Errorf("KnowledgeModelByName() = %+v, %v, want %s", got, err, want.ID())
				}
			})
		}

		group.Wait()
		env.WantRequests(1, 20)
	})
}

func TestNameMissingFromACachedListIsLookedUpAgain(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{Models: clienttest.Models("One")}}, func(t *testing.T, env clienttest.Env) {
		celonis := env.Client()

		_, err := celonis.KnowledgeModelByName(t.Context(), "Two")
		clienttest.WantError(t, err, transport.ReasonNotFound, `none of the 1 Knowledge Models`, `"Two"`)
		env.WantRequests(1, 1) // The list was requested for this lookup, so it is not requested again.

		time.Sleep(time.Second)
		env.Team.SetKnowledgeModels(clienttest.Models("One", "Two"))

		if got, err := celonis.KnowledgeModelByName(t.Context(), "Two"); err != nil || got.ID != "package.model-b" {
			t.Errorf("KnowledgeModelByName() = %+v, %v", got, err)
		}

		env.WantRequests(1, 2)
	})
}

func TestMissingNamesShareOneMoreListing(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 40}, Server: server.Options{Latency: time.Second}}, func(t *testing.T, env clienttest.Env) {
		celonis := env.Client()

		if _, err := celonis.KnowledgeModels(t.Context()); err != nil {
			t.Fatal(err)
		}

		time.Sleep(time.Second)

		var group sync.WaitGroup
		for index := range 20 {
			group.Go(func() {
				_, err := celonis.KnowledgeModelByName(t.Context(), fmt.Sprintf("Missing %d", index))
				clienttest.WantError(t, err, transport.ReasonNotFound)
			})
		}

		group.Wait()
		env.WantRequests(1, 2)
	})
}

func TestAmbiguousNameListsTheIDs(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{Models: clienttest.Models("One", "Two", "One")}}, func(t *testing.T, env clienttest.Env) {
		_, err := env.Client().KnowledgeModelByName(t.Context(), "One")
		clienttest.WantError(t, err, transport.ReasonAmbiguous, "package.model-a, package.model-c")
	})
}

func TestListsAreCachedForTenSeconds(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{Models: clienttest.Models("One")}}, func(t *testing.T, env clienttest.Env) {
		celonis := env.Client()

		for _, step := range []struct {
			wait time.Duration
			want int
		}{{0, 1}, {9 * time.Second, 1}, {2 * time.Second, 2}} {
			time.Sleep(step.wait)

			if _, err := celonis.KnowledgeModels(t.Context()); err != nil {
				t.Fatal(err)
			}

			env.WantRequests(1, step.want)
		}
	})
}
