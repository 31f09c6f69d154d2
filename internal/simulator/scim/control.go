package scim

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// Users returns the team's current users in list order.
func (s *Directory) Users() []User {
	s.mu.Lock()
	defer s.mu.Unlock()

	return s.users.existing()
}

// Groups returns the team's current groups in list order.
func (s *Directory) Groups() []Group {
	s.mu.Lock()
	defer s.mu.Unlock()

	groups := s.groups.existing()
	for i := range groups {
		groups[i] = groups[i].clone()
	}

	return groups
}

// Account is a user together with the creation time and the user's groups.
type Account struct {
	User

	Created time.Time
	// Groups are the user's groups, sorted by name and without their members.
	Groups []Group
}

// Accounts returns the accounts of the team's current users in list order.
func (s *Directory) Accounts() []Account {
	s.mu.Lock()
	defer s.mu.Unlock()

	accounts := make([]Account, 0, len(s.users.byID))

	for _, user := range s.users.order {
		if user.gone > 0 {
			continue
		}

		account := Account{User: user.value, Created: user.created}

		for id := range user.groups {
			group := s.groups.byID[id].value
			group.Members = nil
			account.Groups = append(account.Groups, group)
		}

		slices.SortFunc(account.Groups, func(a, b Group) int { return strings.Compare(a.DisplayName, b.DisplayName) })
		accounts = append(accounts, account)
	}

	return accounts
}

// AddUser adds a user as another program would, even if the licence does not allow more users, and returns the user with the defaults
// filled in. It panics if the user is invalid, for example if the user name is already taken.
func (s *Directory) AddUser(user User) User {
	return must(locked(s, func() (User, error) { return s.addUser(user) }))
}

// ChangeUser changes a user as another program would, even if the licence does not allow the new role. It panics if the user does not exist
// or the change is invalid. The change function must not call the simulator, which is locked during the call.
func (s *Directory) ChangeUser(id string, change func(*User)) {
	must(locked(s, func() (User, error) {
		return s.changeUser(id, func(user *User) error {
			change(user)

			return nil
		})
	}))
}

// RemoveUser deletes a user and the user's memberships. It does nothing if the user does not exist.
func (s *Directory) RemoveUser(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()

	if entry, ok := s.users.byID[id]; ok {
		s.removeUser(entry)
	}
}

// AddGroup adds a group as another program would, without checking any limits, and returns the group with the defaults filled in. It panics
// if the group is invalid, for example if a member is unknown.
func (s *Directory) AddGroup(group Group) Group {
	return must(locked(s, func() (Group, error) { return s.addGroup(group) }))
}

// ChangeGroup changes a group as another program would, without checking any limits. It panics if the group does not exist or the change is
// invalid. The change function must not call the simulator, which is locked during the call.
func (s *Directory) ChangeGroup(id string, change func(*Group)) {
	must(locked(s, func() (Group, error) {
		return s.changeGroup(id, func(group *Group) error {
			change(group)

			return nil
		})
	}))
}

// RemoveGroup deletes a group. It does nothing if the group does not exist.
func (s *Directory) RemoveGroup(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()

	if entry, ok := s.groups.byID[id]; ok {
		s.removeGroup(entry)
	}
}

// locked runs the do function while holding the Directory's lock.
func locked[T any](s *Directory, do func() (T, error)) (T, error) {
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

// RouteControl adds the operations for users and groups to the control API.
func (s *Directory) RouteControl(mux *http.ServeMux) {
	controlResources(mux, s, "/-/scim/users", controlled[User]{
		s.Users, s.addUser, s.changeUser, s.RemoveUser,
	})
	controlResources(mux, s, "/-/scim/groups", controlled[Group]{
		s.Groups, s.addGroup, s.changeGroup, s.RemoveGroup,
	})
}

// controlled contains the functions behind the control API for users or groups. Callers of add and change must hold the lock.
type controlled[T any] struct {
	all    func() []T
	add    func(T) (T, error)
	change func(id string, change func(*T) error) (T, error)
	remove func(id string)
}

func controlResources[T any](mux *http.ServeMux, s *Directory, path string, resources controlled[T]) {
	answer := func(w http.ResponseWriter, value T, err error) {
		switch {
		case errors.Is(err, errNoSuchSCIM):
			http.Error(w, err.Error(), http.StatusNotFound)
		case err != nil:
			http.Error(w, err.Error(), http.StatusBadRequest)
		default:
			server.WriteJSON(w, value)
		}
	}

	mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
		server.WriteJSON(w, resources.all())
	})
	mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
		var value T

		err := server.DecodeStrictly(r.Body, "body", &value)
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
					return server.DecodeStrictly(bytes.NewReader(body), "body", value)
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
