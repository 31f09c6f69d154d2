package paging_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// listBody returns a page of the list, with ids from first up to, but not including, last.
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
		for range 2 { // The second attempt to read the list returns the same pages.
			env.Team.Inject(simulator.Fault{Path: clienttest.ModelsPath, Status: http.StatusOK, Body: listBody(0, 50, 50, 50)})
			env.Team.Inject(simulator.Fault{Path: clienttest.ModelsPath, Status: http.StatusOK, Body: listBody(20, 60, 50, 40)})
		}

		_, err := env.Client().KnowledgeModels(t.Context())
		clienttest.WantError(t, err, transport.ReasonInvalidResponse, "the list changed while it was being read", "items from earlier pages")
		env.WantRequests(1, 4)
	})
}

func TestWrongTotalIsDetectedWithFewRequests(t *testing.T) {
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

func TestWrongPageSizesAreErrors(t *testing.T) {
	t.Parallel()

	for _, size := range []string{"9223372036854774784", "-5", "1e300", `"50"`, "0", "null"} {
		t.Run(size, func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
				env.Respond(clienttest.ModelsPath, http.StatusOK, clienttest.JSONType, strings.Replace(listBody(0, 3, "SIZE", 2000), `"SIZE"`, size, 1))

				_, err := env.Client().KnowledgeModels(t.Context())
				clienttest.WantError(t, err, transport.ReasonInvalidResponse)
			})
		})
	}
}

func TestErrorOnALaterPageFailsTheList(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 1000}, Server: server.Options{Latency: 10 * time.Millisecond}}, func(t *testing.T, env clienttest.Env) {
		env.Team.Inject(simulator.Fault{Path: clienttest.ModelsPath, Skip: 5, Status: http.StatusForbidden, Body: `{"errorCode": "ADMIN_ACCESS_ERROR"}`})

		_, err := env.Client(func(o *client.Options) { o.PageSize = 10 }).KnowledgeModels(t.Context())
		clienttest.WantError(t, err, transport.ReasonForbidden, "ADMIN_ACCESS_ERROR")
		// After the error, the client does not request the rest of the 100 pages.
		env.WantAtMost(1+3*transport.DefaultMaxConcurrentRequests, http.MethodGet, clienttest.ModelsPath)
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
				t.Errorf("sort = %q, want id", got)
			}
		}
	})
}

func TestListIsCompleteForEveryTotalAndPageCap(t *testing.T) {
	t.Parallel()

	for _, count := range []int{0, 1, 49, 50, 51, 137, 1000} {
		for _, total := range server.TotalMeaning("").Words() {
			for _, pageCap := range []int{7, 50, 5000} {
				for _, omit := range []bool{false, true} {
					t.Run(fmt.Sprintf("%d models, total %s, cap %d, page size omitted %t", count, total, pageCap, omit), func(t *testing.T) {
						t.Parallel()

						options := simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: count}, Server: server.Options{Total: total, MaxPageSize: pageCap, OmitPageSize: omit}}
						clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
							got, err := env.Client().KnowledgeModels(t.Context())
							if err != nil {
								t.Fatal(err)
							}

							want := intelligence.GenerateKnowledgeModels(count, 0)
							clienttest.WantModels(t, got, want)

							if total == server.TotalCountsAll && !omit {
								env.WantRequests(1, clienttest.LeastRequests(count, min(pageCap, client.DefaultPageSize)))
							}
						})
					})
				}
			}
		}
	}
}

func TestLaterPagesAreRequestedWithTheCappedSize(t *testing.T) {
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
			t.Errorf("page sizes = %v", sizes)
		}
	})
}

func TestListIsCompleteIfTheServiceDoesNotReportTheCap(t *testing.T) {
	t.Parallel()

	for _, count := range []int{0, 1, 49, 50, 51, 99, 100, 101, 137, 600} {
		for _, total := range server.TotalMeaning("").Words() {
			for licence, pageSize := range map[string]int{"S": 100, "M": 137, "L": 5000} {
				t.Run(fmt.Sprintf("%d models, total %s, licence %s", count, total, licence), func(t *testing.T) {
					t.Parallel()

					options := simulator.Options{
						Intelligence: intelligence.Options{KnowledgeModels: count}, Server: server.Options{Total: total, Licence: licence, PageSizeAboveMax: server.CapPageSizeSilently},
					}
					clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
						got, err := env.Client(func(o *client.Options) { o.PageSize = pageSize }).KnowledgeModels(t.Context())
						if err != nil {
							t.Fatal(err)
						}

						clienttest.WantModels(t, got, intelligence.GenerateKnowledgeModels(count, 0))
					})
				})
			}
		}
	}
}

