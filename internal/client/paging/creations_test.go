package paging_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	clientscim "github.com/celonis-community/terraform-provider-celonis/internal/client/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/scim"
)

// createdKind is one kind of object that the client creates.
type createdKind struct {
	postPath, listPath string
	create             func(ctx context.Context, celonis *client.Client, name string) (id string, err error)
	ids                func(team *simulator.Simulator) []string
}

func createdKinds() map[string]createdKind {
	return map[string]createdKind{
		"user": {
			postPath: clienttest.UsersPath, listPath: clienttest.UsersPath,
			create: func(ctx context.Context, celonis *client.Client, name string) (string, error) {
				user, err := celonis.CreateUser(ctx, clientscim.NewUser{UserName: name + "@example.com", DisplayName: name, Role: "ANALYST"})

				return user.ID, err
			},
			ids: func(team *simulator.Simulator) (ids []string) {
				for _, user := range team.Users() {
					ids = append(ids, user.ID)
				}

				return ids
			},
		},
		"group": {
			postPath: clienttest.GroupsPath, listPath: clienttest.GroupsPath,
			create: func(ctx context.Context, celonis *client.Client, name string) (string, error) {
				group, err := celonis.CreateGroup(ctx, clientscim.NewGroup{DisplayName: name, MemberIDs: []string{}})

				return group.ID, err
			},
			ids: func(team *simulator.Simulator) (ids []string) {
				for _, group := range team.Groups() {
					ids = append(ids, group.ID)
				}

				return ids
			},
		},
		"subscription": {
			postPath: clienttest.CreationPath, listPath: clienttest.SubscriptionsPath,
			create: func(ctx context.Context, celonis *client.Client, name string) (string, error) {
				return celonis.CreateSubscription(ctx, clienttest.SubscriptionSpec(name))
			},
			ids: func(team *simulator.Simulator) (ids []string) {
				for _, subscription := range team.Subscriptions() {
					ids = append(ids, subscription.ID)
				}

				return ids
			},
		},
	}
}

// forEachKind runs a test for each kind of object, in a team with some latency.
func forEachKind(t *testing.T, change func(*simulator.Options), test func(t *testing.T, env clienttest.Env, kind createdKind)) {
	t.Helper()

	for name, kind := range createdKinds() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			options := clienttest.SubscriptionTeam(intelligence.SubscriptionOptions{Max: 1000})
			options.Server.Latency = 20 * time.Millisecond

			if change != nil {
				change(&options)
			}

			clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) { test(t, env, kind) })
		})
	}
}

// requests returns the numbers of create requests and listings that the team has received. Before the first create of a subscription, the client
// reads one listing, which is not counted.
func requests(env clienttest.Env, kind createdKind) (creates, listings int) {
	creates, listings = env.Team.Count(http.MethodPost, kind.postPath), env.Team.Count(http.MethodGet, kind.listPath)
	if kind.postPath == clienttest.CreationPath {
		listings--
	}

	return creates, listings
}

func wantCreates(env clienttest.Env, kind createdKind, creates, listings int) {
	env.T.Helper()

	if gotCreates, gotListings := requests(env, kind); gotCreates != creates || gotListings != listings {
		env.T.Errorf("%d creates and %d listings, want %d and %d", gotCreates, gotListings, creates, listings)
	}
}

// notApplied returns faults that prevent the service from applying a request. The responses do not reveal that the request was not applied.
func notApplied() map[string]simulator.Fault {
	faults := map[string]simulator.Fault{
		"reset": {Reset: true}, "timeout": {Hang: true}, "web page": {HTML: true},
		"HTML from a gateway": {Status: http.StatusBadGateway, Body: "<html><title>Bad gateway</title></html>"},
		"empty 200":           {Status: http.StatusOK}, "200 without an object": {Status: http.StatusOK, Body: `{"message": "done"}`},
		"unreadable 201": {Status: http.StatusCreated, Body: `{"id": "`}, "204": {Status: http.StatusNoContent},
	}
	for _, status := range []int{408, 500, 502, 503, 504, 507, 520, 522, 524} {
		faults[strconv.Itoa(status)] = simulator.Fault{Status: status}
	}

	return faults
}

