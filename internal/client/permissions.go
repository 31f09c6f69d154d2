package client

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/paging"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// maxPermission is the maximum size, in bytes, of one element of the export.
const maxPermission = 1 << 20

// Permission lists the actions that a subject may perform on an object. Source: schema PermissionExportItem of the Permissions API, where all
// fields are optional and no values are documented.
type Permission struct {
	SubjectName, SubjectType, SubjectID string
	// Groups is a single string. The vendor does not document how the groups in it are separated.
	Groups, Role string
	// Service is the Celonis service to which the object belongs.
	Service                          string
	ObjectName, ObjectType, ObjectID string
	// Actions are sorted.
	Actions []string
}

// PermissionFilter selects permissions. A permission must match all of the filter's values; an empty value matches everything. Ids and names are
// case-sensitive. Everything else is case-insensitive, because the vendor does not document the values.
type PermissionFilter struct {
	SubjectType, SubjectID, SubjectName, Service, ObjectType, ObjectID, Action string
}

// Permissions contains the permissions that a filter selects.
type Permissions struct {
	// Items are sorted by the subject's type, name and id, then by the service, and then by the object's type, name and id.
	Items []Permission
	// Unknown contains the filter's values that do not occur in any of the team's permissions. They may be misspelled.
	Unknown PermissionFilter
}

// Permissions returns the team's permissions, except for data permissions. Concurrent calls share one request, even if their filters differ. An
// export that is too large to keep in memory is filtered as it arrives. A filter that is added after filtering has begun requires one more
// request. The result is shared, so callers must not modify it. Source: operation findAllPermissions of the Permissions API.
func (c *Client) Permissions(ctx context.Context, filter PermissionFilter) (Permissions, error) {
	defer c.permissionFilters.add(filter)()

	var notBefore time.Time

	for range 2 { // A second read includes a filter that was added after the first read started.
		export, requestedAt, err := paging.Shared(ctx, c.Caller, paging.KeyOf(AreaPermissions, permissionsPath(), ""), notBefore, c.readPermissions)
		if err != nil {
			return Permissions{}, err
		}

		if chosen := export.choose(filter); chosen != nil {
			return chosen.result()
		}

		notBefore = requestedAt.Add(1)
	}

	return Permissions{}, transport.InvalidResponse(0, "%s was read without the requested filter. This is a bug. Please report it", permissionsExport)
}

// permissionsExport is the name of the export, used in error messages.
const permissionsExport = "the permissions export"

func permissionsPath() []string { return []string{"api", "authorization", "external", "permissions"} }

func (c *Client) readPermissions(ctx context.Context) (*permissionExport, error) {
	var export *permissionExport

	return paging.Call(ctx, c.Caller, transport.Request{
		Area: AreaPermissions, Method: http.MethodGet, Path: permissionsPath(),
		Stream: func(body io.Reader) error {
			export = newPermissionExport(c.maxPermissions)

			return decodePermissions(body, func(permission Permission) { export.add(permission, c.permissionFilters.all) })
		},
	}, func(resp transport.Reply) (*permissionExport, error) {
		// The service may return 204 for a team without permissions. Source: the OpenAPI file of the Permissions API.
		if resp.Status == http.StatusNoContent {
			export = newPermissionExport(c.maxPermissions)
		}

		if export == nil {
			return nil, transport.InvalidResponse(resp.Status, "%s: the response has no body to read", permissionsExport)
		}

		export.sort()

		return export, nil
	})
}

func (p Permission) compare(other Permission) int {
	return cmp.Or(
		cmp.Compare(p.SubjectType, other.SubjectType), cmp.Compare(p.SubjectName, other.SubjectName), cmp.Compare(p.SubjectID, other.SubjectID),
		cmp.Compare(p.Service, other.Service), cmp.Compare(p.ObjectType, other.ObjectType), cmp.Compare(p.ObjectName, other.ObjectName),
		cmp.Compare(p.ObjectID, other.ObjectID), cmp.Compare(p.Role, other.Role), cmp.Compare(p.Groups, other.Groups),
		slices.Compare(p.Actions, other.Actions),
	)
}

// decodePermissions reads the export item by item.
func decodePermissions(body io.Reader, take func(Permission)) error {
	window := &jsonWindow{source: body, limit: maxPermission}
	window.decoder = json.NewDecoder(window)

	start, err := window.decoder.Token()

	switch {
	case errors.Is(err, io.EOF):
		return transport.InvalidResponse(http.StatusOK, "%s: the response is empty", permissionsExport)
	case err == nil && start != json.Delim('{'):
		return transport.InvalidResponse(http.StatusOK, "%s: expected a JSON object, got %s", permissionsExport, kindOfToken(start))
	}

	isPresent := false
	if err == nil {
		isPresent, err = eachPermission(window.decoder, take)
	}

	if err == nil {
		// Text after the export may mean that two servers have written to the response.
		if _, extra := window.decoder.Token(); !errors.Is(extra, io.EOF) {
			err = errors.New("unexpected text after the JSON object")
		}
	}

	switch {
	case window.isExceeded:
		return transport.InvalidResponse(http.StatusOK, "%s: an element is larger than %d MiB", permissionsExport, maxPermission>>20)
	case err != nil:
		return transport.InvalidResponse(http.StatusOK, "%s: the response cannot be decoded: %v", permissionsExport, err)
	case !isPresent:
		return transport.InvalidResponse(http.StatusOK, "%s: the response has no permissions", permissionsExport)
	default:
		return nil
	}
}

