package client_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/team"
)

// at parses an RFC 3339 date-time.
func at(text string) time.Time {
	parsed, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}

	return parsed
}

// loginsAt returns sign-ins at the given times. In place of an e-mail address, each sign-in has its position in the list.
func loginsAt(times ...string) []team.LoginEvent {
	events := make([]team.LoginEvent, 0, len(times))
	for i, text := range times {
		events = append(events, team.LoginEvent{Type: "LOGIN", Email: strconv.Itoa(i), Success: true, Time: at(text)})
	}

	return events
}

func emails(events client.LoginEvents) string {
	texts := make([]string, 0, len(events.Events))
	for _, event := range events.Events {
		texts = append(texts, event.Email)
	}

	return strings.Join(texts, " ")
}

// The client returns the same events regardless of how the service treats the limits of a time range, and even if the service ignores the range.
func TestEventsAreLimitedToTheTimeRange(t *testing.T) {
	t.Parallel()

	events := loginsAt(
		"2026-01-05T08:59:59.999Z", "2026-01-05T09:00:00Z", "2026-01-05T09:00:00.4Z", "2026-01-05T09:00:00.5Z", "2026-01-05T09:00:01Z",
		"2026-01-05T09:00:01.7Z", "2026-01-05T09:00:01.999Z", "2026-01-05T09:00:02Z", "2026-01-05T09:01:00Z",
	)

	for _, order := range team.EventOrder("").Words() {
		for _, bounds := range team.Bounds("").Words() {
			for _, ignored := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, %s, ignored %t", order, bounds, ignored), func(t *testing.T) {
					t.Parallel()

					options := simulator.Options{Reports: team.Options{Logins: events, Order: order, Bounds: bounds, IgnoreTimes: ignored}}
					clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
						for timeRange, want := range map[[2]string]string{
							{"2026-01-05T09:00:00Z", "2026-01-05T09:00:02Z"}:              "6 5 4 3 2 1",
							{"2026-01-05T09:00:00.5Z", "2026-01-05T09:00:01.7Z"}:          "4 3",
							{"2026-01-05T10:00:00.401+01:00", "2026-01-05T10:00:01.701Z"}: "8 7 6 5 4 3",
							{"2026-01-06T09:00:00Z", "2026-01-07T09:00:00Z"}:              "",
						} {
							got, err := env.Client().LoginEvents(t.Context(), client.EventQuery{From: at(timeRange[0]), To: at(timeRange[1]), MaxEvents: 100})
							if err != nil || emails(got) != want || got.Truncated {
								t.Errorf("%v: events = %q, truncated = %t, error = %v, want %q", timeRange, emails(got), got.Truncated, err, want)
							}
						}
					})
				})
			}
		}
	}
}

func TestTimeRangeIsSentInWholeSecondsInUTC(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
		query := client.EventQuery{From: at("2026-01-05T10:00:00.5+01:00"), To: at("2026-01-05T10:00:01.5+01:00"), MaxEvents: 1}
		if _, err := env.Client().LoginEvents(t.Context(), query); err != nil {
			t.Fatal(err)
		}

		sent := env.Team.Journal()[1].Query
		if sent.Get("from") != "2026-01-05T08:59:59" || sent.Get("to") != "2026-01-05T09:00:03" {
			t.Errorf("sent = %v", sent)
		}
	})
}

// The client requests only the pages that contain the requested events, and one more page if that is the only way to tell whether more events exist.
func TestEventsStopAtTheRequestedNumber(t *testing.T) {
	t.Parallel()

	for _, path := range []string{clienttest.LoginEventsPath, clienttest.AuditPath} {
		for _, test := range []struct {
			total                         server.TotalMeaning
			events, limit, want, requests int
			truncated                     bool
		}{
			{server.TotalCountsAll, 1000, 300, 300, 2, true},
			{server.TotalCountsAll, 1000, 1, 1, 1, true},
			{server.TotalCountsAll, 1000, 400, 400, 2, true},
			{server.TotalCountsAll, 300, 300, 300, 2, false},
			{server.TotalCountsAll, 299, 300, 299, 2, false},
			{server.TotalCountsPage, 1000, 300, 300, 2, true},
			{server.TotalAbsent, 1000, 400, 400, 3, true},
			{server.TotalAbsent, 290, 300, 290, 2, false},
			{server.TotalAbsent, 5, 5, 5, 1, false},
		} {
			t.Run(fmt.Sprintf("%s: %d of %d, total %s", path, test.limit, test.events, test.total), func(t *testing.T) {
				t.Parallel()

				options := simulator.Options{
					Server: server.Options{Total: test.total}, Reports: team.Options{LoginEvents: test.events, AuditEvents: test.events},
				}
				clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
					query := clienttest.AllEvents()
					query.MaxEvents = test.limit

					var (
						count     int
						truncated bool
					)

					if path == clienttest.LoginEventsPath {
						logins, err := env.Client().LoginEvents(t.Context(), query)
						if err != nil {
							t.Fatal(err)
						}

						count, truncated = len(logins.Events), logins.Truncated
					} else {
						audits, err := env.Client().AuditEvents(t.Context(), query)
						if err != nil {
							t.Fatal(err)
						}

						count, truncated = len(audits.Events), audits.Truncated
					}

					if count != test.want || truncated != test.truncated {
						t.Errorf("%d events, truncated = %t, want %d, %t", count, truncated, test.want, test.truncated)
					}

					env.WantCount(test.requests, http.MethodGet, path)
				})
			})
		}
	}
}