func TestCreateThatWasNotAppliedIsSentAgain(t *testing.T) {
	t.Parallel()

	for name, fault := range notApplied() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			forEachKind(t, nil, func(t *testing.T, env clienttest.Env, kind createdKind) {
				lost := fault // The parallel subtests share the fault variable, so change a copy.
				lost.Method, lost.Path = http.MethodPost, kind.postPath
				env.Team.Inject(lost)

				var id string

				took := clienttest.Elapsed(func() {
					var err error
					if id, err = kind.create(t.Context(), env.Client(), "orders"); err != nil {
						t.Error(err)
					}
				})

				if ids := kind.ids(env.Team); !slices.Equal(ids, []string{id}) {
					t.Errorf("created %q, but the team contains %q", id, ids)
				}

				// Two listings lack the object, and a third listing shows that there is no duplicate.
				wantCreates(env, kind, 2, 3)

				if took < 5*time.Second {
					t.Errorf("the create took %s, want at least 5s between the two listings", took)
				}
			})
		})
	}
}

func TestCreateThatWasAppliedIsFoundInOneListing(t *testing.T) {
	t.Parallel()

	for name, fault := range map[string]simulator.Fault{
		"reset": {ResetAfter: true}, "truncated": {CutBodyAt: 5}, "empty": {Body: " "}, "no object": {Body: `{"message": "done"}`},
		"unreadable": {Body: `{"id": "`}, "web page": {Body: "<html></html>"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			forEachKind(t, nil, func(t *testing.T, env clienttest.Env, kind createdKind) {
				lost := fault // The parallel subtests share the fault variable, so change a copy.
				lost.Method, lost.Path = http.MethodPost, kind.postPath
				env.Team.Inject(lost)

				id, err := kind.create(t.Context(), env.Client(), "orders")
				if ids := kind.ids(env.Team); err != nil || !slices.Equal(ids, []string{id}) {
					t.Errorf("created %q, error %v; the team contains %q", id, err, ids)
				}

				wantCreates(env, kind, 1, 1)
				env.WantCount(0, http.MethodGet, kind.listPath+"/*") // The listing contains all attributes, so the object is not fetched by id.
			})
		})
	}
}

func TestCreatesDuringAnOutageReadFewListings(t *testing.T) {
	t.Parallel()

	const outage = 12 * time.Second

	for _, count := range []int{26, 200} {
		for _, parallelism := range []int{10, count} {
			t.Run(fmt.Sprintf("%d creates, %d at a time", count, parallelism), func(t *testing.T) {
				t.Parallel()
				forEachKind(t, nil, func(t *testing.T, env clienttest.Env, kind createdKind) {
					celonis := env.Client()
					if _, err := kind.create(t.Context(), celonis, "first"); err != nil { // The first create discovers the path of the SCIM API.
						t.Fatal(err)
					}

					_, listingsBefore := requests(env, kind)

					for _, method := range []string{http.MethodPost, http.MethodGet} {
						env.Team.Inject(simulator.Fault{
							Method: method, Path: "*", Status: http.StatusServiceUnavailable, Header: http.Header{"Retry-After": {"4"}}, Times: -1,
						})
					}

					time.AfterFunc(outage, env.Team.ClearFaults)

					names := make([]string, count)
					for index := range names {
						names[index] = fmt.Sprintf("orders-%d", index)
					}

					failed := clienttest.Parallel(parallelism, names, func(name string) error {
						_, err := kind.create(t.Context(), celonis, name)

						return err
					})
					if len(failed) > 0 {
						t.Errorf("%d creates failed: %v", len(failed), slices.Collect(maps.Values(failed))[0])
					}

					if ids := kind.ids(env.Team); len(ids) != count+1 {
						t.Errorf("%d objects, want %d", len(ids), count+1)
					}

					// Only the creates that are in progress when the outage begins are sent twice. The other creates wait until the outage
					// ends.
					creates, listings := requests(env, kind)
					if most := 1 + count + parallelism; creates > most {
						t.Errorf("%d creates, want at most %d", creates, most)
					}

					if most := 20; listings-listingsBefore > most {
						t.Errorf("%d listings, want at most %d", listings-listingsBefore, most)
					}
				})
			})
		}
	}
}

