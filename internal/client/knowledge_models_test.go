package client_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

func TestListIsCompleteForEveryReadingOfTotalAndEveryPageCap(t *testing.T) {
	t.Parallel()

	for _, count := range []int{0, 1, 49, 50, 51, 137, 10_000} {
		for _, total := range server.TotalMeaning("").Words() {
			for _, pageCap := range []int{7, 50, 5000} {
				for _, omit := range []bool{false, true} {
					t.Run(fmt.Sprintf("%d models, total %s, cap %d, page size omitted %t", count, total, pageCap, omit), func(t *testing.T) {
						t.Parallel()

						options := simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: count}, Server: server.Options{Total: total, MaxPageSize: pageCap, OmitPageSize: omit}}
						if count == 10_000 && pageCap == 7 && total != server.TotalCountsAll {
							return // 1,429 pages one after the other are above the bound on pages, which a test of its own covers.
						}

						clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
							got, err := env.Client().KnowledgeModels(t.Context())
							if err != nil {
								t.Fatal(err)
							}

							want := intelligence.GenerateKnowledgeModels(count, 0)
							checkModels(t, got, want)

							if total == server.TotalCountsAll && !omit {
								env.WantRequests(1, leastRequests(count, min(pageCap, client.DefaultPageSize)))
							}
						})
					})
				}
			}
		}
	}
}

// leastRequests is what a list costs when its total counts all. A single full page could be one of many: it costs a look at
// the next.
func leastRequests(count, size int) int {
	if count == size {
		return 2
	}

	return max(1, (count+size-1)/size)
}

func checkModels(t *testing.T, got []client.KnowledgeModel, want []intelligence.KnowledgeModel) {
	t.Helper()

	wanted := make([]client.KnowledgeModel, 0, len(want))
	for _, model := range want {
		wanted = append(wanted, client.KnowledgeModel{ID: model.ID(), Name: model.Name, Published: model.Published})
	}

	slices.SortFunc(wanted, func(a, b client.KnowledgeModel) int {
		if a.ID < b.ID {
			return -1
		}

		return 1
	})

	if !slices.Equal(got, wanted) {
		t.Errorf("%d models came, want %d, each once and sorted by id", len(got), len(wanted))
	}
}

func TestListAsksForTheCappedPageSizeOnLaterPages(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 130}, Server: server.Options{MaxPageSize: 50}}, func(t *testing.T, env clienttest.Env) {
		_, err := env.Client(func(o *client.Options) { o.PageSize = 1000 }).KnowledgeModels(t.Context())
		if err != nil {
			t.Fatal(err)
		}

		var sizes []string

		for _, entry := range env.Team.Journal() {
			if entry.Path == clienttest.ModelsPath {
				sizes = append(sizes, entry.Query.Get("pageSize"))
			}
		}

		if slices.Sort(sizes); !slices.Equal(sizes, []string{"1000", "50", "50"}) {
			t.Errorf("page sizes %v", sizes)
		}
	})
}

func TestListIsCompleteWhereTheCapIsSilent(t *testing.T) {
	t.Parallel()

	for _, count := range []int{0, 1, 49, 50, 51, 99, 100, 101, 137, 600} {
		for _, total := range server.TotalMeaning("").Words() {
			for licence, asked := range map[string]int{"S": 100, "M": 137, "L": 5000} {
				t.Run(fmt.Sprintf("%d models, total %s, licence %s", count, total, licence), func(t *testing.T) {
					t.Parallel()

					options := simulator.Options{
						Intelligence: intelligence.Options{KnowledgeModels: count}, Server: server.Options{Total: total, Licence: licence, PageSizeAboveMax: server.CapPageSizeSilently},
					}
					clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
						got, err := env.Client(func(o *client.Options) { o.PageSize = asked }).KnowledgeModels(t.Context())
						if err != nil {
							t.Fatal(err)
						}

						checkModels(t, got, intelligence.GenerateKnowledgeModels(count, 0))
					})
				})
			}
		}
	}
}