// A single full page may be the whole list, so the client requests one more page. Whatever the response to that request, the client returns
// either the complete list or an error.
func TestPageAfterTheLastPage(t *testing.T) {
	t.Parallel()

	for _, pastEnd := range server.PastEnd("").Words() {
		for _, count := range []int{49, 50, 51} {
			t.Run(fmt.Sprintf("%s, %d models", pastEnd, count), func(t *testing.T) {
				t.Parallel()
				clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: count}, Server: server.Options{PastEnd: pastEnd}}, func(t *testing.T, env clienttest.Env) {
					got, err := env.Client().KnowledgeModels(t.Context())
					requests := clienttest.LeastRequests(count, client.DefaultPageSize)

					if count == 50 && pastEnd == server.PastEndLastPage {
						requests *= 2 // The list may have changed between the two equal pages, so it is read again.
					}

					switch {
					case count != 50 || pastEnd == server.PastEndEmpty:
						clienttest.WantModels(t, got, intelligence.GenerateKnowledgeModels(count, 0))
					case err == nil || !strings.Contains(err.Error(), "page size"):
						t.Errorf("error = %v, want it to recommend a different page size", err)
					}

					env.WantRequests(1, requests)
				})
			})
		}
	}
}

func TestRejectedPageSizeIsAnError(t *testing.T) {
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

	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 2000}, Server: server.Options{Latency: latency}}, func(t *testing.T, env clienttest.Env) {
		celonis := env.Client(func(o *client.Options) { o.PageSize = 10 })

		// The token and the first page take one round trip each. The other 199 pages take 20 round trips, because ten requests are sent at a
		// time.
		if took := clienttest.Elapsed(func() {
			if _, err := celonis.KnowledgeModels(t.Context()); err != nil {
				t.Fatal(err)
			}
		}); took != 22*latency {
			t.Errorf("the list took %s, want %s", took, 22*latency)
		}

		if got := env.Team.MaxInFlight(); got != transport.DefaultMaxConcurrentRequests {
			t.Errorf("%d concurrent requests, want %d", got, transport.DefaultMaxConcurrentRequests)
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

				if got := env.Team.Count(http.MethodGet, clienttest.ModelsPath); got > 6 { // The list may have changed, so it is read twice.
					t.Errorf("%d requests for a list that repeats its first page", got)
				}
			})
		})
	}
}

func TestListIsReadAgainOnceIfTheTotalChanges(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 120}}, func(t *testing.T, env clienttest.Env) {
		env.Team.Inject(simulator.Fault{Path: clienttest.ModelsPath, Skip: 1, ChangeTotal: 1})

		got, err := env.Client().KnowledgeModels(t.Context())
		if err != nil {
			t.Fatal(err)
		}

		clienttest.WantModels(t, got, intelligence.GenerateKnowledgeModels(120, 0))
		env.WantAtMost(6, http.MethodGet, clienttest.ModelsPath)
	})
}

func TestTotalThatKeepsChangingIsAnError(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 120}}, func(t *testing.T, env clienttest.Env) {
		env.Team.Inject(simulator.Fault{Path: clienttest.ModelsPath, Skip: 1, ChangeTotal: 1})
		env.Team.Inject(simulator.Fault{Path: clienttest.ModelsPath, Skip: 3, ChangeTotal: 1})

		_, err := env.Client().KnowledgeModels(t.Context())
		clienttest.WantError(t, err, transport.ReasonInvalidResponse, "the list changed while it was being read")
		env.WantAtMost(6, http.MethodGet, clienttest.ModelsPath)
	})
}

func TestListWithFewerItemsThanItsTotalIsAnError(t *testing.T) {
	t.Parallel()

	for name, body := range map[string]string{
		"nothing":         `{"content": [], "page": 0, "pageSize": 50, "total": 3}`,
		"one item":        `{"content": [{"id": "a.b"}], "page": 0, "pageSize": 50, "total": 3}`,
		"one item twice":  `{"content": [{"id": "a.b"}, {"id": "a.b"}], "page": 0, "pageSize": 50, "total": 3}`,
		"no content":      `{"page": 0, "pageSize": 50, "total": 0}`,
		"null content":    `{"content": null, "page": 0, "pageSize": 50, "total": 0}`,
		"an empty object": `{}`,
		"an array":        `[]`,
		"an empty body":   ``,
		"truncated JSON":  `{"content": [{"id": "a.b"}, {"id"`,
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

func TestListLabelledAsHTMLIsRead(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
		env.Respond(clienttest.ModelsPath, http.StatusOK, "text/html", listBody(0, 3, 50, 3))

		found, err := env.Client().KnowledgeModels(t.Context())
		if err != nil || len(found) != 3 {
			t.Errorf("%d models, error = %v", len(found), err)
		}
	})
}
