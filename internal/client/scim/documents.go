package scim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// document is a SCIM object with all attributes that the service returned, so that a PUT also contains the attributes that this client does not
// manage. Attribute names are case-insensitive (RFC 7643 section 2.1). [newVersion] checks the attributes that this client reads, so that
// reading them later cannot fail.
type document map[string]json.RawMessage

const (
	attributeID          = "id"
	attributeUserName    = "userName"
	attributeDisplayName = "displayName"
	attributeExternalID  = "externalId"
	attributeRole        = "role"
	attributeMembers     = "members"
	attributeSchemas     = "schemas"
	attributeMeta        = "meta"
	attributeInvitation  = "sendEmailOnInvitation"
)

// textAttributes returns the attributes that this client reads as text.
func textAttributes() []string {
	return []string{attributeID, attributeUserName, attributeDisplayName, attributeExternalID, attributeRole}
}

// plainName returns the plain-language name of an attribute for use in messages, because the SCIM name matches neither the Terraform attribute nor
// the label on Celonis pages.
func plainName(attribute string) string {
	switch attribute {
	case attributeUserName:
		return "user name"
	case attributeDisplayName:
		return "display name"
	case attributeExternalID:
		return "external id"
	default:
		return attribute
	}
}

// celonisURN is the prefix of the URNs of Celonis schemas, and celonisUserURN is the URN of the documented schema. Source:
// developer.celonis.com/celonis-apis/scim-api, sample of operation createUser.
const (
	celonisURN     = "urn:celonis:"
	celonisUserURN = "urn:celonis:params:scim:schemas:extension:2.0:User"
)

// text returns the text of an attribute, or "" if the attribute is missing or null.
func (d document) text(name string) string {
	text, _ := d.parse(name)

	return text
}

// parse returns the text of an attribute. The vendor's sample requests contain the role at the top level. However, they also list a Celonis
// schema in addition to the core schema, so a response may contain the role in that schema. Source: operations createUser and createGroup of
// the SCIM API.
func (d document) parse(name string) (string, error) {
	value := d.raw(name)
	if value == nil && name == attributeRole {
		_, attributes := d.extension()
		value = attributes.raw(name)
	}

	if value == nil {
		return "", nil
	}

	var text transport.LenientString
	if err := text.UnmarshalJSON(value); err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}

	return string(text), nil
}

// raw returns the value of an attribute, or nil if the attribute is missing or null.
func (d document) raw(name string) json.RawMessage {
	value := d[d.key(name)]
	if bytes.Equal(value, []byte("null")) {
		return nil
	}

	return value
}

// key returns an attribute's name as spelled in the document, or the given spelling if the attribute is missing.
func (d document) key(name string) string {
	if _, exact := d[name]; exact {
		return name
	}

	for key := range d {
		if strings.EqualFold(key, name) {
			return key
		}
	}

	return name
}

// set sets an attribute to a string. An empty string removes the attribute.
func (d document) set(name, value string) {
	if value == "" {
		delete(d, d.key(name))
	} else {
		d[d.key(name)] = quoted(value)
	}
}

// setRole sets the role where the service returns it, or at the top level if the service returns no role.
func (d document) setRole(role string) {
	urn, attributes := d.extension()
	if d.raw(attributeRole) != nil || attributes == nil {
		d.set(attributeRole, role)

		return
	}

	attributes.set(attributeRole, role)
	d[urn] = attributes.encode()
}

// extension returns the URN and the attributes of the Celonis schema that contains a role. It prefers the documented schema. Both results are
// empty if no such schema exists.
func (d document) extension() (urn string, attributes document) {
	urns := slices.Sorted(maps.Keys(d))
	slices.SortStableFunc(urns, func(a, b string) int {
		switch {
		case strings.EqualFold(a, celonisUserURN):
			return -1
		case strings.EqualFold(b, celonisUserURN):
			return 1
		default:
			return 0
		}
	})

	for _, urn := range urns {
		if len(urn) < len(celonisURN) || !strings.EqualFold(urn[:len(celonisURN)], celonisURN) {
			continue
		}

		var attributes document
		if json.Unmarshal(d[urn], &attributes) == nil && attributes.raw(attributeRole) != nil {
			return urn, attributes
		}
	}

	return "", nil
}

// meta returns the meta attribute of an object, or nil if the service does not return it.
func (d document) meta() document {
	var meta document
	if json.Unmarshal(d.raw(attributeMeta), &meta) != nil {
		return nil
	}

	return meta
}

// replacement returns the body of a PUT for a changed document. It omits the attributes that only the service sets, because a strict service may
// reject even its own values, and because the path already contains the id. It also omits a user's groups, which change only through the groups
// themselves, and the invitation, which applies only to create requests. Sources: RFC 7644 section 3.5.1; operation updateUserWithPUT of the SCIM
// API.
func (d document) replacement(schema string) []byte {
	body := maps.Clone(d)
	for _, name := range []string{attributeID, attributeMeta, "groups", attributeInvitation} {
		delete(body, body.key(name))
	}

	if body.raw(attributeSchemas) == nil {
		body[body.key(attributeSchemas)] = json.RawMessage("[" + string(quoted(schema)) + "]")
	}

	role := body.text(attributeRole)
	if documented := documentedRole(role); documented != role {
		body.setRole(documented)
	}

	return body.encode()
}

func (d document) encode() json.RawMessage {
	encoded, _ := json.Marshal(d) //nolint:errchkjson // The values were decoded from JSON, so they can be encoded.

	return encoded
}

func quoted(text string) json.RawMessage {
	encoded, _ := json.Marshal(text) //nolint:errchkjson // A string can always be encoded.

	return encoded
}

// Roles returns the roles that the vendor documents, in the vendor's spelling. Celonis compares them case-insensitively.
// Source: operations createUser and createGroup of the SCIM API.
func Roles() []string { return []string{"MEMBER", "ANALYST", "ADMIN"} }

// documentedRole returns a documented role in the vendor's spelling, and any other role unchanged.
func documentedRole(role string) string {
	if upper := strings.ToUpper(role); slices.Contains(Roles(), upper) {
		return upper
	}

	return role
}
