package scim

import (
	"fmt"
	"slices"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// attribute is the name of a SCIM attribute and its desired value. An empty value removes the attribute.
type attribute struct {
	name, value string
}

// matches reports whether the value in the service's response is the desired value.
func (a attribute) matches(actual string) bool {
	if a.name == attributeRole || a.name == attributeUserName {
		return transport.SameTextFold(actual, a.value)
	}

	return transport.SameText(actual, a.value)
}

// desired is the desired state of an object. Attributes without a desired value stay unchanged.
type desired struct {
	attributes []attribute
	// members are the ids of all members, or nil to leave the members unchanged.
	members *[]string
	// former contains the member ids on which the members field is based, or is nil if these ids are unknown. Users who are in neither list have
	// joined after the former members were read, and stay members.
	former *[]string
	// kept are the users whom this run has added. They stay members even if the members field does not contain them.
	kept map[string]bool
}

// with returns the desired state plus an attribute. If the value is nil, it returns the desired state unchanged.
func (d desired) with(name string, value *string) desired {
	if value != nil {
		d.attributes = append(d.attributes, attribute{name, *value})
	}

	return d
}

// membersAfter returns the sorted ids of all users who must be members after a change. current contains the ids of the members before the change.
func (d desired) membersAfter(current []string) []string {
	wanted := slices.Clone(*d.members)

	var former map[string]bool
	if d.former != nil {
		former = setOf(*d.former)
	}

	for _, id := range current {
		if d.kept[id] || d.former != nil && !former[id] {
			wanted = append(wanted, id)
		}
	}

	return transport.SortedSet(wanted)
}

// apply changes an object's document to the desired state, and reports whether the document changed.
func (d desired) apply(current version) (isChanged bool) {
	for _, wanted := range d.attributes {
		switch {
		case wanted.matches(current.document.text(wanted.name)):
			continue
		case wanted.name == attributeRole:
			current.document.setRole(documentedRole(wanted.value))
		default:
			current.document.set(wanted.name, wanted.value)
		}

		isChanged = true
	}

	if d.members == nil {
		return isChanged
	}

	wanted := d.membersAfter(current.memberIDs)
	if slices.Equal(current.memberIDs, wanted) {
		return isChanged
	}

	current.document.setMembers(wanted)

	return true
}

// differences describes how an object in a response differs from the desired state. A role that the response omits cannot be compared. If no
// role is desired, the service may set its default role.
func (d desired) differences(actual version) []string {
	var differences []string

	for _, wanted := range d.attributes {
		text := actual.document.text(wanted.name)
		if wanted.matches(text) || wanted.name == attributeRole && (text == "" || wanted.value == "") {
			continue
		}

		differences = append(differences, fmt.Sprintf("%s should be %q but is %q", plainName(wanted.name), wanted.value, text))
	}

	if d.members == nil {
		return differences
	}

	wanted := d.membersAfter(actual.memberIDs)
	if missing := without(wanted, actual.memberIDs); len(missing) > 0 {
		differences = append(differences, "these members have not been added: "+listed(missing))
	}

	if surplus := without(actual.memberIDs, wanted); len(surplus) > 0 {
		differences = append(differences, "these members have not been removed: "+listed(surplus))
	}

	return differences
}
