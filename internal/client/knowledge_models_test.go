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

						inBubble(t, options, func(t *testing.T, w world) {
							got, err := w.client().KnowledgeModels(t.Context())
							if err != nil {
								t.Fatal(err)
							}

							want := intelligence.GenerateKnowledgeModels(count, 0)
							checkModels(t, got, want)

							if total == server.TotalCountsAll && !omit {
								w.wantRequests(1, leastRequests(count, min(pageCap, client.DefaultPageSize)))
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
	inBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 130}, Server: server.Options{MaxPageSize: 50}}, func(t *testing.T, w world) {
		_, err := w.client(func(o *client.Options) { o.PageSize = 1000 }).KnowledgeModels(t.Context())
		if err != nil {
			t.Fatal(err)
		}

		var sizes []string

		for _, entry := range w.team.Journal() {
			if entry.Path == modelsPath {
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
					inBubble(t, options, func(t *testing.T, w world) {
						got, err := w.client(func(o *client.Options) { o.PageSize = asked }).KnowledgeModels(t.Context())
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
				inBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: count}, Server: server.Options{PastEnd: pastEnd}}, func(t *testing.T, w world) {
					got, err := w.client().KnowledgeModels(t.Context())

					switch {
					case count != 50 || pastEnd == server.PastEndEmpty:
						checkModels(t, got, intelligence.GenerateKnowledgeModels(count, 0))
					case err == nil || !strings.Contains(err.Error(), "another page size"):
						t.Errorf("error %v: it does not say what helps", err)
					}

					w.wantRequests(1, leastRequests(count, client.DefaultPageSize))
				})
			})
		}
	}
}

func TestPageSizeThatTheServiceRefusesIsAnError(t *testing.T) {
	t.Parallel()

	options := simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 3}, Server: server.Options{PageSizeAboveMax: server.RefusePageSize}}
	inBubble(t, options, func(t *testing.T, w world) {
		_, err := w.client(func(o *client.Options) { o.PageSize = 51 }).KnowledgeModels(t.Context())
		failure(t, err, transport.ReasonStatus, "status 400", "GENERAL_PARAMETER_ILLEGAL")
	})
}

func TestPagesOfALargeListAreFetchedConcurrently(t *testing.T) {
	t.Parallel()

	const latency = 50 * time.Millisecond

	inBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 10_000}, Server: server.Options{Latency: latency}}, func(t *testing.T, w world) {
		celonis := w.client()

		// A token, the first page, and the other 199 pages ten at a time.
		if took := elapsed(func() {
			if _, err := celonis.KnowledgeModels(t.Context()); err != nil {
				t.Fatal(err)
			}
		}); took != 22*latency {
			t.Errorf("it took %s, want %s", took, 22*latency)
		}

		if got := w.team.MaxInFlight(); got != transport.DefaultMaxConcurrentRequests {
			t.Errorf("%d requests at once, want %d", got, transport.DefaultMaxConcurrentRequests)
		}
	})
}

func TestListStopsWhenAPageRepeats(t *testing.T) {
	t.Parallel()

	for _, total := range server.TotalMeaning("").Words() {
		t.Run(string(total), func(t *testing.T) {
			t.Parallel()
			inBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 120}, Server: server.Options{Total: total}}, func(t *testing.T, w world) {
				w.team.Inject(simulator.Fault{Path: modelsPath, RepeatPage: true, Times: -1})

				_, err := w.client().KnowledgeModels(t.Context())
				failure(t, err, transport.ReasonInvalidResponse, "the list of Knowledge Models", "repeats")

				if got := w.team.Count(http.MethodGet, modelsPath); got > 3 {
					t.Errorf("%d requests for a list that repeats its first page", got)
				}
			})
		})
	}
}

func TestTotalThatChangesMakesOneFreshStart(t *testing.T) {
	t.Parallel()
	inBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 120}}, func(t *testing.T, w world) {
		w.team.Inject(simulator.Fault{Path: modelsPath, Skip: 1, ChangeTotal: 1})

		got, err := w.client().KnowledgeModels(t.Context())
		if err != nil {
			t.Fatal(err)
		}

		checkModels(t, got, intelligence.GenerateKnowledgeModels(120, 0))
		w.wantAtMostLists(6)
	})
}

func TestTotalThatKeepsChangingIsAnError(t *testing.T) {
	t.Parallel()
	inBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 120}}, func(t *testing.T, w world) {
		w.team.Inject(simulator.Fault{Path: modelsPath, Skip: 1, ChangeTotal: 1})
		w.team.Inject(simulator.Fault{Path: modelsPath, Skip: 3, ChangeTotal: 1})

		_, err := w.client().KnowledgeModels(t.Context())
		failure(t, err, transport.ReasonInvalidResponse, "the list changed while it was read")
		w.wantAtMostLists(6)
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
			inBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 3}}, func(t *testing.T, w world) {
				w.team.Inject(simulator.Fault{
					Path: modelsPath, Times: -1, Status: http.StatusOK, Body: body,
					Header: http.Header{"Content-Type": {"application/json"}},
				})

				_, err := w.client().KnowledgeModels(t.Context())
				failure(t, err, transport.ReasonInvalidResponse, "the list of Knowledge Models")
			})
		})
	}
}

