package client_test

import (
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
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/team"
)

const auditV2Path = "/log/api/external/v2/audit"

// auditsEvery returns the given number of audit events, newest first, at equal intervals up to the start of the year 2000. Each event is named after
// its position.
func auditsEvery(distance time.Duration, count int) []team.AuditEvent {
	events := make([]team.AuditEvent, 0, count)
	for i := range count {
		events = append(events, team.AuditEvent{
			UserID: "u", Event: fmt.Sprintf("E%05d", i), Time: at("2000-01-01T00:00:00Z").Add(-time.Duration(i+1) * distance),
		})
	}

	return events
}

// lastHours returns a query for the given number of hours up to the start of the year 2000.
func lastHours(count, maxEvents int) client.EventQuery {
	begin := at("2000-01-01T00:00:00Z")

	return client.EventQuery{From: begin.Add(-time.Duration(count) * time.Hour), To: begin, MaxEvents: maxEvents}
}

// The client returns the same events regardless of the log's order and of how version 2 handles a time range.
func TestAuditEventsAreTheSameFromBothVersions(t *testing.T) {
	t.Parallel()

	for _, order := range team.EventOrder("").Words() {
		for _, last := range team.LastToken("").Words() {
			for _, times := range team.UndocumentedTimes("").Words() {
				for _, limit := range []int{7, 500} {
					t.Run(fmt.Sprintf("%s, last token %s, times %s, pages of %d", order, last, times, limit), func(t *testing.T) {
						t.Parallel()

						var answers []client.AuditEvents

						for _, v1 := range []team.Presence{team.Present, team.AbsentPath} {
							options := simulator.Options{Reports: team.Options{
								Audits: auditsEvery(10*time.Minute, 300), Order: order, LastToken: last, AuditV1: v1, AuditV2Times: times, AuditV2MaxLimit: limit,
							}}
							clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
								events, err := env.Client().AuditEvents(t.Context(), lastHours(10, 1000))
								if err != nil {
									t.Fatal(err)
								}

								answers = append(answers, events)
							})
						}

						if len(answers[0].Events) != 60 || answers[0].Truncated || answers[1].Truncated || !slices.Equal(answers[0].Events, answers[1].Events) {
							t.Errorf("%d events from version 1 and %d from version 2, want the same 60", len(answers[0].Events), len(answers[1].Events))
						}
					})
				}
			}
		}
	}
}

func TestRetiredAuditLogVersionIsRequestedOncePerRun(t *testing.T) {
	t.Parallel()

	for _, absent := range []team.Presence{
		team.AbsentPath, team.AbsentBare, team.AbsentMethod, team.AbsentGone,
	} {
		options := simulator.Options{Reports: team.Options{AuditEvents: 30, AuditV1: absent}}
		clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
			celonis := env.Client()

			for most := 100; most < 103; most++ {
				query := clienttest.AllEvents()
				query.MaxEvents = most

				if got, err := celonis.AuditEvents(t.Context(), query); err != nil || len(got.Events) != 30 {
					t.Errorf("%s: %d events, error = %v", absent, len(got.Events), err)
				}
			}

			env.WantCount(1, http.MethodGet, clienttest.AuditPath)
			env.WantCount(3, http.MethodGet, auditV2Path)
		})
	}
}

func TestVersionTwoIsNotRequestedWhileVersionOneResponds(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{Reports: team.Options{AuditEvents: 30}}, func(t *testing.T, env clienttest.Env) {
		celonis := env.Client()

		for range 3 {
			if got, err := celonis.AuditEvents(t.Context(), clienttest.AllEvents()); err != nil || len(got.Events) != 30 {
				t.Errorf("%d events, error = %v", len(got.Events), err)
			}
		}

		env.WantCount(1, http.MethodGet, clienttest.AuditPath)
		env.WantCount(0, http.MethodGet, auditV2Path)
	})
}

