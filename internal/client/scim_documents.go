package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// document is a SCIM object with everything that the service gave, so that a replacement sends back what nobody here
// manages. The names of attributes are without case (RFC 7643 section 2.1).
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

// celonisURN begins the names of Celonis' own schemas, and celonisUserURN is the documented one.
// Source: developer.celonis.com/celonis-apis/scim-api, sample of operation createUser.
const (
	celonisURN     = "urn:celonis:"
	celonisUserURN = "urn:celonis:params:scim:schemas:extension:2.0:User"
)

// key returns the spelling that an attribute has in the document, or the given one where it is absent.
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

// raw returns the value of an attribute, nil where it is absent or null: both mean that it has none.
func (d document) raw(name string) json.RawMessage {
	value := d[d.key(name)]
	if bytes.Equal(value, []byte("null")) {
		return nil
	}

	return value
}

// text returns an attribute's text, empty where it has none.
func (d document) text(name string) (string, error) {
	value := d.raw(name)
	if value == nil {
		return "", nil
	}

	var text LenientString
	if err := text.UnmarshalJSON(value); err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}

	return string(text), nil
}

// set gives an attribute a value, or takes it away where value is empty.
func (d document) set(name, value string) {
	if value == "" {
		delete(d, d.key(name))
	} else {
		d[d.key(name)] = quoted(value)
	}
}

func quoted(text string) json.RawMessage {
	encoded, _ := json.Marshal(text) //nolint:errchkjson // A string always becomes JSON.

	return encoded
}

// extension returns the name and the value of the attributes of Celonis' own among which there is a role, the documented ones
// first. Empty if there are none.
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

// role returns the role. The samples of the vendor's requests have it on top, and name a schema of Celonis' own beside the
// common one: it may stand there in answers. Source: operations createUser and createGroup of the SCIM API.
func (d document) role() (string, error) {
	if d.raw(attributeRole) == nil {
		if _, attributes := d.extension(); attributes != nil {
			return attributes.text(attributeRole)
		}
	}

	return d.text(attributeRole)
}

// setRole puts the role where the service has it, on top if it shows none.
func (d document) setRole(role string) {
	urn, attributes := d.extension()
	if d.raw(attributeRole) != nil || attributes == nil {
		d.set(attributeRole, role)

		return
	}

	attributes.set(attributeRole, role)
	d[urn] = attributes.encode()
}