func TestAnswersAreDecodedLeniently(t *testing.T) {
	t.Parallel()
	inBubble(t, simulator.Options{}, func(t *testing.T, w world) {
		w.team.Inject(simulator.Fault{
			Path: modelsPath, Status: http.StatusOK, Header: http.Header{"Content-Type": {"text/plain"}},
			Body: `{"content": [{"id": 7, "name": null, "published": "2026-02-03", "new": {"x": []}}, {"id": "a.b", "name": 3.50}],
			        "page": "0", "pageSize": "50", "total": "2", "sort": ["+id"], "links": null}`,
		})

		got, err := w.client().KnowledgeModels(t.Context())
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
			inBubble(t, simulator.Options{Intelligence: intelligence.Options{Models: team}, Server: server.Options{NullFields: nulls}}, func(t *testing.T, w world) {
				celonis := w.client()

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
	inBubble(t, simulator.Options{Intelligence: intelligence.Options{Models: models("One")}}, func(t *testing.T, w world) {
		_, err := w.client().KnowledgeModel(t.Context(), "package.MODEL-A")
		failure(t, err, transport.ReasonNotFound, "GET /intelligence/api/knowledge-models/package.MODEL-A", "KM_MODEL_NOTFOUND")

		if !transport.IsNotFound(err) {
			t.Error("the error does not say that the model is not there")
		}
	})
}

func TestDetailOfAnotherModelIsRefused(t *testing.T) {
	t.Parallel()
	inBubble(t, simulator.Options{}, func(t *testing.T, w world) {
		w.team.Inject(simulator.Fault{Path: modelsPath + "/a.b", Status: http.StatusOK, Body: `{"id": "a.c", "name": "C"}`})

		_, err := w.client().KnowledgeModel(t.Context(), "a.b")
		failure(t, err, transport.ReasonInvalidResponse, "a.b", "a.c")
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
			inBubble(t, simulator.Options{Intelligence: intelligence.Options{Models: models("One")}}, func(t *testing.T, w world) {
				w.team.Inject(simulator.Fault{Path: modelsPath + "/package.model-a", Status: http.StatusNotFound, Body: body})

				_, err := w.client().KnowledgeModel(t.Context(), "package.model-a")
				if err == nil || transport.IsNotFound(err) {
					t.Errorf("error %v: it must be an error, and not say that the model is gone", err)
				}
			})
		})
	}
}

func TestLookupsByNameShareOneListing(t *testing.T) {
	t.Parallel()
	inBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 1000}, Server: server.Options{Latency: 20 * time.Millisecond}}, func(t *testing.T, w world) {
		celonis := w.client()
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
		w.wantRequests(1, 20)
	})
}

func TestNameThatIsMissingFromASharedAnswerIsLookedForOnceMore(t *testing.T) {
	t.Parallel()
	inBubble(t, simulator.Options{Intelligence: intelligence.Options{Models: models("One")}}, func(t *testing.T, w world) {
		celonis := w.client()

		_, err := celonis.KnowledgeModelByName(t.Context(), "Two")
		failure(t, err, transport.ReasonNotFound, `none of the 1 Knowledge Models`, `"Two"`)
		w.wantRequests(1, 1) // Its own listing was fresh.

		time.Sleep(time.Second)
		w.team.SetKnowledgeModels(models("One", "Two"))

		if got, err := celonis.KnowledgeModelByName(t.Context(), "Two"); err != nil || got.ID != "package.model-b" {
			t.Errorf("got %+v, %v", got, err)
		}

		w.wantRequests(1, 2)
	})
}

func TestManyMissingNamesCostOneMoreListing(t *testing.T) {
	t.Parallel()
	inBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 40}, Server: server.Options{Latency: time.Second}}, func(t *testing.T, w world) {
		celonis := w.client()

		if _, err := celonis.KnowledgeModels(t.Context()); err != nil {
			t.Fatal(err)
		}

		time.Sleep(time.Second)

		var group sync.WaitGroup
		for index := range 20 {
			group.Go(func() {
				_, err := celonis.KnowledgeModelByName(t.Context(), fmt.Sprintf("Missing %d", index))
				failure(t, err, transport.ReasonNotFound)
			})
		}

		group.Wait()
		w.wantRequests(1, 2)
	})
}

func TestAmbiguousNameListsTheIDs(t *testing.T) {
	t.Parallel()
	inBubble(t, simulator.Options{Intelligence: intelligence.Options{Models: models("One", "Two", "One")}}, func(t *testing.T, w world) {
		_, err := w.client().KnowledgeModelByName(t.Context(), "One")
		failure(t, err, transport.ReasonAmbiguous, "package.model-a, package.model-c")
	})
}

func TestSharedAnswersServeForTenSeconds(t *testing.T) {
	t.Parallel()
	inBubble(t, simulator.Options{Intelligence: intelligence.Options{Models: models("One")}}, func(t *testing.T, w world) {
		celonis := w.client()

		for _, step := range []struct {
			wait time.Duration
			want int
		}{{0, 1}, {9 * time.Second, 1}, {2 * time.Second, 2}} {
			time.Sleep(step.wait)

			if _, err := celonis.KnowledgeModels(t.Context()); err != nil {
				t.Fatal(err)
			}

			w.wantRequests(1, step.want)
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

	inBubble(t, simulator.Options{Intelligence: intelligence.Options{Models: team}, OAuth: oauth.Options{Clients: []oauth.Client{limited}}}, func(t *testing.T, w world) {
		celonis := w.client()

		got, err := celonis.KnowledgeModels(t.Context())
		if err != nil || len(got) != 1 || got[0].ID != "open.km" {
			t.Errorf("got %v, %v", got, err)
		}

		_, err = celonis.KnowledgeModel(t.Context(), "closed.km")
		failure(t, err, transport.ReasonForbidden, "ADMIN_ACCESS_ERROR")
	})
}