// Version 2 is used only if the error shows that version 1 does not exist.
func TestOtherErrorsOfVersionOneDoNotMeanThatItIsRetired(t *testing.T) {
	t.Parallel()

	for name, fault := range map[string]simulator.Fault{
		"a web page":        {Status: 404, Body: "<html></html>"},
		"a limit":           {Status: 404, Body: `{"errorCode": "LIMIT_SIZE_NOTFOUND"}`},
		"no permission":     {Status: 403, Body: `{"errorCode": "ADMIN_ACCESS_ERROR"}`},
		"not activated":     {Status: 403},
		"a bad request":     {Status: 400},
		"a failing service": {Status: 500},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
				fault.Path, fault.Times = clienttest.AuditPath, -1
				env.Team.Inject(fault)

				if _, err := env.Client().AuditEvents(t.Context(), clienttest.AllEvents()); err == nil {
					t.Error("AuditEvents succeeded, want the error of version 1")
				}

				env.WantCount(0, http.MethodGet, auditV2Path)
			})
		})
	}

	// A missing page after the first does not mean that the version was retired.
	clienttest.InBubble(t, simulator.Options{Reports: team.Options{AuditEvents: 450}}, func(t *testing.T, env clienttest.Env) {
		env.Team.Inject(simulator.Fault{Path: clienttest.AuditPath, Query: map[string]string{"pageNumber": "1"}, Status: 404, Times: -1})
		err := readReport(t, env.Client(), clienttest.AuditPath)
		clienttest.WantError(t, err, transport.ReasonStatus, "status 404")
		env.WantCount(0, http.MethodGet, auditV2Path)
	})
}

func TestMissingAuditLogIsReportedForBothVersions(t *testing.T) {
	t.Parallel()

	for v2, test := range map[team.Presence]struct {
		reason transport.Reason
		parts  []string
	}{
		team.AbsentPath:   {transport.ReasonStatus, []string{clienttest.AuditPath + ":", "GENERAL_NOTFOUND_PATH", "Version 2 of the API, " + auditV2Path + ", does not exist either"}},
		team.AbsentMethod: {transport.ReasonStatus, []string{clienttest.AuditPath + ":", "status 404", auditV2Path + ", does not exist either"}},
		team.AbsentPage:   {transport.ReasonHTML, []string{auditV2Path + ":", "a web page"}},
	} {
		options := simulator.Options{Reports: team.Options{AuditV1: team.AbsentPath, AuditV2: v2}}
		clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
			err := readReport(t, env.Client(), clienttest.AuditPath)
			clienttest.WantError(t, err, test.reason, test.parts...)
			env.WantCount(1, http.MethodGet, clienttest.AuditPath)
			env.WantCount(1, http.MethodGet, auditV2Path)
		})
	}

	// The client does not remember that an endpoint is missing, because the endpoint may become available again.
	clienttest.InBubble(t, simulator.Options{Reports: team.Options{AuditEvents: 3}}, func(t *testing.T, env clienttest.Env) {
		env.Team.Inject(simulator.Fault{Path: clienttest.AuditPath, Status: 404})
		env.Team.Inject(simulator.Fault{Path: auditV2Path, Status: 403})

		celonis := env.Client()
		err := readReport(t, celonis, clienttest.AuditPath)
		clienttest.WantError(t, err, transport.ReasonNotActivated, auditV2Path)

		if err := readReport(t, celonis, clienttest.AuditPath); err != nil {
			t.Error(err)
		}
	})
}

// If the log is sorted in either direction, the client stops reading once no further event can be in the time range.
func TestVersionTwoIsReadNoFurtherThanNeeded(t *testing.T) {
	t.Parallel()

	day := client.EventQuery{From: at("1999-12-31T00:00:00Z"), To: at("2000-01-01T00:00:00Z"), MaxEvents: 5000}
	early := client.EventQuery{From: at("1999-12-11T04:00:00Z"), To: at("1999-12-12T00:00:00Z"), MaxEvents: 5000}

	// The log contains 10,000 events, three minutes apart, which cover the last 20 days and 20 hours before the year 2000.
	for name, test := range map[string]struct {
		order     team.EventOrder
		query     client.EventQuery
		requests  int
		events    int
		truncated bool
	}{
		"newest first":                {team.NewestFirst, day, 1, 480, false},
		"newest first, oldest day":    {team.NewestFirst, early, 20, 400, false},
		"oldest first":                {team.OldestFirst, day, 20, 480, false},
		"oldest first, oldest day":    {team.OldestFirst, early, 1, 400, false},
		"no order":                    {team.NoOrder, day, 20, 480, false},
		"newest first, enough events": {team.NewestFirst, client.EventQuery{From: early.From, To: day.To, MaxEvents: 700}, 2, 700, true},
		"no order, enough events":     {team.NoOrder, client.EventQuery{From: early.From, To: day.To, MaxEvents: 700}, 2, 700, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			options := simulator.Options{Reports: team.Options{
				Audits: auditsEvery(3*time.Minute, 10_000), AuditV1: team.AbsentGone, Order: test.order,
			}}
			clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
				got, err := env.Client().AuditEvents(t.Context(), test.query)
				if err != nil || len(got.Events) != test.events || got.Truncated != test.truncated {
					t.Errorf("%d events, truncated = %t, error = %v, want %d", len(got.Events), got.Truncated, err, test.events)
				}

				env.WantCount(test.requests, http.MethodGet, auditV2Path)
			})
		})
	}
}