func (d document) encode() json.RawMessage {
	encoded, _ := json.Marshal(d) //nolint:errchkjson // Its values were JSON when they came.

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

// member is one element of a group's members.
type member struct {
	id  string
	raw json.RawMessage
}

// members returns the members of a group, each once. Without any such attribute, known is false: a list may leave them out.
func (d document) members() (members []member, known bool, err error) {
	key := d.key(attributeMembers)
	if _, known = d[key]; !known {
		return nil, false, nil
	}

	if bytes.Equal(d[key], []byte("null")) {
		return nil, true, nil
	}

	seen := make(map[string]struct{})

	err = EachElement(d[key], maxItems, func(raw json.RawMessage) error {
		var element document
		if err := json.Unmarshal(raw, &element); err != nil || element == nil {
			return fmt.Errorf("an element is no object but %s", KindOf(raw))
		}

		id, err := element.text("value")
		if err != nil || id == "" {
			return errors.New("an element has no value")
		}

		if _, twice := seen[id]; !twice {
			seen[id] = struct{}{}

			members = append(members, member{id: id, raw: raw})
		}

		return nil
	})
	if err != nil {
		return nil, true, fmt.Errorf("%s: %w", attributeMembers, err)
	}

	return members, true, nil
}

// setMembers replaces the members. Those who stay keep all that is said of them.
func (d document) setMembers(ids []string) error {
	former, _, err := d.members()
	if err != nil {
		return err
	}

	known := make(map[string]json.RawMessage, len(former))
	for _, one := range former {
		known[one.id] = one.raw
	}

	elements := make([]json.RawMessage, 0, len(ids))

	for _, id := range ids {
		if known[id] == nil {
			known[id] = document{"value": quoted(id)}.encode()
		}

		elements = append(elements, known[id])
	}

	encoded, err := json.Marshal(elements)
	if err != nil {
		return fmt.Errorf("writing the members: %w", err)
	}

	d[d.key(attributeMembers)] = encoded

	return nil
}

// memberIDs returns the ids of the members, sorted.
func memberIDs(members []member) []string {
	ids := make([]string, 0, len(members))
	for _, one := range members {
		ids = append(ids, one.id)
	}

	slices.Sort(ids)

	return ids
}

// replacement returns the body of a PUT for a changed document: what the service alone sets is left out, since a strict service
// may refuse even its own words there, and the address names the object already. A user's groups are changed at the groups, and
// an invitation belongs to a creation. Sources: RFC 7644 section 3.5.1; operation updateUserWithPUT of the SCIM API.
func (d document) replacement(schema string) ([]byte, error) {
	body := maps.Clone(d)
	for _, name := range []string{attributeID, attributeMeta, "groups", attributeInvitation} {
		delete(body, body.key(name))
	}

	if body.raw(attributeSchemas) == nil {
		body[body.key(attributeSchemas)] = json.RawMessage("[" + string(quoted(schema)) + "]")
	}

	role, err := body.role()
	if err != nil {
		return nil, err
	}

	if documented := documentedRole(role); documented != role {
		body.setRole(documented)
	}

	return body.encode(), nil
}

// attributeWish is a value that an attribute is to have, empty for none.
type attributeWish struct {
	attribute, value string
}

// scimWishes are what a caller wants to be true of an object.
type scimWishes struct {
	attributes []attributeWish
	// members are the ids of all members, nil for any.
	members *[]string
	// former are the ids of those who were members when members was decided, nil if that is not known: who is neither came meanwhile,
	// and stays.
	former *[]string
	// kept are those whom this run has added: they stay, whatever members says.
	kept map[string]bool
}

// membersOf returns the ids of all who shall be in a group that has these members, sorted.
func (w scimWishes) membersOf(current []member) []string {
	wanted := slices.Clone(*w.members)

	for _, id := range memberIDs(current) {
		if w.kept[id] || w.former != nil && !slices.Contains(*w.former, id) {
			wanted = append(wanted, id)
		}
	}

	return sortedSet(wanted)
}

// with returns the wishes and one more, unless value is nil.
func (w scimWishes) with(attribute string, value *string) scimWishes {
	if value != nil {
		w.attributes = append(w.attributes, attributeWish{attribute, *value})
	}

	return w
}

// apply makes the wishes true in a document, and reports whether it had to be changed.
func (w scimWishes) apply(d document) (changed bool, err error) {
	for _, wish := range w.attributes {
		got, err := d.value(wish.attribute)
		if err != nil {
			return false, err
		}

		if wish.isGranted(got) {
			continue
		}

		changed = true

		if wish.attribute == attributeRole {
			d.setRole(documentedRole(wish.value))
		} else {
			d.set(wish.attribute, wish.value)
		}
	}

	if w.members == nil {
		return changed, nil
	}

	members, _, err := d.members()
	if err != nil {
		return false, err
	}

	wanted := w.membersOf(members)
	if slices.Equal(memberIDs(members), wanted) {
		return changed, nil
	}

	return true, d.setMembers(wanted)
}

// plainName returns an attribute's name in words, for messages: SCIM's spelling is neither Terraform's nor that of Celonis's web pages.
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

// value returns an attribute's text, wherever it stands.
func (d document) value(attribute string) (string, error) {
	if attribute == attributeRole {
		return d.role()
	}

	return d.text(attribute)
}

func (w attributeWish) isGranted(got string) bool {
	if w.attribute == attributeRole || w.attribute == attributeUserName {
		return SameTextFold(got, w.value)
	}

	return SameText(got, w.value)
}

// differences says what is not as it was wished, in a document that was read for the purpose. A role that is not shown cannot be
// compared, and without a wish for one the service chooses: it may have a default.
func (w scimWishes) differences(d document) ([]string, error) {
	var differences []string

	for _, wish := range w.attributes {
		got, err := d.value(wish.attribute)
		if err != nil {
			return nil, err
		}

		if wish.isGranted(got) || wish.attribute == attributeRole && (got == "" || wish.value == "") {
			continue
		}

		differences = append(differences, fmt.Sprintf("%s should be %q and is %q", plainName(wish.attribute), wish.value, got))
	}

	if w.members == nil {
		return differences, nil
	}

	members, _, err := d.members()
	if err != nil {
		return nil, err
	}

	got, wanted := memberIDs(members), w.membersOf(members)
	if missing := without(wanted, got); len(missing) > 0 {
		differences = append(differences, "the members lack "+listed(missing))
	}

	if surplus := without(got, wanted); len(surplus) > 0 {
		differences = append(differences, "among the members there still are "+listed(surplus))
	}

	return differences, nil
}

// without returns the values that are not among others, which are sorted.
func without(values, others []string) []string {
	return slices.DeleteFunc(slices.Clone(values), func(value string) bool {
		_, found := slices.BinarySearch(others, value)

		return found
	})
}

// listed puts a few of many ids into words.
func listed(ids []string) string {
	const most = 5
	if len(ids) <= most {
		return strings.Join(ids, ", ")
	}

	return fmt.Sprintf("%s and %d more", strings.Join(ids[:most], ", "), len(ids)-most)
}