// eachPermission reads the remainder of the JSON object, and reports whether it contains a list of permissions.
func eachPermission(decoder *json.Decoder, take func(Permission)) (isPresent bool, err error) {
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return false, err
		}

		if key != "permissions" {
			var ignored json.RawMessage
			if err := decoder.Decode(&ignored); err != nil {
				return false, err
			}

			continue
		}

		start, err := decoder.Token()

		switch {
		case err != nil:
			return false, unexpectedEnd(err)
		case start == nil:
			continue
		case start != json.Delim('['):
			return false, fmt.Errorf("permissions: expected an array, got %s", kindOfToken(start))
		}

		isPresent = true

		for position := 0; decoder.More(); position++ {
			var item permissionItem
			if err := decoder.Decode(&item); err != nil {
				return false, fmt.Errorf("item %d: %w", position, err)
			}

			if item.SubjectID == "" && item.SubjectName == "" {
				return false, fmt.Errorf("item %d has no subject", position)
			}

			take(item.permission())
		}

		if err := expectDelimiter(decoder, ']'); err != nil {
			return false, err
		}
	}

	return isPresent, expectDelimiter(decoder, '}')
}

func expectDelimiter(decoder *json.Decoder, wanted json.Delim) error {
	token, err := decoder.Token()
	if err == nil && token != wanted {
		return fmt.Errorf("expected %q, got %s", wanted, kindOfToken(token))
	}

	return unexpectedEnd(err)
}

// unexpectedEnd replaces io.EOF with the error for truncated JSON, because io.EOF would mean that the body ended normally.
func unexpectedEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}

	return err
}

// kindOfToken describes a token for use in an error message.
func kindOfToken(token json.Token) string {
	switch token {
	case json.Delim('['):
		return "an array"
	case json.Delim('{'):
		return "an object"
	case nil:
		return "null"
	}

	if _, isText := token.(string); isText {
		return "text"
	}

	return "a number or a boolean"
}

// jsonWindow limits the memory that a decoder needs to buffer text that it has not decoded yet.
type jsonWindow struct {
	source     io.Reader
	decoder    *json.Decoder
	limit      int64
	read       int64
	isExceeded bool
}

// Read implements [io.Reader].
func (w *jsonWindow) Read(buffer []byte) (int, error) {
	if w.read-w.decoder.InputOffset() > w.limit {
		w.isExceeded = true

		return 0, errors.New("the element is too large")
	}

	count, err := w.source.Read(buffer)
	w.read += int64(count)

	return count, err
}

type permissionItem struct {
	SubjectName transport.LenientString   `json:"subjectName"`
	SubjectType transport.LenientString   `json:"subjectType"`
	SubjectID   transport.LenientString   `json:"subjectId"`
	Groups      permissionTexts           `json:"groups"`
	Role        transport.LenientString   `json:"role"`
	Service     transport.LenientString   `json:"service"`
	ObjectName  transport.LenientString   `json:"objectName"`
	ObjectType  transport.LenientString   `json:"objectType"`
	ObjectID    transport.LenientString   `json:"objectId"`
	Actions     []transport.LenientString `json:"actions"`
}

func (i permissionItem) permission() Permission {
	actions := make([]string, 0, len(i.Actions))
	for _, action := range i.Actions {
		actions = append(actions, string(action))
	}

	slices.Sort(actions)

	return Permission{
		SubjectName: string(i.SubjectName), SubjectType: string(i.SubjectType), SubjectID: string(i.SubjectID), Groups: string(i.Groups),
		Role: string(i.Role), Service: string(i.Service), ObjectName: string(i.ObjectName), ObjectType: string(i.ObjectType),
		ObjectID: string(i.ObjectID), Actions: actions,
	}
}

// permissionTexts decodes either a string or, as the field's plural name suggests, an array of strings.
type permissionTexts transport.LenientString

// UnmarshalJSON implements [json.Unmarshaler].
func (t *permissionTexts) UnmarshalJSON(raw []byte) error {
	if raw[0] != '[' {
		return (*transport.LenientString)(t).UnmarshalJSON(raw)
	}

	var texts []string
	if err := json.Unmarshal(raw, &texts); err != nil {
		return err
	}

	*t = permissionTexts(strings.Join(texts, ", "))

	return nil
}
