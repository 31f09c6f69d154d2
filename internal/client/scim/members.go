package scim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/paging"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// eachMember calls the take function with the id and the JSON element of each member of a group, once per id. isKnown is false if the document has no
// members attribute, which a list may omit.
func (d document) eachMember(take func(id string, element json.RawMessage)) (isKnown bool, err error) {
	value, isKnown := d[d.key(attributeMembers)]
	if !isKnown || bytes.Equal(value, []byte("null")) {
		return isKnown, nil
	}

	seen := make(map[string]struct{})

	err = transport.EachElement(value, paging.MaxItems, func(raw json.RawMessage) error {
		var element document
		if err := json.Unmarshal(raw, &element); err != nil || element == nil {
			return fmt.Errorf("expected an object for a member, got %s", transport.KindOf(raw))
		}

		id, err := element.parse("value")
		if err != nil || id == "" {
			return errors.New("a member has no value")
		}

		if _, isSeen := seen[id]; !isSeen {
			seen[id] = struct{}{}

			take(id, raw)
		}

		return nil
	})
	if err != nil {
		return true, fmt.Errorf("%s: %w", attributeMembers, err)
	}

	return true, nil
}

// setMembers replaces the members. Members who stay keep their JSON elements.
func (d document) setMembers(ids []string) {
	former := make(map[string]json.RawMessage)
	_, _ = d.eachMember(func(id string, element json.RawMessage) { former[id] = element }) // newVersion has checked the members.

	elements := make([]json.RawMessage, 0, len(ids))

	for _, id := range ids {
		element := former[id]
		if element == nil {
			element = document{"value": quoted(id)}.encode()
		}

		elements = append(elements, element)
	}

	d[d.key(attributeMembers)], _ = json.Marshal(elements) //nolint:errchkjson // The elements were decoded from JSON, so they can be encoded.
}

// withMembers returns a group's document in which each user mapped to true is a member and each user mapped to false is not. isChanged is true if
// the document differs from the original.
func (d document) withMembers(wanted map[string]bool) (next document, isChanged bool) {
	var ids []string

	missing := maps.Clone(wanted)

	_, _ = d.eachMember(func(id string, _ json.RawMessage) { // newVersion has checked the members.
		isMember, isWanted := missing[id]
		delete(missing, id)

		if isWanted && !isMember {
			isChanged = true
		} else {
			ids = append(ids, id)
		}
	})

	for _, id := range slices.Sorted(maps.Keys(missing)) {
		if missing[id] {
			isChanged = true

			ids = append(ids, id)
		}
	}

	if !isChanged {
		return d, false
	}

	next = maps.Clone(d)
	next.setMembers(ids)

	return next, true
}

// describeMembers describes memberships that were requested but not applied.
func describeMembers(wanted map[string]bool) []string {
	var missing, surplus, texts []string

	for _, id := range slices.Sorted(maps.Keys(wanted)) {
		if wanted[id] {
			missing = append(missing, id)
		} else {
			surplus = append(surplus, id)
		}
	}

	if len(missing) > 0 {
		texts = append(texts, "these users are not in the group: "+listed(missing))
	}

	if len(surplus) > 0 {
		texts = append(texts, "these users are still in the group: "+listed(surplus))
	}

	return append(texts, "another program may have changed the group at the same time, or the service does not return all members of a large group")
}

func setOf(ids []string) map[string]bool {
	set := make(map[string]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}

	return set
}

func without(ids, others []string) []string {
	excluded := setOf(others)

	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return excluded[id] })
}

// listed joins the first ids of a list for a message, followed by the number of remaining ids.
func listed(ids []string) string {
	const most = 5
	if len(ids) <= most {
		return strings.Join(ids, ", ")
	}

	return fmt.Sprintf("%s and %d more", strings.Join(ids[:most], ", "), len(ids)-most)
}
