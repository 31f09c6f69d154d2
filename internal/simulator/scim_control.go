package simulator

import (
	"bytes"
	"errors"
	"io"
	"net/http"
)

// SCIMUsers are the users of the team as they are now, in the order of lists.
func (s *Simulator) SCIMUsers() []SCIMUser {
	s.scim.mu.Lock()
	defer s.scim.mu.Unlock()

	return s.scim.users.existing()
}

// SCIMGroups are the groups of the team as they are now, in the order of lists.
func (s *Simulator) SCIMGroups() []SCIMGroup {
	return s.scim.allGroups()
}

// AddUser adds a user as somebody else would, past all limits of the licence, and returns it with what was filled in. It
// panics if the user makes no sense, for example because the name is taken.
func (s *Simulator) AddUser(user SCIMUser) SCIMUser {
	return must(locked(s.scim, func() (SCIMUser, error) { return s.scim.addUser(user) }))
}

// ChangeUser changes a user as somebody else would, past all limits of the licence. It panics if there is none with the id
// or the change makes no sense. The function must not call the simulator.
func (s *Simulator) ChangeUser(id string, change func(*SCIMUser)) {
	must(locked(s.scim, func() (SCIMUser, error) {
		return s.scim.changeUser(id, func(user *SCIMUser) error {
			change(user)

			return nil
		})
	}))
}

// RemoveUser removes the user with the id, if there is one, and his memberships.
func (s *Simulator) RemoveUser(id string) {
	s.scim.mu.Lock()
	defer s.scim.mu.Unlock()

	if entry, ok := s.scim.users.byID[id]; ok {
		s.scim.removeUser(entry)
	}
}

// AddGroup adds a group as somebody else would, past all limits, and returns it with what was filled in. It panics if the
// group makes no sense, for example because a member is unknown.
func (s *Simulator) AddGroup(group SCIMGroup) SCIMGroup {
	return must(locked(s.scim, func() (SCIMGroup, error) { return s.scim.addGroup(group) }))
}

// ChangeGroup changes a group as somebody else would, past all limits. It panics if there is none with the id or the change
// makes no sense. The function must not call the simulator.
func (s *Simulator) ChangeGroup(id string, change func(*SCIMGroup)) {
	must(locked(s.scim, func() (SCIMGroup, error) {
		return s.scim.changeGroup(id, func(group *SCIMGroup) error {
			change(group)

			return nil
		})
	}))
}

// RemoveGroup removes the group with the id, if there is one.
func (s *Simulator) RemoveGroup(id string) {
	s.scim.mu.Lock()
	defer s.scim.mu.Unlock()

	if entry, ok := s.scim.groups.byID[id]; ok {
		s.scim.removeGroup(entry)
	}
}

// locked runs a function under the lock of the area.
func locked[T any](s *scim, do func() (T, error)) (T, error) {
	s.mu.Lock()
	defer s.mu.Unlock()

	return do()
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}

	return value
}

// controlSCIM adds what Control does with users and groups.
func controlSCIM(mux *http.ServeMux, s *Simulator) {
	controlResources(mux, s.scim, "/-/scim/users", controlled[SCIMUser]{
		s.SCIMUsers, s.scim.addUser, s.scim.changeUser, s.RemoveUser,
	})
	controlResources(mux, s.scim, "/-/scim/groups", controlled[SCIMGroup]{
		s.SCIMGroups, s.scim.addGroup, s.scim.changeGroup, s.RemoveGroup,
	})
}

// controlled is what Control may do with the users or the groups. add and change want the lock.
type controlled[T any] struct {
	all    func() []T
	add    func(T) (T, error)
	change func(id string, change func(*T) error) (T, error)
	remove func(id string)
}

func controlResources[T any](mux *http.ServeMux, s *scim, path string, resources controlled[T]) {
	answer := func(w http.ResponseWriter, value T, err error) {
		switch {
		case errors.Is(err, errNoSuchSCIM):
			http.Error(w, err.Error(), http.StatusNotFound)
		case err != nil:
			http.Error(w, err.Error(), http.StatusBadRequest)
		default:
			show(w, value)
		}
	}

	mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
		show(w, resources.all())
	})
	mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
		var value T

		err := decodeStrictly(r.Body, "body", &value)
		if err == nil {
			value, err = locked(s, func() (T, error) { return resources.add(value) })
		}

		answer(w, value, err)
	})
	mux.HandleFunc("PATCH "+path+"/{id}", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)

		var changed T

		if err == nil {
			changed, err = locked(s, func() (T, error) {
				return resources.change(r.PathValue("id"), func(value *T) error {
					return decodeStrictly(bytes.NewReader(body), "body", value)
				})
			})
		}

		answer(w, changed, err)
	})
	mux.HandleFunc("DELETE "+path+"/{id}", func(w http.ResponseWriter, r *http.Request) {
		resources.remove(r.PathValue("id"))
		w.WriteHeader(http.StatusNoContent)
	})
}
