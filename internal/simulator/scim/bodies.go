package scim

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// scimDraft is the user or group in a create or PUT request.
type scimDraft struct {
	id, userName, displayName, externalID, role scimText

	membersGiven bool
	members      []string
	invited      bool
	sentBack     map[string]json.RawMessage // the attributes that a PUT repeats from a response
}

// scimText is an optional string. null counts as an empty string (RFC 7643 section 2.5).
type scimText struct {
	given bool
	text  string
}

// longestSCIMName is the documented maximum length of user names (developer.celonis.com/celonis-apis/scim-api, createUser). For group
// names, this maximum is a guess.
const longestSCIMName = 100

// scimUserExtras returns the undocumented user attributes, which a client cannot change.
func scimUserExtras() []string { return []string{"active", "name", "emails", "locale", "groups"} }

// draft reads the body of a create or PUT request. It rejects unknown attributes, so that misspelled names cause an error. The vendor does
// not document this behaviour. A PUT may also repeat read-only attributes from a response.
func (s *Directory) draft(c *server.Call, urn string, put bool) (scimDraft, *server.Failure) {
	if problem := s.checkContentType(c); problem != nil {
		return scimDraft{}, problem
	}

	if !json.Valid(c.Body) {
		return scimDraft{}, scimRefusal(scimInvalidSyntax, "", "The body is not JSON.")
	}

	known := []string{scimSchemas, scimExternalID, scimDisplayName, scimRole}
	if put {
		known = append(known, "id", "meta")
	}

	if s.opts.RoleLocation == RoleInExtension {
		known = append(known, urnSCIMExtension)
	}

	switch {
	case urn == urnSCIMGroup:
		known = append(known, scimMembers)
	case put:
		known = append(append(known, scimUserName, scimInvitation), scimUserExtras()...)
	default:
		known = append(known, scimUserName, scimInvitation)
	}

	b := &scimBody{}
	root := b.Object("the body", c.Body, known...)
	draft := scimDraft{
		id:          b.text("id", root),
		userName:    b.text(scimUserName, root),
		displayName: b.text(scimDisplayName, root),
		externalID:  b.text(scimExternalID, root),
		role:        s.role(b, root),
		invited:     s.invitation(b, root, put),
		sentBack:    map[string]json.RawMessage{},
	}

	draft.members, draft.membersGiven = b.members(root)
	s.checkSchemas(b, root, urn)

	if utf8.RuneCountInString(draft.displayName.text) > longestSCIMName {
		b.Fail(scimRefusal(scimInvalidValue, scimDisplayName, "displayName is longer than %d characters.", longestSCIMName))
	}

	for _, name := range scimUserExtras() {
		if raw, sent := root[name]; sent {
			draft.sentBack[name] = raw
		}
	}

	return draft, b.firstProblem()
}

// checkSchemas requires the core URN. It also permits the extension URN for users, and for groups if the options put the role in the
// extension.
func (s *Directory) checkSchemas(b *scimBody, root map[string]json.RawMessage, urn string) {
	urns := b.Texts(scimSchemas, root[scimSchemas])

	allowed := []string{urn}
	if urn == urnSCIMUser || s.opts.RoleLocation == RoleInExtension {
		allowed = append(allowed, urnSCIMExtension)
	}

	for i, schema := range urns {
		if !slices.Contains(allowed, schema) || slices.Contains(urns[:i], schema) {
			b.Fail(scimRefusal(scimInvalidValue, scimSchemas, "The schema %q is repeated or not valid for this resource.", schema))
		}
	}

	if !slices.Contains(urns, urn) {
		b.Fail(scimRefusal(scimInvalidValue, scimSchemas, "schemas must contain %s.", urn))
	}
}

