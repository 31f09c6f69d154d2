package client_test

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/team"
)

func TestMembersAreCompleteForEveryTotalAndPageCap(t *testing.T) {
	t.Parallel()

	for _, count := range []int{0, 1, 199, 200, 201, 450} {
		for _, total := range server.TotalMeaning("").Words() {
			for _, pageCap := range []int{7, 50, 200} {
				for _, above := range []server.PageSizeAboveMax{server.CapPageSize, server.CapPageSizeSilently} {
					for _, empty := range team.NoContent("").Words() {
						if above == server.CapPageSizeSilently && pageCap == 7 && total != server.TotalCountsAll {
							continue // A page that was silently capped at 7 items looks like the last page.
						}

						name := fmt.Sprintf("%d members, total %s, cap %d %s, empty %s", count, total, pageCap, above, empty)
						t.Run(name, func(t *testing.T) {
							t.Parallel()
							checkMembers(t, count, simulator.Options{Server: server.Options{Total: total, PageSizeAboveMax: above}, Reports: team.Options{
								Members: count, MaxPageSize: pageCap, NoContent: empty, UnknownFields: true,
							}})
						})
					}
				}
			}
		}
	}
}

func checkMembers(t *testing.T, count int, options simulator.Options) {
	t.Helper()
	clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
		got, err := env.Client().TeamMembers(t.Context(), true)
		if err != nil {
			t.Fatal(err)
		}

		ids := make([]string, 0, len(got))
		for _, member := range got {
			ids = append(ids, member.UserID)
		}

		if !slices.IsSorted(ids) || len(slices.Compact(ids)) != count {
			t.Errorf("%d different members, want %d in order", len(slices.Compact(ids)), count)
		}

		if options.Server.Total == server.TotalCountsAll {
			env.WantCount(clienttest.LeastRequests(count, options.Reports.MaxPageSize), http.MethodGet, clienttest.MembersPath)
		}
	})
}

func TestMembersAreRequestedInPagesOfAtMost200(t *testing.T) {
	t.Parallel()

	for pageSize, want := range map[int]string{client.DefaultPageSize: "200", 1000: "200", 40: "40"} {
		clienttest.InBubble(t, simulator.Options{Reports: team.Options{Members: 30}}, func(t *testing.T, env clienttest.Env) {
			if _, err := env.Client(func(o *client.Options) { o.PageSize = pageSize }).TeamMembers(t.Context(), false); err != nil {
				t.Fatal(err)
			}

			entry := env.Team.Journal()[1]
			if got := entry.Query.Get("pageSize"); got != want || entry.Query.Get("includeInternal") != "false" {
				t.Errorf("page size %d: query = %v, want pages of %s", pageSize, entry.Query, want)
			}
		})
	}
}

func TestPagesOfALargeTeamAreFetchedConcurrently(t *testing.T) {
	t.Parallel()

	const latency = 50 * time.Millisecond

	options := simulator.Options{Server: server.Options{Latency: latency}, Reports: team.Options{Members: 1000}}
	clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
		celonis := env.Client(func(o *client.Options) { o.PageSize = 20 })

		// The token and the first page take one round trip each. The other 49 pages take five round trips, because ten requests are sent at a
		// time.
		if took := clienttest.Elapsed(func() {
			if got, err := celonis.TeamMembers(t.Context(), true); err != nil || len(got) != 1000 {
				t.Errorf("%d members, error = %v", len(got), err)
			}
		}); took != 7*latency {
			t.Errorf("the list took %s, want %s", took, 7*latency)
		}
	})
}

func TestReadsOfMembersAreShared(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{Reports: team.Options{Members: 40}}, func(t *testing.T, env clienttest.Env) {
		celonis := env.Client()

		for _, internal := range []bool{true, false, true, false} {
			if got, err := celonis.TeamMembers(t.Context(), internal); err != nil || len(got) != map[bool]int{true: 40, false: 38}[internal] {
				t.Errorf("internal %t: %d members, error = %v", internal, len(got), err)
			}
		}

		env.WantCount(2, http.MethodGet, clienttest.MembersPath)
	})
}