// Several sign-in attempts within one millisecond may produce identical events.
func TestIdenticalEventsAreKept(t *testing.T) {
	t.Parallel()

	events := make([]team.LoginEvent, 0, 450)
	for i := range cap(events) {
		// The events come in identical pairs, some of which are split across two pages.
		events = append(events, team.LoginEvent{Type: "BAD_CREDENTIALS", Email: "a@example.com", Time: at("2000-01-01T00:00:00Z").Add(time.Duration((i+1)/2) * time.Millisecond)})
	}

	for _, total := range server.TotalMeaning("").Words() {
		clienttest.InBubble(t, simulator.Options{Server: server.Options{Total: total}, Reports: team.Options{Logins: events}}, func(t *testing.T, env clienttest.Env) {
			if got, err := env.Client().LoginEvents(t.Context(), clienttest.AllEvents()); err != nil || len(got.Events) != 450 {
				t.Errorf("%s: %d events, error = %v", total, len(got.Events), err)
			}
		})
	}
}

func TestLoginEventFieldsAreRead(t *testing.T) {
	t.Parallel()

	for item, want := range map[string]client.LoginEvent{
		`{"authenticationEventType": "LOGIN_SSO", "email": "ada@example.com", "success": true, "timestamp": "2000-01-05T09:03:11.120Z"}`: {
			Type: "LOGIN_SSO", Email: "ada@example.com", Success: "true", Time: at("2000-01-05T09:03:11.12Z"),
		},
		`{"authenticationEventType": "NEW", "email": null, "success": "false", "timestamp": "2000-01-05T10:03:11.12+0100"}`: {
			Type: "NEW", Success: "false", Time: at("2000-01-05T09:03:11.12Z"),
		},
		`{"authenticationEventType": "LOGOUT", "timestamp": "2000-01-05T09:03:11.12"}`: {Type: "LOGOUT", Time: at("2000-01-05T09:03:11.12Z")},
	} {
		clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
			env.Respond(clienttest.LoginEventsPath, http.StatusOK, "application/json", `{"content": [`+item+`], "pageSize": 200}`)

			if got, err := env.Client().LoginEvents(t.Context(), clienttest.AllEvents()); err != nil || !slices.Equal(got.Events, []client.LoginEvent{want}) {
				t.Errorf("LoginEvents() = %+v, %v\nwant %+v", got, err, want)
			}
		})
	}

	for item, part := range map[string]string{
		`{"authenticationEventType": "LOGIN", "timestamp": "yesterday"}`:                             "without a valid date and time",
		`{"authenticationEventType": "LOGIN"}`:                                                       "an event without a valid date and time",
		`{"timestamp": "2000-01-05T09:03:11.12Z"}`:                                                   "an event without a type",
		`{"authenticationEventType": "LOGIN", "success": 7, "timestamp": "2000-01-05T09:03:11.12Z"}`: "neither true nor false",
	} {
		clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
			env.Respond(clienttest.LoginEventsPath, http.StatusOK, "application/json", `{"content": [`+item+`], "pageSize": 200}`)

			_, err := env.Client().LoginEvents(t.Context(), clienttest.AllEvents())
			clienttest.WantError(t, err, transport.ReasonInvalidResponse, "the login history: page 0: item 0 ", part)
		})
	}
}

func TestInvalidEventQueriesAreRejected(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
		for _, change := range []func(*client.EventQuery){
			func(q *client.EventQuery) { q.To = q.From },
			func(q *client.EventQuery) { q.MaxEvents = 0 },
			func(q *client.EventQuery) { q.MaxEvents = client.MaxEvents + 1 },
		} {
			query := clienttest.AllEvents()
			change(&query)

			if _, err := env.Client().LoginEvents(t.Context(), query); err == nil {
				t.Errorf("LoginEvents accepted the query %+v", query)
			}

			if _, err := env.Client().AuditEvents(t.Context(), query); err == nil {
				t.Errorf("AuditEvents accepted the query %+v", query)
			}
		}

		if got := len(env.Team.Journal()); got != 0 {
			t.Errorf("%d requests", got)
		}
	})
}

