package client

import (
	"fmt"
	"slices"
	"sync"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// permissionFilters are the filters of the calls that are under way, each with how many calls have it.
type permissionFilters struct {
	mu     sync.Mutex
	counts map[PermissionFilter]int
}

// add adds a filter, and returns what removes it.
func (f *permissionFilters) add(filter PermissionFilter) (remove func()) {
	f.mu.Lock()
	defer f.mu.Unlock()

	if f.counts == nil {
		f.counts = make(map[PermissionFilter]int)
	}

	f.counts[filter]++

	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()

		if f.counts[filter]--; f.counts[filter] == 0 {
			delete(f.counts, filter)
		}
	}
}

func (f *permissionFilters) all() []PermissionFilter {
	f.mu.Lock()
	defer f.mu.Unlock()

	filters := make([]PermissionFilter, 0, len(f.counts))
	for filter := range f.counts {
		filters = append(filters, filter)
	}

	return filters
}

// permissionExport is what is kept of the export: everything, or what the filters choose that were there when everything became too
// much.
type permissionExport struct {
	// whole holds all permissions; nil if they are too many to keep.
	whole    *permissionSelection
	selected []*permissionSelection
}

func newPermissionExport(limit int64) *permissionExport {
	return &permissionExport{whole: &permissionSelection{limit: limit}}
}

// add adds a permission. filters returns the filters to apply if there is too much to keep.
func (e *permissionExport) add(permission Permission, filters func() []PermissionFilter) {
	if e.whole != nil {
		if e.whole.size+permission.size() <= e.whole.limit {
			e.whole.add(permission)

			return
		}

		for _, filter := range filters() {
			e.selected = append(e.selected, e.whole.choose(filter))
		}

		e.whole = nil
	}

	for _, selection := range e.selected {
		selection.add(permission)
	}
}

func (e *permissionExport) sort() {
	if e.whole != nil {
		slices.SortFunc(e.whole.items, Permission.compare)
	}

	for _, selection := range e.selected {
		slices.SortFunc(selection.items, Permission.compare)
	}
}

// choose returns what a filter chooses, nil if the export was read without it.
func (e *permissionExport) choose(filter PermissionFilter) *permissionSelection {
	if e.whole != nil {
		return e.whole.choose(filter)
	}

	for _, selection := range e.selected {
		if selection.filter == filter {
			return selection
		}
	}

	return nil
}

// permissionSelection is what one filter chooses.
type permissionSelection struct {
	filter PermissionFilter
	items  []Permission
	// size is the memory that the items take, in bytes, roughly, and limit the most that they may take.
	size, limit int64
	// isTooLarge says that there were more items than can be kept, so none are.
	isTooLarge bool
	// known holds the values of the filter that some permission has.
	known PermissionFilter
}

// choose applies another filter to the items of a selection without one.
func (s *permissionSelection) choose(filter PermissionFilter) *permissionSelection {
	if filter == s.filter {
		return s
	}

	chosen := &permissionSelection{filter: filter, limit: s.limit}
	for _, permission := range s.items {
		chosen.add(permission)
	}

	return chosen
}

// add adds a permission if the filter chooses it.
func (s *permissionSelection) add(permission Permission) {
	if !s.matches(permission) || s.isTooLarge {
		return
	}

	s.size += permission.size()
	s.items = append(s.items, permission)

	if s.size > s.limit {
		s.isTooLarge, s.items = true, nil
	}
}

// matches reports whether a permission fulfils the filter, and notes which of the filter's values it has.
func (s *permissionSelection) matches(permission Permission) bool {
	has := func(wanted, value string, same func(a, b string) bool, known *string) bool {
		if wanted == "" {
			return true
		}

		if !same(value, wanted) {
			return false
		}

		*known = wanted

		return true
	}

	wanted, known := &s.filter, &s.known
	matches := has(wanted.SubjectType, permission.SubjectType, transport.SameTextFold, &known.SubjectType)
	matches = has(wanted.SubjectID, permission.SubjectID, transport.SameText, &known.SubjectID) && matches
	matches = has(wanted.SubjectName, permission.SubjectName, transport.SameText, &known.SubjectName) && matches
	matches = has(wanted.Service, permission.Service, transport.SameTextFold, &known.Service) && matches
	matches = has(wanted.ObjectType, permission.ObjectType, transport.SameTextFold, &known.ObjectType) && matches
	matches = has(wanted.ObjectID, permission.ObjectID, transport.SameText, &known.ObjectID) && matches

	return (wanted.Action == "" || slices.ContainsFunc(permission.Actions, func(action string) bool {
		return has(wanted.Action, action, transport.SameTextFold, &known.Action)
	})) && matches
}

func (s *permissionSelection) result() (Permissions, error) {
	if s.isTooLarge {
		return Permissions{}, &transport.Error{
			Reason: transport.ReasonTooLarge, Area: AreaPermissions,
			Detail: fmt.Sprintf("the filters match more permissions than the provider keeps (%d MiB)", s.limit>>20),
		}
	}

	unknown := s.filter

	for _, part := range []struct {
		known string
		value *string
	}{
		{s.known.SubjectType, &unknown.SubjectType},
		{s.known.SubjectID, &unknown.SubjectID},
		{s.known.SubjectName, &unknown.SubjectName},
		{s.known.Service, &unknown.Service},
		{s.known.ObjectType, &unknown.ObjectType},
		{s.known.ObjectID, &unknown.ObjectID},
		{s.known.Action, &unknown.Action},
	} {
		if part.known != "" {
			*part.value = ""
		}
	}

	return Permissions{Items: s.items, Unknown: unknown}, nil
}

// size returns the memory that a permission takes, in bytes, roughly.
func (p Permission) size() int64 {
	size := 200 // The struct itself and its allocations.
	for _, text := range []string{
		p.SubjectName, p.SubjectType, p.SubjectID, p.Groups, p.Role, p.Service, p.ObjectName, p.ObjectType, p.ObjectID,
	} {
		size += len(text)
	}

	for _, action := range p.Actions {
		size += 32 + len(action)
	}

	return int64(size)
}