func TestCreatesFailAfterFewListingsInALongOutage(t *testing.T) {
	t.Parallel()

	for _, count := range []int{26, 200} {
		t.Run(strconv.Itoa(count), func(t *testing.T) {
			t.Parallel()
			forEachKind(t, nil, func(t *testing.T, env clienttest.Env, kind createdKind) {
				celonis := env.Client()
				if _, err := kind.create(t.Context(), celonis, "first"); err != nil {
					t.Fatal(err)
				}

				env.Team.Inject(simulator.Fault{Method: http.MethodPost, Path: kind.postPath, Status: http.StatusServiceUnavailable, Times: -1})
				env.Team.Inject(simulator.Fault{Method: http.MethodGet, Path: kind.listPath, Status: http.StatusServiceUnavailable, Times: -1})

				names := make([]string, count)
				for index := range names {
					names[index] = fmt.Sprintf("orders-%d", index)
				}

				for name, err := range clienttest.Parallel(count, names, func(name string) error {
					_, err := kind.create(t.Context(), celonis, name)

					return err
				}) {
					got := clienttest.WantError(t, err, transport.ReasonStatus, "status 503", "the list could not be read", name)
					if !got.OutcomeUnknown {
						t.Errorf("%s: OutcomeUnknown is false", name)
					}
				}

				// The client requests each listing six times, including retries. A create that arrives too late for the first listing shares
				// the second.
				creates, listings := requests(env, kind)
				if creates > 1+count || listings > 2*(1+transport.DefaultMaxRetries)+1 {
					t.Errorf("%d creates and %d listings, want at most one create each and two listings", creates, listings)
				}
			})
		})
	}
}

func TestMaxRetriesLimitsRepeatedCreates(t *testing.T) {
	t.Parallel()

	for _, retries := range []int{0, 1, 20} {
		t.Run(strconv.Itoa(retries), func(t *testing.T) {
			t.Parallel()
			forEachKind(t, nil, func(t *testing.T, env clienttest.Env, kind createdKind) {
				env.Team.Inject(simulator.Fault{Method: http.MethodPost, Path: kind.postPath, Status: http.StatusBadGateway, Times: -1})

				_, err := kind.create(t.Context(), env.Client(func(o *client.Options) { o.MaxRetries = retries }), "orders")
				got := clienttest.WantError(t, err, transport.ReasonStatus, "It is unknown whether the object was created: two complete lists did not contain the object", "orders")

				if !got.OutcomeUnknown || got.Attempts != retries+1 {
					t.Errorf("outcome unknown %t, %d attempts", got.OutcomeUnknown, got.Attempts)
				}

				wantCreates(env, kind, retries+1, 2*(retries+1))
			})
		})
	}
}

// If slow requests are retried many times, creationPatience limits the total time.
func TestCreateIsNotRetriedForever(t *testing.T) {
	t.Parallel()
	forEachKind(t, nil, func(t *testing.T, env clienttest.Env, kind createdKind) {
		env.Team.Inject(simulator.Fault{Method: http.MethodPost, Path: kind.postPath, Hang: true, Times: -1})

		took := clienttest.Elapsed(func() {
			_, err := kind.create(t.Context(), env.Client(func(o *client.Options) { o.MaxRetries = 20 }), "orders")
			clienttest.WantError(t, err, transport.ReasonTimeout, "is unknown", "5m0s")
		})

		if most := 6 * time.Minute; took > most {
			t.Errorf("the create took %s, want at most %s", took, most)
		}
	})
}

func TestCreateWaitsAsLongAsRetryAfterRequests(t *testing.T) {
	t.Parallel()

	for name, wait := range map[string]time.Duration{"maximum wait": time.Minute, "too long": 2 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			forEachKind(t, nil, func(t *testing.T, env clienttest.Env, kind createdKind) {
				env.Team.Inject(simulator.Fault{
					Method: http.MethodPost, Path: kind.postPath, Status: http.StatusServiceUnavailable,
					Header: http.Header{"Retry-After": {fmt.Sprint(wait.Seconds())}},
				})

				took := clienttest.Elapsed(func() {
					_, err := kind.create(t.Context(), env.Client(), "orders")
					if wait > transport.DefaultMaxRetryWait {
						clienttest.WantError(t, err, transport.ReasonStatus, "is unknown", "does not accept requests for another")
					} else if err != nil {
						t.Error(err)
					}
				})

				if wait <= transport.DefaultMaxRetryWait && took < wait-time.Second { // A Date header has a resolution of one second.
					t.Errorf("the create took %s, want at least %s", took, wait)
				}
			})
		})
	}
}