// TestPageAfterTheLastOne: whether a single full page is the whole list shows in the next one. Whatever that answers, the
// list is complete or an error, and no request more is made than that one.
func TestPageAfterTheLastOne(t *testing.T) {
	t.Parallel()

	for _, pastEnd := range server.PastEnd("").Words() {
		for _, count := range []int{49, 50, 51} {
			t.Run(fmt.Sprintf("%s, %d models", pastEnd, count), func(t *testing.T) {
				t.Parallel()
				clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: count}, Server: server.Options{PastEnd: pastEnd}}, func(t *testing.T, env clienttest.Env) {
					got, err := env.Client().KnowledgeModels(t.Context())

					switch {
					case count != 50 || pastEnd == server.PastEndEmpty:
						checkModels(t, got, intelligence.GenerateKnowledgeModels(count, 0))
					case err == nil || !strings.Contains(err.Error(), "another page size"):
						t.Errorf("error %v: it does not say what helps", err)
					}

					env.WantRequests(1, leastRequests(count, client.DefaultPageSize))
				})
			})
		}
	}
}

func TestPageSizeThatTheServiceRefusesIsAnError(t *testing.T) {
	t.Parallel()

	options := simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 3}, Server: server.Options{PageSizeAboveMax: server.RefusePageSize}}
	clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
		_, err := env.Client(func(o *client.Options) { o.PageSize = 51 }).KnowledgeModels(t.Context())
		clienttest.WantError(t, err, transport.ReasonStatus, "status 400", "GENERAL_PARAMETER_ILLEGAL")
	})
}

func TestPagesOfALargeListAreFetchedConcurrently(t *testing.T) {
	t.Parallel()

	const latency = 50 * time.Millisecond

	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 10_000}, Server: server.Options{Latency: latency}}, func(t *testing.T, env clienttest.Env) {
		celonis := env.Client()

		// A token, the first page, and the other 199 pages ten at a time.
		if took := clienttest.Elapsed(func() {
			if _, err := celonis.KnowledgeModels(t.Context()); err != nil {
				t.Fatal(err)
			}
		}); took != 22*latency {
			t.Errorf("it took %s, want %s", took, 22*latency)
		}

		if got := env.Team.MaxInFlight(); got != transport.DefaultMaxConcurrentRequests {
			t.Errorf("%d requests at once, want %d", got, transport.DefaultMaxConcurrentRequests)
		}
	})
}

func TestListStopsWhenAPageRepeats(t *testing.T) {
	t.Parallel()

	for _, total := range server.TotalMeaning("").Words() {
		t.Run(string(total), func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 120}, Server: server.Options{Total: total}}, func(t *testing.T, env clienttest.Env) {
				env.Team.Inject(simulator.Fault{Path: clienttest.ModelsPath, RepeatPage: true, Times: -1})

				_, err := env.Client().KnowledgeModels(t.Context())
				clienttest.WantError(t, err, transport.ReasonInvalidResponse, "the list of Knowledge Models", "repeats")

				if got := env.Team.Count(http.MethodGet, clienttest.ModelsPath); got > 3 {
					t.Errorf("%d requests for a list that repeats its first page", got)
				}
			})
		})
	}
}

func TestTotalThatChangesMakesOneFreshStart(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 120}}, func(t *testing.T, env clienttest.Env) {
		env.Team.Inject(simulator.Fault{Path: clienttest.ModelsPath, Skip: 1, ChangeTotal: 1})

		got, err := env.Client().KnowledgeModels(t.Context())
		if err != nil {
			t.Fatal(err)
		}

		checkModels(t, got, intelligence.GenerateKnowledgeModels(120, 0))
		env.WantAtMost(6, http.MethodGet, clienttest.ModelsPath)
	})
}

