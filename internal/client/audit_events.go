package client

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/paging"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// AuditEvent is an event in the audit log. Sources: developer.celonis.com/celonis-apis/audit-log-api; for the field types, demisto/content's
// CelonisEventCollector.
type AuditEvent struct {
	UserID, UserRole, Event string
	// Time is in UTC.
	Time time.Time
	// Message is JSON with sorted keys, or empty if the event has no message.
	Message string
	// IPAddress and Port are empty if the service does not return them.
	IPAddress, Port string
	// OldValue and NewValue are the values before and after the change. Values that are not strings are encoded as JSON.
	OldValue, NewValue AuditValue
}

// AuditValue is a value before or after a change. The zero AuditValue means that there is no value.
type AuditValue struct {
	Text  string
	Known bool
}

// AuditEvents contains the audit events in a time range.
type AuditEvents struct {
	// Events are sorted newest first. Events with equal times are sorted by event, user and message.
	Events []AuditEvent
	// Truncated is true if the time range contains, or may contain, more events than requested.
	Truncated bool
}

// maxAuditPage is the maximum page size of version 2 of the Audit Log API. Source: developer.celonis.com/celonis-apis/audit-log-api.
const maxAuditPage = 500

// auditVersions records which versions of the Audit Log API the team supports.
type auditVersions struct {
	// endedV1 is true if version 1 no longer exists and version 2 works.
	endedV1 atomic.Bool
}

// AuditEvents returns the audit events in a time range. The vendor does not document the order of the log, so if the range contains more events
// than the query requests, the service decides which events it returns. The returned events are shared, so callers must not modify them.
//
// AuditEvents tries version 1 of the API first. The vendor documents time range parameters only for version 1, where they limit the transfer to
// the events in the range. Version 2 may reject, ignore or apply such parameters. Without them, its pages contain the whole log. The vendor has
// announced that version 1 will be retired. If version 1 does not exist, AuditEvents reads version 2 and filters the events itself. It stops as
// soon as the order of the events proves that it has read all events in the range. If the log is not sorted, it reads the whole log.
//
// The vendor documents the times as date-times, but does not specify their format. AuditEvents first sends times with a zone, as
// demisto/content's CelonisEventCollector does. Sources: developer.celonis.com/celonis-apis/audit-log-api; developer.celonis.com/changelog, 13
// May 2026.
func (c *Client) AuditEvents(ctx context.Context, query EventQuery) (AuditEvents, error) {
	if err := query.validate(); err != nil {
		return AuditEvents{}, err
	}

	key := paging.KeyOf(AreaAuditLogs, auditPath(), query.key())

	events, _, err := paging.Shared(ctx, c.Caller, key, time.Time{}, func(ctx context.Context) (AuditEvents, error) {
		return c.readAuditEvents(ctx, query)
	})

	return events, err
}

func (c *Client) readAuditEvents(ctx context.Context, query EventQuery) (AuditEvents, error) {
	if c.audits.endedV1.Load() {
		return c.auditEventsV2(ctx, query)
	}

	events, ended, err := c.auditEventsV1(ctx, query)
	if !ended {
		return events, err
	}

	events, errV2 := c.auditEventsV2(ctx, query)

	switch {
	case errV2 == nil:
		c.audits.endedV1.Store(true)

		return events, nil
	case meansNoEndpoint(errV2):
		return AuditEvents{}, neitherVersion(err)
	default:
		return AuditEvents{}, errV2 // The error from version 2 is more useful, because version 2 exists.
	}
}

// auditEventsV1 reads the events from version 1 of the API. ended is true if the error means that version 1 does not exist.
func (c *Client) auditEventsV1(ctx context.Context, query EventQuery) (events AuditEvents, ended bool, err error) {
	read := c.auditListV1(query).pages()
	fetch := read.Fetch

	read.Fetch = func(ctx context.Context, index, size int) (paging.Page[AuditEvent], error) {
		page, err := fetch(ctx, index, size)
		if index == 0 { // A later page that is missing does not prove that the version is missing.
			ended = meansNoEndpoint(err)
		}

		return page, err
	}

	all, more, err := read.All(ctx)

	return AuditEvents{Events: within(query, all, AuditEvent.time, AuditEvent.compare), Truncated: more}, ended, err
}

func (c *Client) auditListV1(query EventQuery) teamList[auditItem, AuditEvent] {
	return teamList[auditItem, AuditEvent]{
		client: c, area: AreaAuditLogs, name: auditLog, path: auditPath(), convert: auditItem.event, limit: query.MaxEvents, same: sameAudit,
		span: query.requested(&c.auditTimesHaveZone),
	}
}

// auditEventsV2 reads pages from version 2 of the API until it has enough events, or until no further event can be in the time range.
func (c *Client) auditEventsV2(ctx context.Context, query EventQuery) (AuditEvents, error) {
	var (
		found AuditEvents
		order eventOrder
	)

	err := paging.TokenReader[AuditEvent]{
		Name: auditLog, Same: sameAudit,
		Fetch: func(ctx context.Context, token string) (paging.TokenPage[AuditEvent], error) {
			return c.auditPage(ctx, token, c.reportPageSize(maxAuditPage))
		},
		Take: func(events []AuditEvent) bool {
			for _, event := range events {
				order.add(event.Time)

				if query.includes(event.Time) {
					found.Events = append(found.Events, event)
				}
			}

			found.Truncated = len(found.Events) > query.MaxEvents

			return found.Truncated || order.isPast(query)
		},
	}.Follow(ctx)
	if err != nil {
		return AuditEvents{}, err
	}

	if found.Truncated {
		found.Events = found.Events[:query.MaxEvents]
	}

	found.Events = within(query, found.Events, AuditEvent.time, AuditEvent.compare)

	return found, nil
}