func TestCancellingEndsTheLookupsOfACreate(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		listing simulator.Fault
		after   time.Duration
		atMost  time.Duration
		part    string
	}{
		"between two listings":     {after: 2 * time.Second, part: "the run was cancelled, and the object was not in the list when it was last read"},
		"in the first listing":     {simulator.Fault{Hang: true}, 2 * time.Second, 5 * time.Second, "the run was cancelled before the list could be read"},
		"in an outage":             {simulator.Fault{Status: 503, Times: -1}, 2 * time.Second, 5 * time.Second, "cancelled before the list could be read"},
		"in the second listing":    {simulator.Fault{Hang: true, Skip: 1}, 7 * time.Second, 0, "the run was cancelled, and the object was not in the list when it was last read"},
		"before a repeated create": {simulator.Fault{Skip: 1, Delay: 5 * time.Second}, 8 * time.Second, 0, "the run was cancelled, and the object was not in the list when it was last read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			forEachKind(t, nil, func(t *testing.T, env clienttest.Env, kind createdKind) {
				celonis := env.Client()
				if _, err := kind.create(t.Context(), celonis, "first"); err != nil {
					t.Fatal(err)
				}

				lost := test.listing // The parallel subtests share the test variable, so change a copy.
				lost.Method, lost.Path = http.MethodGet, kind.listPath

				if lost.Hang || lost.Status != 0 || lost.Delay > 0 {
					env.Team.Inject(lost)
				}

				env.Team.Inject(simulator.Fault{Method: http.MethodPost, Path: kind.postPath, Status: http.StatusBadGateway})

				ctx, cancel := context.WithTimeout(t.Context(), test.after)
				defer cancel()

				took := clienttest.Elapsed(func() {
					_, err := kind.create(ctx, celonis, "orders")
					if got := clienttest.WantError(t, err, transport.ReasonStatus, "is unknown", test.part, "orders"); !got.OutcomeUnknown {
						t.Error("OutcomeUnknown is false")
					}
				})

				if took < test.after || took > test.after+test.atMost {
					t.Errorf("the create ended after %s, and was cancelled after %s", took, test.after)
				}
			})
		})
	}
}

// Two resources with the same name in one configuration must not manage the same object, regardless of the outcome of their requests.
func TestTwoCreatesWithTheSameNameNeverShareAnObject(t *testing.T) {
	t.Parallel()

	applied, lost := simulator.Fault{ResetAfter: true}, simulator.Fault{Reset: true}

	for name, faults := range map[string][]simulator.Fault{
		"both applied": {applied, applied}, "both lost": {lost, lost}, "first lost": {lost}, "first applied": {applied},
		"applied, then lost": {applied, lost}, "lost, then applied": {lost, applied},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			forEachKind(t, nil, func(t *testing.T, env clienttest.Env, kind createdKind) {
				for _, fault := range faults {
					fault.Method, fault.Path = http.MethodPost, kind.postPath
					env.Team.Inject(fault)
				}

				var (
					celonis = env.Client()
					lock    sync.Mutex
					ids     []string
				)

				failed := clienttest.Parallel(2, []string{"one", "other"}, func(string) error {
					id, err := kind.create(t.Context(), celonis, "orders")

					lock.Lock()
					defer lock.Unlock()

					if err == nil {
						ids = append(ids, id)
					}

					return err
				})

				slices.Sort(ids)

				stored := kind.ids(env.Team)
				slices.Sort(stored)

				if !slices.Equal(ids, stored) {
					t.Errorf("created %q, but the team contains %q: %v", ids, stored, failed)
				}

				// Several subscriptions may have the same name. For users and groups, the second create fails because the name is taken.
				if kind.postPath == clienttest.CreationPath {
					if len(ids) != 2 {
						t.Errorf("created %q, want two: %v", ids, failed)
					}

					return
				}

				for _, err := range failed {
					if got := clienttest.WantError(t, err, transport.ReasonExists, stored[0]); got.ExistingID != stored[0] {
						t.Errorf("existing id = %q", got.ExistingID)
					}
				}
			})
		})
	}
}

