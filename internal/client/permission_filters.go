package client

import (
	"fmt"
	"slices"
	"sync"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// permissionFilters counts the calls in progress for each filter.
type permissionFilters struct {
	mu     sync.Mutex
	counts map[PermissionFilter]int
}

// add adds a filter, and returns a function that removes it.
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

// permissionExport contains the permissions that are kept in memory. If the whole export exceeds the memory limit, only permissions that match the
// filters in use at that point are kept.
type permissionExport struct {
	// whole contains all permissions. It is nil if the permissions exceed the memory limit.
	whole    *permissionSelection
	selected []*permissionSelection
}

func newPermissionExport(limit int64) *permissionExport {
	return &permissionExport{whole: &permissionSelection{limit: limit}}
}

// add adds a permission. The filters argument returns the filters to apply if the export is too large to keep.
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

// choose returns the permissions that a filter selects, or nil if the export was read without that filter.
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

// permissionSelection contains the permissions that one filter selects.
type permissionSelection struct {
	filter PermissionFilter
	items  []Permission
	// size is the approximate amount of memory that the items take up, in bytes. limit is its maximum.
	size, limit int64
	// isTooLarge is true if the items exceed the limit. In that case, items is nil.
	isTooLarge bool
	// found contains the filter's values that occur in at least one permission.
	found PermissionFilter
}

// choose applies a filter to an unfiltered selection.
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

// matches reports whether a permission matches the filter, and records which of the filter's values the permission contains.
func (s *permissionSelection) matches(permission Permission) bool {
	check := func(wanted, value string, same func(a, b string) bool, found *string) bool {
		if wanted == "" {
			return true
		}

		if !same(value, wanted) {
			return false
		}

		*found = wanted

		return true
	}

	wanted, found := &s.filter, &s.found
	matches := check(wanted.SubjectType, permission.SubjectType, transport.SameTextFold, &found.SubjectType)
	matches = check(wanted.SubjectID, permission.SubjectID, transport.SameText, &found.SubjectID) && matches
	matches = check(wanted.SubjectName, permission.SubjectName, transport.SameText, &found.SubjectName) && matches
	matches = check(wanted.Service, permission.Service, transport.SameTextFold, &found.Service) && matches
	matches = check(wanted.ObjectType, permission.ObjectType, transport.SameTextFold, &found.ObjectType) && matches
	matches = check(wanted.ObjectID, permission.ObjectID, transport.SameText, &found.ObjectID) && matches

	return (wanted.Action == "" || slices.ContainsFunc(permission.Actions, func(action string) bool {
		return check(wanted.Action, action, transport.SameTextFold, &found.Action)
	})) && matches
}

func (s *permissionSelection) result() (Permissions, error) {
	if s.isTooLarge {
		return Permissions{}, &transport.Error{
			Reason: transport.ReasonTooLarge, Area: AreaPermissions,
			Detail: fmt.Sprintf("the filters match more permissions than the provider keeps in memory (%d MiB)", s.limit>>20),
		}
	}

	unknown := s.filter

	for _, part := range []struct {
		found string
		value *string
	}{
		{s.found.SubjectType, &unknown.SubjectType},
		{s.found.SubjectID, &unknown.SubjectID},
		{s.found.SubjectName, &unknown.SubjectName},
		{s.found.Service, &unknown.Service},
		{s.found.ObjectType, &unknown.ObjectType},
		{s.found.ObjectID, &unknown.ObjectID},
		{s.found.Action, &unknown.Action},
	} {
		if part.found != "" {
			*part.value = ""
		}
	}

	return Permissions{Items: s.items, Unknown: unknown}, nil
}

// size returns the approximate amount of memory that a permission takes up, in bytes.
func (p Permission) size() int64 {
	size := 200 // This is the size of the struct and its allocations.
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