// A few events that happen to be in order do not prove that the log is sorted.
func TestPartlySortedLogIsReadCompletely(t *testing.T) {
	t.Parallel()

	old := auditsEvery(24*time.Hour, 40) // These events are sorted, and all but the first are before the time range.
	clienttest.InBubble(t, simulator.Options{Reports: team.Options{AuditV1: team.AbsentGone}}, func(t *testing.T, env clienttest.Env) {
		items := make([]string, 0, len(old))
		for _, event := range old {
			items = append(items, fmt.Sprintf(`{"event": %q, "timestamp": %q}`, event.Event, event.Time.Format(time.RFC3339)))
		}

		env.Team.Inject(simulator.Fault{Path: auditV2Path, Status: 200, Body: `{"content": [` + strings.Join(items, ",") + `], "nextPageToken": "t"}`})
		env.Team.Inject(simulator.Fault{Path: auditV2Path, Status: 200, Body: `{"content": [{"event": "LATE", "timestamp": "1999-12-31T23:30:00Z"}]}`})

		events, err := env.Client().AuditEvents(t.Context(), lastHours(30, 100))
		if err != nil || len(events.Events) != 2 || events.Events[0].Event != "LATE" {
			t.Errorf("AuditEvents() = %+v, %v", events, err)
		}
	})
}

func TestInvalidSequenceOfPagesIsAnError(t *testing.T) {
	t.Parallel()

	absent := team.Options{AuditV1: team.AbsentGone, AuditEvents: 450, AuditV2MaxLimit: 100}

	for name, test := range map[string]struct {
		faults   []simulator.Fault
		part     string
		requests int
	}{
		"repeated page": {[]simulator.Fault{{RepeatPage: true, Times: -1}}, "page 1 repeats the previous page", 2},
		"repeated token": {
			[]simulator.Fault{
				{Status: 200, Body: `{"content": [{"event": "A", "timestamp": "2000-01-05T09:03:11Z"}], "nextPageToken": "t"}`},
				{Status: 200, Body: `{"content": [{"event": "B", "timestamp": "2000-01-05T09:03:11Z"}], "nextPageToken": "t"}`},
			}, "page 1 leads back to an earlier page", 2,
		},
		"cycle of empty pages": {
			[]simulator.Fault{
				{Status: 200, Body: `{"content": [], "nextPageToken": "a"}`},
				{Status: 200, Body: `{"content": [], "nextPageToken": "b"}`},
				{Status: 200, Body: `{"content": [], "nextPageToken": "a"}`},
			}, "page 2 leads back to an earlier page", 3,
		},
		"endless pages":       {[]simulator.Fault{{EndlessPages: true, Times: -1}}, "the list had not ended after 1000 pages", 1000},
		"rejected page":       {[]simulator.Fault{{Skip: 1, Status: 400, Body: `{"detail": "The token has expired."}`}}, "The token has expired.", 2},
		"web page":            {[]simulator.Fault{{Skip: 1, HTML: true}}, "a web page", 2},
		"page without a list": {[]simulator.Fault{{Skip: 1, Status: 200, Body: `{"nextPageToken": "x"}`}}, "the response has no `content`", 2},
		"object as a token":   {[]simulator.Fault{{Status: 200, Body: `{"content": [], "nextPageToken": {}}`}}, "got an object", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			options := simulator.Options{Reports: absent}
			if name == "endless pages" {
				options.Reports.AuditV2MaxLimit = 3
			}

			clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
				for _, fault := range test.faults {
					fault.Path = auditV2Path
					env.Team.Inject(fault)
				}

				// The events that the simulator generates for endless pages are outside the time range.
				_, err := env.Client().AuditEvents(t.Context(), clienttest.AllEvents())
				if err == nil || !strings.Contains(err.Error(), test.part) {
					t.Errorf("error = %v, want %q", err, test.part)
				}

				env.WantCount(test.requests, http.MethodGet, auditV2Path)
			})
		})
	}
}