// The first object appears in the list only after the client has created the second.
func TestDuplicateSubscriptionIsReportedWithBothIDs(t *testing.T) {
	t.Parallel()

	for name, options := range map[string]intelligence.SubscriptionOptions{
		"after two listings": {ListedAfterReads: 2}, "after twelve seconds": {ListedAfter: 12 * time.Second}, "after 20 seconds": {ListedAfter: 20 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			clienttest.InBubble(t, clienttest.SubscriptionTeam(options), func(t *testing.T, env clienttest.Env) {
				env.Team.Inject(simulator.Fault{Method: http.MethodPost, Path: clienttest.CreationPath, ResetAfter: true})

				celonis := env.Client()
				id, err := celonis.CreateSubscription(t.Context(), clienttest.SubscriptionSpec("orders"))

				stored := env.Team.Subscriptions()
				if len(stored) != 2 || id != stored[1].ID {
					t.Fatalf("created %q, error %v; the team contains %+v", id, err, stored)
				}

				if got := clienttest.WantError(t, err, transport.ReasonDuplicate, stored[0].ID, stored[1].ID, "EOF"); got.ExistingID != stored[0].ID {
					t.Errorf("existing id = %q", got.ExistingID)
				}

				// No later create may adopt the subscription that the user must delete.
				env.Team.Inject(simulator.Fault{Method: http.MethodPost, Path: clienttest.CreationPath, Reset: true})

				later, err := celonis.CreateSubscription(t.Context(), clienttest.SubscriptionSpec("orders"))
				if err != nil || later == stored[0].ID || later == stored[1].ID {
					t.Errorf("CreateSubscription() = %q, %v", later, err)
				}
			})
		})
	}
}

// The service applies both create requests, but both responses are lost.
func TestDuplicateAfterTwoLostResponsesIsReportedWithBothIDs(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SubscriptionTeam(intelligence.SubscriptionOptions{ListedAfter: 8 * time.Second}), func(t *testing.T, env clienttest.Env) {
		env.Team.Inject(simulator.Fault{Method: http.MethodPost, Path: clienttest.CreationPath, ResetAfter: true, Times: 2})

		id, err := env.Client().CreateSubscription(t.Context(), clienttest.SubscriptionSpec("orders"))

		stored := env.Team.Subscriptions()
		if len(stored) != 2 {
			t.Fatalf("the team contains %+v, want two subscriptions", stored)
		}

		got := clienttest.WantError(t, err, transport.ReasonDuplicate, stored[0].ID, stored[1].ID)
		if ids := []string{id, got.ExistingID}; !slices.Contains(ids, stored[0].ID) || !slices.Contains(ids, stored[1].ID) {
			t.Errorf("CreateSubscription returned %q, and the error contains %q", id, got.ExistingID)
		}
	})
}

// A service that rejects duplicates, or responds with the existing object, may list new objects late.
func TestRepeatedCreateFindsAnObjectThatIsListedLate(t *testing.T) {
	t.Parallel()

	for _, answer := range scim.Duplicate("").Words() {
		for _, extras := range scim.Extras("").Words() {
			for _, late := range []int{0, 1, 2, 4, 7} {
				t.Run(fmt.Sprintf("%s, extras %s, listed after %d reads", answer, extras, late), func(t *testing.T) {
					t.Parallel()

					options := clienttest.SCIMTeam(0, 0, func(o *scim.Options) {
						o.DuplicateUser, o.DuplicateGroup, o.Extras, o.ListedAfterReads = answer, answer, extras, late
					})
					options.Server.Latency = 20 * time.Millisecond

					clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
						celonis := env.Client()
						env.Team.Inject(simulator.Fault{Method: http.MethodPost, Path: clienttest.UsersPath, ResetAfter: true})
						env.Team.Inject(simulator.Fault{Method: http.MethodPost, Path: clienttest.GroupsPath, ResetAfter: true})

						user, err := celonis.CreateUser(t.Context(), clientscim.NewUser{UserName: "ada@example.com", Role: "ADMIN"})
						if stored := env.Team.Users(); err != nil || len(stored) != 1 || user.ID != stored[0].ID {
							t.Errorf("created %+v, error %v; the team contains %+v", user, err, stored)
						}

						group, err := celonis.CreateGroup(t.Context(), clientscim.NewGroup{DisplayName: "Finance"})
						stored := env.Team.Groups()

						if len(stored) == 1 && late == 0 && extras == scim.ExtrasNone {
							// The first listing contains the group, and nothing shows which program created it.
							if got := clienttest.WantError(t, err, transport.ReasonConnection, "is unknown"); got.ExistingID != stored[0].ID {
								t.Errorf("existing id = %q", got.ExistingID)
							}
						} else if err != nil || len(stored) != 1 || group.ID != stored[0].ID {
							t.Errorf("created %+v, error %v; the team contains %+v", group, err, stored)
						}
					})
				})
			}
		}
	}
}