func TestTeamMemberFieldsAreRead(t *testing.T) {
	t.Parallel()

	days := 3

	for name, test := range map[string]struct {
		item string
		want client.TeamMember
	}{
		"all": {
			`{"userId": "u-1", "nameAndEmail": "Ada Example (ada@example.com)", "userRole": "ANALYST", "status": "Active",
			  "lastLogin": "12/10/2023, 6:49:07 AM UTC", "inactivityPeriod": 3,
			  "group": [{"name": "B", "teamRole": "MEMBER"}, {"name": "A"}], "new": {}}`,
			client.TeamMember{
				UserID: "u-1", Name: "Ada Example", Email: "ada@example.com", Role: "ANALYST", Status: "Active",
				LastLogin: "2023-12-10T06:49:07Z", InactivityDays: &days, Groups: []client.MemberGroup{{Name: "A"}, {Name: "B", Role: "MEMBER"}},
			},
		},
		"id only": {`{"userId": "u-1"}`, client.TeamMember{UserID: "u-1"}},
		"nulls": {
			`{"userId": "u-1", "nameAndEmail": null, "userRole": null, "status": null, "lastLogin": null, "inactivityPeriod": null, "group": null}`,
			client.TeamMember{UserID: "u-1"},
		},
		"no id": {`{"nameAndEmail": "Ada (ada@example.com)"}`, client.TeamMember{Name: "Ada", Email: "ada@example.com"}},
		"parentheses in the name": {
			`{"userId": "u", "nameAndEmail": "Ada (Ops) (ada@example.com)"}`, client.TeamMember{UserID: "u", Name: "Ada (Ops)", Email: "ada@example.com"},
		},
		"name with parentheses only": {`{"userId": "u", "nameAndEmail": "Ada (Ops)"}`, client.TeamMember{UserID: "u", Name: "Ada (Ops)"}},
		"no name":                    {`{"userId": "u", "nameAndEmail": " (ada@example.com)"}`, client.TeamMember{UserID: "u", Email: "ada@example.com"}},
		"address only":               {`{"userId": "u", "nameAndEmail": "ada@example.com"}`, client.TeamMember{UserID: "u", Email: "ada@example.com"}},
		"empty address":              {`{"userId": "u", "nameAndEmail": "Ada ()"}`, client.TeamMember{UserID: "u", Name: "Ada"}},
		"unclosed parenthesis":       {`{"userId": "u", "nameAndEmail": "Ada (ada@example.com"}`, client.TeamMember{UserID: "u", Name: "Ada (ada@example.com"}},
		"afternoon": {
			`{"userId": "u", "lastLogin": "1/5/2026, 12:03:11 PM UTC"}`, client.TeamMember{UserID: "u", LastLogin: "2026-01-05T12:03:11Z"},
		},
		"narrow space": {
			`{"userId": "u", "lastLogin": "1/5/2026, 9:03:11` + "\u202f" + `PM UTC"}`, client.TeamMember{UserID: "u", LastLogin: "2026-01-05T21:03:11Z"},
		},
		"date with the day first": {
			`{"userId": "u", "lastLogin": "13/5/2026, 9:03:11 PM UTC"}`, client.TeamMember{UserID: "u", LastLogin: "13/5/2026, 9:03:11 PM UTC"},
		},
		"date in another time zone": {
			`{"userId": "u", "lastLogin": "1/5/2026, 9:03:11 PM CET"}`, client.TeamMember{UserID: "u", LastLogin: "1/5/2026, 9:03:11 PM CET"},
		},
		"ISO 8601 date": {
			`{"userId": "u", "lastLogin": "2026-01-05T10:03:11+01:00"}`, client.TeamMember{UserID: "u", LastLogin: "2026-01-05T09:03:11Z"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
				env.Respond(clienttest.MembersPath, http.StatusOK, "application/json", `{"content": [`+test.item+`], "pageNumber": 0, "pageSize": 200, "totalCount": 1}`)

				got, err := env.Client().TeamMembers(t.Context(), true)
				if err != nil || !reflect.DeepEqual(got, []client.TeamMember{test.want}) {
					t.Errorf("TeamMembers() = %+v, %v\nwant %+v", got, err, test.want)
				}
			})
		})
	}
}

// readReport calls the method that reads the report at a path.
func readReport(t *testing.T, c *client.Client, path string) error {
	t.Helper()

	var err error

	switch path {
	case clienttest.MembersPath:
		_, err = c.TeamMembers(t.Context(), true)
	case clienttest.PermissionsPath:
		_, err = c.Permissions(t.Context(), client.PermissionFilter{})
	case clienttest.LoginEventsPath:
		_, err = c.LoginEvents(t.Context(), clienttest.AllEvents())
	default:
		_, err = c.AuditEvents(t.Context(), clienttest.AllEvents())
	}

	return err
}

