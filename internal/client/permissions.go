package client

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Permission is what a subject may do to an object. Source: schema PermissionExportItem of the Permissions API, where
// everything is optional, and no values are documented.
type Permission struct {
	SubjectName, SubjectType, SubjectID string
	// Groups is one text; what separates the groups in it is not documented.
	Groups, Role string
	// Service is the part of Celonis that the object is in.
	Service                          string
	ObjectName, ObjectType, ObjectID string
	// Actions are sorted.
	Actions []string
}

// Permissions returns all permissions in the team but those on data, sorted by subject and object: type, name and id of the
// subject, service, and type, name and id of the object. It is one request however many there are. The slice is shared: do
// not change it. Source: operation findAllPermissions of the Permissions API.
func (c *Client) Permissions(ctx context.Context) ([]Permission, error) {
	path := []string{"api", "authorization", "external", "permissions"}

	permissions, _, err := shared(ctx, c, keyOf(AreaPermissions, path, ""), time.Time{}, func(ctx context.Context) ([]Permission, error) {
		var permissions []Permission

		err := c.send(ctx, request{area: AreaPermissions, method: http.MethodGet, path: path}, func(answered reply) (err error) {
			permissions, err = decodePermissions(answered)

			return err
		})

		sortBy(permissions, Permission.compare)

		return permissions, err
	})

	return permissions, err
}

func (p Permission) compare(other Permission) int {
	return cmp.Or(
		cmp.Compare(p.SubjectType, other.SubjectType), cmp.Compare(p.SubjectName, other.SubjectName), cmp.Compare(p.SubjectID, other.SubjectID),
		cmp.Compare(p.Service, other.Service), cmp.Compare(p.ObjectType, other.ObjectType), cmp.Compare(p.ObjectName, other.ObjectName),
		cmp.Compare(p.ObjectID, other.ObjectID), cmp.Compare(p.Role, other.Role), cmp.Compare(p.Groups, other.Groups),
		slices.Compare(p.Actions, other.Actions),
	)
}

func decodePermissions(answered reply) ([]Permission, error) {
	const what = "the export of permissions"

	// That is how a team without permissions may be answered. Source: the OpenAPI file of the Permissions API.
	if answered.status == http.StatusNoContent {
		return nil, nil
	}

	var body struct {
		Permissions *[]permissionItem `json:"permissions"`
	}
	if err := decode(answered, what, &body); err != nil {
		return nil, err
	}

	if body.Permissions == nil {
		return nil, invalidAnswer(answered.status, "%s: the answer holds no permissions", what)
	}

	permissions := make([]Permission, 0, len(*body.Permissions))

	for position, item := range *body.Permissions {
		if item.SubjectID == "" && item.SubjectName == "" {
			return nil, invalidAnswer(answered.status, "%s: item %d names no subject", what, position)
		}

		permissions = append(permissions, item.permission())
	}

	return permissions, nil
}

type permissionItem struct {
	SubjectName lenientString   `json:"subjectName"`
	SubjectType lenientString   `json:"subjectType"`
	SubjectID   lenientString   `json:"subjectId"`
	Groups      permissionTexts `json:"groups"`
	Role        lenientString   `json:"role"`
	Service     lenientString   `json:"service"`
	ObjectName  lenientString   `json:"objectName"`
	ObjectType  lenientString   `json:"objectType"`
	ObjectID    lenientString   `json:"objectId"`
	Actions     []lenientString `json:"actions"`
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

// permissionTexts reads one text, and also an array of texts, which its name in the plural suggests.
type permissionTexts lenientString

// UnmarshalJSON implements [json.Unmarshaler].
func (t *permissionTexts) UnmarshalJSON(raw []byte) error {
	if raw[0] != '[' {
		return (*lenientString)(t).UnmarshalJSON(raw)
	}

	var texts []string
	if err := json.Unmarshal(raw, &texts); err != nil {
		return err
	}

	*t = permissionTexts(strings.Join(texts, ", "))

	return nil
}