func TestTotalThatKeepsChangingIsAnError(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 120}}, func(t *testing.T, env clienttest.Env) {
		env.Team.Inject(simulator.Fault{Path: clienttest.ModelsPath, Skip: 1, ChangeTotal: 1})
		env.Team.Inject(simulator.Fault{Path: clienttest.ModelsPath, Skip: 3, ChangeTotal: 1})

		_, err := env.Client().KnowledgeModels(t.Context())
		clienttest.WantError(t, err, transport.ReasonInvalidResponse, "the list changed while it was read")
		env.WantAtMost(6, http.MethodGet, clienttest.ModelsPath)
	})
}

func TestListThatHoldsLessThanItAnnouncesIsAnError(t *testing.T) {
	t.Parallel()

	for name, body := range map[string]string{
		"nothing":         `{"content": [], "page": 0, "pageSize": 50, "total": 3}`,
		"one item":        `{"content": [{"id": "a.b"}], "page": 0, "pageSize": 50, "total": 3}`,
		"one item twice":  `{"content": [{"id": "a.b"}, {"id": "a.b"}], "page": 0, "pageSize": 50, "total": 3}`,
		"no content":      `{"page": 0, "pageSize": 50, "total": 0}`,
		"null content":    `{"content": null, "page": 0, "pageSize": 50, "total": 0}`,
		"an empty object": `{}`,
		"an array":        `[]`,
		"nothing at all":  ``,
		"half an object":  `{"content": [{"id": "a.b"}, {"id"`,
		"no id":           `{"content": [{"name": "x"}], "page": 0, "pageSize": 50, "total": 1}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 3}}, func(t *testing.T, env clienttest.Env) {
				env.Team.Inject(simulator.Fault{
					Path: clienttest.ModelsPath, Times: -1, Status: http.StatusOK, Body: body,
					Header: http.Header{"Content-Type": {"application/json"}},
				})

				_, err := env.Client().KnowledgeModels(t.Context())
				clienttest.WantError(t, err, transport.ReasonInvalidResponse, "the list of Knowledge Models")
			})
		})
	}
}

func TestAnswersAreDecodedLeniently(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
		env.Team.Inject(simulator.Fault{
			Path: clienttest.ModelsPath, Status: http.StatusOK, Header: http.Header{"Content-Type": {"text/plain"}},
			Body: `{"content": [{"id": 7, "name": null, "published": "2026-02-03", "new": {"x": []}}, {"id": "a.b", "name": 3.50}],
			        "page": "0", "pageSize": "50", "total": "2", "sort": ["+id"], "links": null}`,
		})

		got, err := env.Client().KnowledgeModels(t.Context())
		if err != nil {
			t.Fatal(err)
		}

		want := []client.KnowledgeModel{{ID: "7", Published: "2026-02-03"}, {ID: "a.b", Name: "3.50"}}
		if !slices.Equal(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
}

func TestDetail(t *testing.T) {
	t.Parallel()

	team := []intelligence.KnowledgeModel{
		{PackageKey: "order-to-cash", Key: "otc-km", Name: "Order to Cash", ExtendedID: "order-to-cash.base"},
		{PackageKey: "order-to-cash", Key: "with/slash +&?#%ü", Name: "Odd"},
	}
	for _, nulls := range []bool{false, true} {
		t.Run(fmt.Sprintf("null fields %t", nulls), func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{Models: team}, Server: server.Options{NullFields: nulls}}, func(t *testing.T, env clienttest.Env) {
				celonis := env.Client()

				for _, model := range team {
					got, err := celonis.KnowledgeModel(t.Context(), model.ID())
					if err != nil {
						t.Fatal(err)
					}

					if want := (client.KnowledgeModelDetail{ID: model.ID(), Name: model.Name, ExtendedID: model.ExtendedID}); got != want {
						t.Errorf("got %+v, want %+v", got, want)
					}
				}
			})
		})
	}
}

func TestDetailOfAnUnknownModelIsNotFound(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{Models: clienttest.Models("One")}}, func(t *testing.T, env clienttest.Env) {
		_, err := env.Client().KnowledgeModel(t.Context(), "package.MODEL-A")
		clienttest.WantError(t, err, transport.ReasonNotFound, "GET /intelligence/api/knowledge-models/package.MODEL-A", "KM_MODEL_NOTFOUND")

		if !transport.IsNotFound(err) {
			t.Error("the error does not say that the model is not there")
		}
	})
}

func TestDetailOfAnotherModelIsRefused(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
		env.Team.Inject(simulator.Fault{Path: clienttest.ModelsPath + "/a.b", Status: http.StatusOK, Body: `{"id": "a.c", "name": "C"}`})

		_, err := env.Client().KnowledgeModel(t.Context(), "a.b")
		clienttest.WantError(t, err, transport.ReasonInvalidResponse, "a.b", "a.c")
	})
}

func TestOtherKindsOf404AreNoProofThatAModelIsGone(t *testing.T) {
	t.Parallel()

	for name, body := range map[string]string{
		"unknown path":  `{"title": "Not found", "status": 404, "errorCode": "GENERAL_NOTFOUND_PATH"}`,
		"limit":         `{"status": 404, "errorCode": "LIMIT_NOTFOUND"}`,
		"licence limit": `{"status": 404, "errorCode": "LIMIT_SIZE_NOTFOUND"}`,
		"web page":      `<!DOCTYPE html><html><title>404</title></html>`,
		"empty":         ``,
		"text":          `KM_MODEL_NOTFOUND`,
		"cut off":       `{"errorCode": "KM_MODEL_NOTFOUND"`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{Models: clienttest.Models("One")}}, func(t *testing.T, env clienttest.Env) {
				env.Team.Inject(simulator.Fault{Path: clienttest.ModelsPath + "/package.model-a", Status: http.StatusNotFound, Body: body})

				_, err := env.Client().KnowledgeModel(t.Context(), "package.model-a")
				if err == nil || transport.IsNotFound(err) {
					t.Errorf("error %v: it must be an error, and not say that the model is gone", err)
				}
			})
		})
	}
}

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
					t.Errorf("got %+v, %v, want %s", got, err, want.ID())
				}
			})
		}

		group.Wait()
		env.WantRequests(1, 20)
	})
}

func TestNameThatIsMissingFromASharedAnswerIsLookedForOnceMore(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{Models: clienttest.Models("One")}}, func(t *testing.T, env clienttest.Env) {
		celonis := env.Client()

		_, err := celonis.KnowledgeModelByName(t.Context(), "Two")
		clienttest.WantError(t, err, transport.ReasonNotFound, `none of the 1 Knowledge Models`, `"Two"`)
		env.WantRequests(1, 1) // Its own listing was fresh.

		time.Sleep(time.Second)
		env.Team.SetKnowledgeModels(clienttest.Models("One", "Two"))

		if got, err := celonis.KnowledgeModelByName(t.Context(), "Two"); err != nil || got.ID != "package.model-b" {
			t.Errorf("got %+v, %v", got, err)
		}

		env.WantRequests(1, 2)
	})
}

func TestManyMissingNamesCostOneMoreListing(t *testing.T) {
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

func TestSharedAnswersServeForTenSeconds(t *testing.T) {
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

func TestModelsOfAPackageWithoutPermissionAreNotListed(t *testing.T) {
	t.Parallel()

	limited := oauth.DefaultClient()
	limited.Packages = []string{"open"}
	team := []intelligence.KnowledgeModel{
		{PackageKey: "open", Key: "km", Name: "Open"}, {PackageKey: "closed", Key: "km", Name: "Closed"},
	}

	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{Models: team}, OAuth: oauth.Options{Clients: []oauth.Client{limited}}}, func(t *testing.T, env clienttest.Env) {
		celonis := env.Client()

		got, err := celonis.KnowledgeModels(t.Context())
		if err != nil || len(got) != 1 || got[0].ID != "open.km" {
			t.Errorf("got %v, %v", got, err)
		}

		_, err = celonis.KnowledgeModel(t.Context(), "closed.km")
		clienttest.WantError(t, err, transport.ReasonForbidden, "ADMIN_ACCESS_ERROR")
	})
}