func TestInvalidReportsAreErrors(t *testing.T) {
	t.Parallel()

	const problem = `{"title": "Forbidden", "status": 403, "detail": "No.", "errorCode": "ADMIN_ACCESS_ERROR"}`

	for _, path := range []string{clienttest.MembersPath, clienttest.PermissionsPath, clienttest.LoginEventsPath, clienttest.AuditPath} {
		for name, test := range map[string]struct {
			fault  simulator.Fault
			reason transport.Reason
			part   string
		}{
			"login page":     {simulator.Fault{HTML: true}, transport.ReasonHTML, `titled "Celonis – Login"`},
			"404 web page":   {simulator.Fault{Status: 404, Body: "<html><title>Squid</title></html>"}, transport.ReasonHTML, "Squid"},
			"truncated JSON": {simulator.Fault{Status: 200, Body: `{"content": [{"userId": "u"`}, transport.ReasonInvalidResponse, "cannot be decoded"},
			"an empty body":  {simulator.Fault{Status: 200}, transport.ReasonInvalidResponse, "the response is empty"},
			"an array":       {simulator.Fault{Status: 200, Body: `[]`}, transport.ReasonInvalidResponse, "an array"},
			"total only":     {simulator.Fault{Status: 200, Body: `{"totalCount": 3}`}, transport.ReasonInvalidResponse, "the response has no"},
			"null content": {
				simulator.Fault{Status: 200, Body: `{"content": null, "permissions": null}`}, transport.ReasonInvalidResponse, "the response has no",
			},
			"empty items": {simulator.Fault{Status: 200, Body: `{"content": [{}], "permissions": [{}]}`}, transport.ReasonInvalidResponse, "item 0 "},
			"null items":  {simulator.Fault{Status: 200, Body: `{"content": [null], "permissions": [null]}`}, transport.ReasonInvalidResponse, "item 0 "},
			"object as a list": {
				simulator.Fault{Status: 200, Body: `{"content": {"a": 1}, "permissions": {"a": 1}}`}, transport.ReasonInvalidResponse, "cannot be decoded",
			},
			"object within a list": {
				simulator.Fault{Status: 200, Body: `{"content": [{"userId": {}, "timestamp": {}}], "permissions": [{"subjectId": {}}]}`},
				transport.ReasonInvalidResponse, "got an object",
			},
			"403 without a body": {simulator.Fault{Status: 403}, transport.ReasonNotActivated, "status 403"},
			"403":                {simulator.Fault{Status: 403, Body: problem}, transport.ReasonForbidden, "ADMIN_ACCESS_ERROR"},
			"a frontend's 400": {
				simulator.Fault{Status: 400, Body: `{"frontendErrorKey": "team.gone", "errorInformation": "Why."}`}, transport.ReasonStatus, "team.gone: Why.",
			},
			"404 for a limit": {simulator.Fault{Status: 404, Body: `{"errorCode": "LIMIT_NOTFOUND"}`}, transport.ReasonStatus, "LIMIT_NOTFOUND"},
			"429 for a day":   {simulator.Fault{Status: 429, Header: http.Header{"Retry-After": {"86400"}}}, transport.ReasonRateLimited, "status 429"},
			"500": {
				simulator.Fault{Status: 500, Body: `{"title": "Error", "detail": "Celonis Support ID: 0b6f8a54-2d1c"}`}, transport.ReasonStatus, "(6 attempts)",
			},
		} {
			t.Run(path+" "+name, func(t *testing.T) {
				t.Parallel()
				clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
					test.fault.Path, test.fault.Times = path, -1
					env.Team.Inject(test.fault)

					err := readReport(t, env.Client(), path)
					clienttest.WantError(t, err, test.reason, test.part)

					if test.fault.Status == http.StatusTooManyRequests || test.fault.Status == http.StatusInternalServerError {
						return
					}

					want := 1
					if hasRange := path == clienttest.LoginEventsPath || path == clienttest.AuditPath; hasRange && test.fault.Status == 400 {
						want = 2 // The second request uses the other time format.
					}

					env.WantCount(want, http.MethodGet, path)
				})
			})
		}
	}
}

func TestRepeatingOrChangingReportsAreErrors(t *testing.T) {
	t.Parallel()

	for _, path := range []string{clienttest.MembersPath, clienttest.LoginEventsPath, clienttest.AuditPath} {
		for name, test := range map[string]struct {
			total server.TotalMeaning
			fault simulator.Fault
			part  string
		}{
			"repeating, total known":   {server.TotalCountsAll, simulator.Fault{RepeatPage: true}, "repeats an earlier page"},
			"repeating, total unknown": {server.TotalAbsent, simulator.Fault{RepeatPage: true}, "repeats an earlier page"},
			"changing":                 {server.TotalCountsAll, simulator.Fault{ChangeTotal: 1, Query: map[string]string{"pageNumber": "1"}}, "the list changed while it was being read"},
		} {
			t.Run(path+" "+name, func(t *testing.T) {
				t.Parallel()

				options := simulator.Options{
					Server: server.Options{Total: test.total}, Reports: team.Options{Members: 450, LoginEvents: 450, AuditEvents: 450, MaxPageSize: 100},
				}
				clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
					test.fault.Path, test.fault.Times = path, -1
					env.Team.Inject(test.fault)

					err := readReport(t, env.Client(), path)
					clienttest.WantError(t, err, transport.ReasonInvalidResponse, test.part)

					if got := env.Team.Count(http.MethodGet, path); got > 10 {
						t.Errorf("%d requests", got)
					}
				})
			})
		}
	}
}

func TestListThatChangesOnceIsReadAgain(t *testing.T) {
	t.Parallel()

	for _, path := range []string{clienttest.MembersPath, clienttest.LoginEventsPath, clienttest.AuditPath} {
		options := simulator.Options{Reports: team.Options{Members: 450, LoginEvents: 450, AuditEvents: 450}}
		clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
			env.Team.Inject(simulator.Fault{Path: path, Skip: 1, ChangeTotal: 1})

			if err := readReport(t, env.Client(), path); err != nil {
				t.Errorf("%s: error = %v", path, err)
			}
		})
	}
}