// Another program creates the group between the client's two create requests, with attributes that were not requested.
func TestRepeatedCreateDoesNotAdoptAnotherProgramsGroup(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, clienttest.SCIMTeam(1, 0), func(t *testing.T, env clienttest.Env) {
		env.Team.Inject(simulator.Fault{Method: http.MethodPost, Path: clienttest.GroupsPath, Reset: true})

		go func() {
			time.Sleep(3 * time.Second)
			env.Team.AddGroup(scim.Group{DisplayName: "Finance", ExternalID: "theirs", Members: env.UserIDs(1)})
		}()

		made, err := env.Client().CreateGroup(t.Context(), clientscim.NewGroup{DisplayName: "Finance"})
		if got := clienttest.WantError(t, err, transport.ReasonConnection, "may belong to another user or program"); made.ID != "" || got.ExistingID != env.Team.Groups()[0].ID {
			t.Errorf("created %+v, existing id = %q", made, got.ExistingID)
		}
	})
}

func TestRejectionOfARepeatedCreateIsExplained(t *testing.T) {
	t.Parallel()

	for _, status := range []int{400, 401, 403, 404, 413} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			t.Parallel()
			forEachKind(t, nil, func(t *testing.T, env clienttest.Env, kind createdKind) {
				env.Team.Inject(simulator.Fault{Method: http.MethodPost, Path: kind.postPath, Reset: true})
				env.Team.Inject(simulator.Fault{Method: http.MethodPost, Path: kind.postPath, Status: status, Body: `{"detail": "No."}`, Times: -1})

				id, err := kind.create(t.Context(), env.Client(), "orders")

				got, ok := errors.AsType[*transport.Error](err)
				if !ok || got.Status != status || got.OutcomeUnknown || id != "" || !strings.Contains(got.Note, "An earlier create request") {
					t.Errorf("id = %q, error = %v", id, err)
				}
			})
		})
	}
}

// tenth makes one request in ten fail, each time with a different network or proxy failure.
type tenth struct {
	next  http.RoundTripper
	count atomic.Int64
}

// RoundTrip implements [http.RoundTripper].
func (n *tenth) RoundTrip(req *http.Request) (*http.Response, error) {
	number := n.count.Add(1)
	if number%10 != 3 {
		return n.next.RoundTrip(req)
	}

	answer := func(status int, text string) *http.Response {
		return &http.Response{
			StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(text)),
			Request: req,
		}
	}

	switch number / 10 % 6 {
	case 0:
		return nil, syscall.ECONNRESET
	case 1:
		return answer(http.StatusServiceUnavailable, ""), nil
	case 2:
		return answer(http.StatusBadGateway, "<html></html>"), nil
	}

	resp, err := n.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}

	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()

	switch number / 10 % 6 {
	case 3:
		return nil, errors.Join(err, syscall.ECONNRESET)
	case 4:
		resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(string(body[:len(body)/2])), errorReader{}))
	default:
		resp.StatusCode, resp.Body = http.StatusGatewayTimeout, io.NopCloser(strings.NewReader(""))
	}

	return resp, nil
}

type errorReader struct{}

// Read implements [io.Reader].
func (errorReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestThousandCreatesSucceedIfOneRequestInTenFails(t *testing.T) {
	t.Parallel()

	const each = 333

	options := clienttest.SubscriptionTeam(intelligence.SubscriptionOptions{Max: 1000})
	options.Server.Latency = 50 * time.Millisecond

	clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
		celonis := env.Client(func(o *client.Options) {
			o.Network, o.RequestsPerSecond = &tenth{next: env.Network}, transport.DefaultRequestsPerSecond
		})

		var items []string

		for kind := range createdKinds() {
			for index := range each {
				items = append(items, fmt.Sprintf("%s/orders-%d", kind, index))
			}
		}

		kinds := createdKinds()

		var failed map[string]error

		took := clienttest.Elapsed(func() {
			failed = clienttest.Parallel(50, items, func(item string) error {
				kind, name, _ := strings.Cut(item, "/")
				_, err := kinds[kind].create(t.Context(), celonis, name)

				return err
			})
		})

		for item, err := range failed {
			t.Errorf("%s: error = %v", item, err)
		}

		for name, kind := range kinds {
			if ids := kind.ids(env.Team); len(ids) != each {
				t.Errorf("%d objects of kind %s, want %d", len(ids), name, each)
			}
		}

		// These limits allow for a thousand creates at 20 requests per second, and for recovering from the faults.
		if all := len(env.Team.Journal()); all > 1600 {
			t.Errorf("%d requests", all)
		}

		if most := 2 * time.Minute; took > most {
			t.Errorf("the creates took %s, want at most %s", took, most)
		}

		t.Logf("%d requests in %s", len(env.Team.Journal()), took)
		synctest.Wait()
	})
}