// role reads the role and converts it to upper case.
func (s *Directory) role(b *scimBody, root map[string]json.RawMessage) scimText {
	raw, role := root[scimRole], b.text(scimRole, root)

	if extension := b.Object(urnSCIMExtension, root[urnSCIMExtension], scimRole); extension != nil {
		inside := b.text(scimRole, extension)

		if role.given && inside.given && role != inside {
			b.Fail(scimRefusal(scimInvalidValue, scimRole, "There are two roles."))
		}

		if inside.given {
			raw, role = extension[scimRole], inside
		}
	}

	upper := strings.ToUpper(role.text)

	if role.given && !server.IsNull(raw) && (checkRole(upper) != nil || s.opts.UpperCaseRoles && upper != role.text) {
		b.Fail(scimRefusal(scimInvalidValue, scimRole, "The role %q is unknown.", role.text))
	}

	role.text = upper

	return role
}

// invitation reads sendEmailOnInvitation, which is a string in the vendor's samples.
func (s *Directory) invitation(b *scimBody, root map[string]json.RawMessage, put bool) bool {
	raw, given := root[scimInvitation]

	switch {
	case !given:
		return false
	case put && s.opts.InvitationOnPUT == InvitationRefused:
		b.Fail(scimRefusal(scimMutability, scimInvitation, "sendEmailOnInvitation is valid only in a create request."))

		return false
	}

	text := string(raw)
	if s.opts.BooleanInvitation && (text == "true" || text == "false") {
		return text == "true"
	}

	if text != `"true"` && text != `"false"` {
		b.Fail(scimRefusal(scimInvalidValue, scimInvitation, "sendEmailOnInvitation must be \"true\" or \"false\"."))
	}

	return text == `"true"`
}

// checkSentBack returns a failure if a PUT would change a read-only attribute. It ignores groups and meta, which are read-only
// (RFC 7643 section 3.1) and may be outdated.
func (d scimDraft) checkSentBack(id string, now server.Object) *server.Failure {
	if d.id.given && d.id.text != id {
		return scimRefusal(scimMutability, "id", "The id cannot be changed.")
	}

	for name, raw := range d.sentBack {
		if name == "groups" {
			continue
		}

		var sent, current any

		encoded, err := json.Marshal(now[name])
		if err != nil || json.Unmarshal(encoded, &current) != nil || json.Unmarshal(raw, &sent) != nil || !reflect.DeepEqual(sent, current) {
			return scimRefusal(scimMutability, name, "%s cannot be changed.", name)
		}
	}

	return nil
}

// scimBody reads the attributes in a request body and records the first problem.
type scimBody struct {
	server.BodyReader
}

// firstProblem returns the first problem as a SCIM error.
func (b *scimBody) firstProblem() *server.Failure {
	if b.Problem != nil && b.Problem.ScimType == "" {
		b.Problem.ScimType = scimInvalidValue
	}

	return b.Problem
}

func (b *scimBody) text(name string, members map[string]json.RawMessage) scimText {
	raw, given := members[name]
	if !given || server.IsNull(raw) {
		return scimText{given: given}
	}

	text := b.Text(name, raw)
	if text == nil {
		return scimText{}
	}

	return scimText{given: true, text: *text}
}

// members reads the members attribute of a group and reports whether the body contains it. Duplicate members are rejected. The vendor does
// not document how the service handles duplicates.
func (b *scimBody) members(root map[string]json.RawMessage) ([]string, bool) {
	raw, given := root[scimMembers]
	if !given || server.IsNull(raw) {
		return nil, given
	}

	var elements []json.RawMessage
	if err := json.Unmarshal(raw, &elements); err != nil {
		b.Fail(scimRefusal(scimInvalidValue, scimMembers, "members must be an array."))

		return nil, true
	}

	ids := make([]string, 0, len(elements))
	seen := make(map[string]bool, len(elements))

	for _, element := range elements {
		member := b.Object(scimMembers, element, "value", "display", "$ref", "type")

		id := b.text("value", member).text
		if id == "" || seen[id] {
			b.Fail(scimRefusal(scimInvalidValue, scimMembers, "A member is repeated or has no value."))
		}

		seen[id] = true

		ids = append(ids, id)
	}

	return ids, true
}