func TestAuditEventFieldsAreRead(t *testing.T) {
	t.Parallel()

	for item, want := range map[string]client.AuditEvent{
		`{"userId": "u", "userRole": "ADMIN", "event": "GROUP_UPDATED", "timestamp": "2000-01-05T09:10:00.000Z",
		  "message": {"z": 1.10, "a": "<b>", "n": [null]}, "ipAddress": "192.0.2.1", "port": "8888",
		  "diffPayload": {"oldValue": "MEMBER", "newValue": {"b": 2, "a": 12345678901234567890}}, "new": 1}`: {
			UserID: "u", UserRole: "ADMIN", Event: "GROUP_UPDATED", Time: at("2000-01-05T09:10:00Z"), Message: `{"a":"<b>","n":[null],"z":1.10}`,
			IPAddress: "192.0.2.1", Port: "8888", OldValue: client.AuditValue{Text: "MEMBER", Known: true},
			NewValue: client.AuditValue{Text: `{"a":12345678901234567890,"b":2}`, Known: true},
		},
		`{"event": "E", "timestamp": "2000-01-05T09:10:00.000Z", "message": null, "ipAddress": null, "port": null, "diffPayload": null}`: {
			Event: "E", Time: at("2000-01-05T09:10:00Z"),
		},
		`{"event": "E", "timestamp": "2000-01-05T09:10:00.000Z", "message": "text", "port": 443, "diffPayload": {"oldValue": null, "newValue": ""}}`: {
			Event: "E", Time: at("2000-01-05T09:10:00Z"), Message: `"text"`, Port: "443", NewValue: client.AuditValue{Known: true},
		},
		`{"event": "E", "timestamp": "2000-01-05T09:10:00.000Z"}`: {Event: "E", Time: at("2000-01-05T09:10:00Z")},
	} {
		for path, version := range map[string]team.Options{clienttest.AuditPath: {}, auditV2Path: {AuditV1: team.AbsentGone}} {
			clienttest.InBubble(t, simulator.Options{Reports: version}, func(t *testing.T, env clienttest.Env) {
				env.Respond(path, http.StatusOK, "application/json", `{"content": [`+item+`], "pageSize": 200}`)

				if got, err := env.Client().AuditEvents(t.Context(), clienttest.AllEvents()); err != nil || !slices.Equal(got.Events, []client.AuditEvent{want}) {
					t.Errorf("AuditEvents() = %+v, %v\nwant %+v", got, err, want)
				}
			})
		}
	}

	clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
		env.Respond(clienttest.AuditPath, http.StatusOK, "application/json", `{"content": [{"timestamp": "2000-01-05T09:10:00Z"}]}`)
		err := readReport(t, env.Client(), clienttest.AuditPath)
		clienttest.WantError(t, err, transport.ReasonInvalidResponse, "item 0 is an event without a name")
	})
}

func TestAuditLogTimeRangeIsSentInUTC(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
		query := client.EventQuery{From: at("2026-01-05T10:00:00+01:00"), To: at("2026-01-05T11:00:00+01:00"), MaxEvents: 300}
		if got, err := env.Client().AuditEvents(t.Context(), query); err != nil || len(got.Events) != 0 || got.Truncated {
			t.Errorf("AuditEvents() = %+v, %v", got, err)
		}

		sent := env.Team.Journal()[1].Query
		if sent.Get("from") != "2026-01-05T08:59:59Z" || sent.Get("to") != "2026-01-05T10:00:01Z" || sent.Get("pageSize") != "200" {
			t.Errorf("sent = %v", sent)
		}
	})
}