func TestOnlyIdenticalEventQueriesShareARead(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{Reports: team.Options{LoginEvents: 30, AuditEvents: 30}}, func(t *testing.T, env clienttest.Env) {
		celonis := env.Client()
		anotherRange, fewer := clienttest.AllEvents(), clienttest.AllEvents()
		anotherRange.From = at("1999-12-31T00:00:00Z")
		fewer.MaxEvents = 3
		elsewhere := clienttest.AllEvents()
		elsewhere.From = elsewhere.From.In(time.FixedZone("", 3600))

		for _, test := range []struct {
			query client.EventQuery
			want  int
		}{{clienttest.AllEvents(), 30}, {anotherRange, 1}, {fewer, 3}, {elsewhere, 30}} {
			logins, err := celonis.LoginEvents(t.Context(), test.query)
			if err != nil || len(logins.Events) != test.want {
				t.Errorf("%+v: %d sign-ins, error = %v, want %d", test.query, len(logins.Events), err, test.want)
			}

			audits, err := celonis.AuditEvents(t.Context(), test.query)
			if err != nil || len(audits.Events) != test.want {
				t.Errorf("%+v: %d audit events, error = %v, want %d", test.query, len(audits.Events), err, test.want)
			}
		}

		env.WantCount(3, http.MethodGet, clienttest.LoginEventsPath)
		env.WantCount(3, http.MethodGet, clienttest.AuditPath)
	})
}

func TestLoginEventsNeedTheirPermission(t *testing.T) {
	t.Parallel()

	oauthClient := oauth.DefaultClient()
	oauthClient.Services = []string{}

	clienttest.InBubble(t, simulator.Options{OAuth: oauth.Options{Clients: []oauth.Client{oauthClient}}}, func(t *testing.T, env clienttest.Env) {
		for area, path := range map[string]string{client.AreaLoginHistory.Name: clienttest.LoginEventsPath, client.AreaAuditLogs.Name: clienttest.AuditPath} {
			if got := clienttest.WantError(t, readReport(t, env.Client(), path), transport.ReasonForbidden, "ADMIN_ACCESS_ERROR"); got.Area.Name != area {
				t.Errorf("area = %q", got.Area.Name)
			}
		}
	})
}

// The client uses the time format that the service accepts, and sends a rejected format only once per run.
func TestTimesAreSentInTheFormatThatTheServiceAccepts(t *testing.T) {
	t.Parallel()

	forms := map[string]team.Options{
		"documented":   {},
		"with zone":    {LoginTimes: team.TimesWithZone, AuditTimes: team.AuditTimesWithZone},
		"without zone": {LoginTimes: team.TimesWithoutZone, AuditTimes: team.AuditTimesWithoutZone},
		"reversed":     {LoginTimes: team.TimesWithZone, AuditTimes: team.AuditTimesWithoutZone},
		"any":          {LoginTimes: team.TimesAny, AuditTimes: team.AuditTimesAny},
	}

	for name, reports := range forms {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			logins, audits := 2, 2
			if reports.LoginTimes == team.TimesWithZone {
				logins++
			}

			if reports.AuditTimes == team.AuditTimesWithoutZone {
				audits++
			}

			reports.LoginEvents, reports.AuditEvents = 30, 30
			clienttest.InBubble(t, simulator.Options{Reports: reports}, func(t *testing.T, env clienttest.Env) {
				celonis := env.Client()

				for days := range 2 {
					query := clienttest.AllEvents()
					query.From = query.From.AddDate(0, 0, -days)

					found, err := celonis.LoginEvents(t.Context(), query)
					if err != nil || len(found.Events) != 30 {
						t.Errorf("%d sign-ins, error = %v", len(found.Events), err)
					}

					audited, err := celonis.AuditEvents(t.Context(), query)
					if err != nil || len(audited.Events) != 30 {
						t.Errorf("%d audit events, error = %v", len(audited.Events), err)
					}
				}

				env.WantCount(logins, http.MethodGet, clienttest.LoginEventsPath)
				env.WantCount(audits, http.MethodGet, clienttest.AuditPath)
			})
		})
	}
}

func TestRangeRejectedInBothFormatsIsAnError(t *testing.T) {
	t.Parallel()

	for _, path := range []string{clienttest.LoginEventsPath, clienttest.AuditPath} {
		for _, status := range []int{http.StatusBadRequest, http.StatusUnprocessableEntity} {
			t.Run(fmt.Sprint(path, " ", status), func(t *testing.T) {
				t.Parallel()

				options := simulator.Options{Reports: team.Options{LoginTimes: team.TimesAny, AuditTimes: team.AuditTimesAny}}
				clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
					env.Team.Inject(simulator.Fault{Path: path, Status: status, Times: 3})
					celonis := env.Client()

					clienttest.WantError(t, readReport(t, celonis, path), transport.ReasonStatus, fmt.Sprintf("status %d", status))
					env.WantCount(2, http.MethodGet, path)

					// One of the three faults remains, so the first request of the next read fails and the second request succeeds.
					if err := readReport(t, celonis, path); err != nil {
						t.Error(err)
					}

					env.WantCount(4, http.MethodGet, path)
				})
			})
		}
	}
}