func (c *Client) auditPage(ctx context.Context, token string, limit int) (paging.TokenPage[AuditEvent], error) {
	query := url.Values{"limit": {strconv.Itoa(limit)}}
	if token != "" {
		query.Set("pageToken", token)
	}

	req := transport.Request{Area: AreaAuditLogs, Method: http.MethodGet, Path: auditPathV2(), Query: query}

	return paging.Call(ctx, c.Caller, req, decodeAuditPage)
}

func decodeAuditPage(resp transport.Reply) (paging.TokenPage[AuditEvent], error) {
	if resp.Status == http.StatusNoContent {
		return paging.TokenPage[AuditEvent]{}, nil
	}

	var body struct {
		Content       transport.JSONArray[auditItem] `json:"content"`
		NextPageToken transport.LenientString        `json:"nextPageToken"`
	}
	if err := transport.Decode(resp, auditLog, &body); err != nil {
		return paging.TokenPage[AuditEvent]{}, err
	}

	if body.Content == nil {
		return paging.TokenPage[AuditEvent]{}, transport.InvalidResponse(resp.Status, "%s: the response has no `content`", auditLog)
	}

	events, err := convertItems(body.Content, auditItem.event)
	if err != nil {
		return paging.TokenPage[AuditEvent]{}, transport.InvalidResponse(resp.Status, "%s: %v", auditLog, err)
	}

	return paging.TokenPage[AuditEvent]{Items: events, Next: string(body.NextPageToken)}, nil
}

// auditLog is the name of the log, used in error messages.
const auditLog = "the audit log"

func auditPath() []string { return []string{"log", "api", "external", "audit"} }

func auditPathV2() []string { return []string{"log", "api", "external", "v2", "audit"} }

// meansNoEndpoint reports whether a failure means that the endpoint does not exist, because its path or method is unknown or was removed. If the
// response is a web page, meansNoEndpoint returns false, because the page may come from a proxy. A false positive is harmless, because the
// caller then relies on the other endpoint, which must respond as documented.
func meansNoEndpoint(err error) bool {
	failure, ok := errors.AsType[*transport.Error](err)
	if !ok || failure.Reason != transport.ReasonStatus || (failure.Code != "" && failure.Code != "GENERAL_NOTFOUND_PATH") {
		return false
	}

	return failure.Status == http.StatusNotFound || failure.Status == http.StatusMethodNotAllowed || failure.Status == http.StatusGone
}

// neitherVersion adds a note to the error from version 1 to explain that version 2 does not exist either.
func neitherVersion(err error) error {
	failure, ok := errors.AsType[*transport.Error](err)
	if !ok {
		return err
	}

	return failure.WithNote("Version 2 of the API, /%s, does not exist either", strings.Join(auditPathV2(), "/"))
}

func sameAudit(a, b AuditEvent) bool { return a == b }

func (e AuditEvent) time() time.Time { return e.Time }

func (e AuditEvent) compare(other AuditEvent) int {
	return cmp.Or(
		cmp.Compare(e.Event, other.Event), cmp.Compare(e.UserID, other.UserID), cmp.Compare(e.Message, other.Message),
		cmp.Compare(e.OldValue.Text, other.OldValue.Text), cmp.Compare(e.NewValue.Text, other.NewValue.Text),
		cmp.Compare(e.IPAddress, other.IPAddress), cmp.Compare(e.Port, other.Port),
	)
}

type auditItem struct {
	UserID      transport.LenientString `json:"userId"`
	UserRole    transport.LenientString `json:"userRole"`
	Event       transport.LenientString `json:"event"`
	Timestamp   transport.LenientString `json:"timestamp"`
	Message     json.RawMessage         `json:"message"`
	IPAddress   transport.LenientString `json:"ipAddress"`
	Port        transport.LenientString `json:"port"`
	DiffPayload struct {
		OldValue json.RawMessage `json:"oldValue"`
		NewValue json.RawMessage `json:"newValue"`
	} `json:"diffPayload"`
}

func (i auditItem) event() (AuditEvent, error) {
	at, err := parseEventTime(string(i.Timestamp))
	if err != nil {
		return AuditEvent{}, err
	}

	if i.Event == "" {
		return AuditEvent{}, errors.New("is an event without a name")
	}

	event := AuditEvent{
		UserID: string(i.UserID), UserRole: string(i.UserRole), Event: string(i.Event), Time: at,
		IPAddress: string(i.IPAddress), Port: string(i.Port),
	}

	if !isAbsent(i.Message) {
		if event.Message, err = normaliseJSON(i.Message); err != nil {
			return AuditEvent{}, fmt.Errorf("has a message that cannot be read: %w", err)
		}
	}

	event.OldValue, err = auditValue(i.DiffPayload.OldValue)
	if err == nil {
		event.NewValue, err = auditValue(i.DiffPayload.NewValue)
	}

	return event, err
}

func auditValue(raw json.RawMessage) (AuditValue, error) {
	if isAbsent(raw) {
		return AuditValue{}, nil
	}

	var text string
	if json.Unmarshal(raw, &text) == nil {
		return AuditValue{Text: text, Known: true}, nil
	}

	text, err := normaliseJSON(raw)
	if err != nil {
		return AuditValue{}, fmt.Errorf("has a change that cannot be read: %w", err)
	}

	return AuditValue{Text: text, Known: true}, nil
}

// isAbsent reports whether a field of a JSON object is missing or null.
func isAbsent(raw json.RawMessage) bool { return len(raw) == 0 || bytes.Equal(raw, []byte("null")) }
