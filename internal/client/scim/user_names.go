package scim

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/memo"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/paging"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

// maxUnlistedReads is the maximum number of members who are read by id because the list of users lacks them.
const maxUnlistedReads = 20

// userDirectory indexes the list of users by name and by id. Unlike other lists, it is valid for a whole run, because user names do not change, and
// the run records which users it has created and deleted. The list is read again if it lacks a user.
type userDirectory struct {
	// ids maps each case-folded user name to the ids of the users with that name.
	ids map[string][]string
	// names maps each user id to the user name.
	names       map[string]string
	requestedAt time.Time
}

func newUserDirectory(users []version) *userDirectory {
	made := &userDirectory{ids: make(map[string][]string, len(users)), names: make(map[string]string, len(users))}
	for _, user := range users {
		made.add(user)
	}

	return made
}

func (d *userDirectory) add(user version) {
	name := user.document.text(attributeUserName)
	key := transport.FoldText(name)
	d.ids[key] = append(d.ids[key], user.id)
	d.names[user.id] = name
}

// userNames looks up ids by name and names by id for one caller. It combines the list with the users that this run has created and deleted.
type userNames struct {
	listed *userDirectory
	own    map[string]paging.OwnObject[version]
	// unlisted contains the users whom this run has created, but who are missing from the list.
	unlisted *userDirectory
}

// idsOf returns the ids of all users with the given name.
func (n userNames) idsOf(name string) []string {
	key := transport.FoldText(name)
	ids := slices.Clone(n.unlisted.ids[key])

	for _, id := range n.listed.ids[key] {
		if n.exists(id) {
			ids = append(ids, id)
		}
	}

	slices.Sort(ids)

	return ids
}

func (n userNames) nameOf(id string) (name string, isKnown bool) {
	if name, isKnown = n.unlisted.names[id]; isKnown {
		return name, true
	}

	name, isKnown = n.listed.names[id]

	return name, isKnown && n.exists(id)
}

// exists returns false for a listed user whom this run has deleted.
func (n userNames) exists(id string) bool {
	state := n.own[id].State

	return state == paging.NotOwn || state == paging.OwnManaged
}

// userNames returns the names of all users. It uses the cached list if the usable function accepts that list.
func (c *Client) userNames(
	ctx context.Context, notBefore time.Time, usable func(memo.Result[*userDirectory]) bool,
) (names userNames, requestedAt time.Time, err error) {
	users := c.users

	directory, err := c.directory.Get(ctx, struct{}{}, notBefore, usable, func(ctx context.Context) (*userDirectory, error) {
		listed, requestedAt, err := paging.Shared(ctx, c.caller, users.key(), notBefore, users.list)
		made := newUserDirectory(listed)
		made.requestedAt = requestedAt

		return made, err
	})
	if err != nil {
		return names, requestedAt, transport.AsError(ctx, err)
	}

	return c.userNamesIn(directory.Value), directory.Value.requestedAt, nil
}

// userNamesIn combines a directory with the users that this run has created and deleted.
func (c *Client) userNamesIn(directory *userDirectory) userNames {
	names := userNames{listed: directory, own: c.users.creations.Own.All(), unlisted: newUserDirectory(nil)}

	for id, own := range names.own {
		if _, isListed := directory.names[id]; own.State == paging.OwnManaged && !isListed {
			names.unlisted.add(own.Value)
		}
	}

	return names
}

func isAnyDirectory(memo.Result[*userDirectory]) bool { return true }

// ResolveUserNames maps user names, which are case-insensitive, to user ids. All calls made during a run share one list of users. If that list lacks
// a name, ResolveUserNames uses a list that was requested after the call started. If a name belongs to no user or to several users, the error lists
// that name, and the map contains only the users with the other names. The error's reason is [transport.ReasonNotFound] if a name belongs to no user,
// and [transport.ReasonAmbiguous] otherwise.
func (c *Client) ResolveUserNames(ctx context.Context, names []string) (ids map[string]string, err error) {
	if len(names) == 0 {
		return nil, nil //nolint:nilnil // There is nothing to look up.
	}

	start := time.Now()

	directory, requestedAt, err := c.userNames(ctx, time.Time{}, isAnyDirectory)
	if err != nil {
		return nil, err
	}

	ids, err = directory.resolve(names)
	if !transport.IsNotFound(err) || !requestedAt.Before(start) {
		return ids, err
	}

	directory, _, err = c.userNames(ctx, start, func(kept memo.Result[*userDirectory]) bool { return !kept.Value.requestedAt.Before(start) })
	if err != nil {
		return nil, err
	}

	return directory.resolve(names)
}

func (n userNames) resolve(names []string) (map[string]string, error) {
	var (
		missing, ambiguous []string
		ids                = make(map[string]string, len(names))
	)

	for _, name := range transport.SortedSet(names) {
		switch found := n.idsOf(name); len(found) {
		case 1:
			ids[name] = found[0]
		case 0:
			missing = append(missing, name)
		default:
			ambiguous = append(ambiguous, fmt.Sprintf("%q (%s)", name, strings.Join(found, ", ")))
		}
	}

	property := plainName(attributeUserName)

	switch {
	case len(missing) > 0:
		detail := fmt.Sprintf("none of the %d users that these credentials can see has the %s %s", len(n.listed.names), property,
			quotedList(missing)) + n.suggestions(missing)

		return ids, &transport.Error{Reason: transport.ReasonNotFound, Area: Area, Detail: transport.Printable(detail)}
	case len(ambiguous) > 0:
		detail := fmt.Sprintf("several users have the same %s: %s", property, strings.Join(ambiguous, "; "))

		return ids, &transport.Error{Reason: transport.ReasonAmbiguous, Area: Area, Detail: transport.Printable(detail)}
	default:
		return ids, nil
	}
}

// quotedList quotes strings and joins them with "or".
func quotedList(texts []string) string {
	quoted := make([]string, 0, len(texts))
	for _, text := range texts {
		quoted = append(quoted, strconv.Quote(text))
	}

	return strings.Join(quoted, " or ")
}

// suggestions returns sentences that suggest similar user names for the first few missing names.
func (n userNames) suggestions(missing []string) string {
	names := slices.AppendSeq(slices.Collect(maps.Values(n.listed.names)), maps.Values(n.unlisted.names))

	var text strings.Builder

	for _, name := range missing[:min(paging.MaxSuggestions, len(missing))] {
		suggestion := paging.Suggest(name, names)

		switch {
		case suggestion == "":
		case len(missing) == 1:
			text.WriteString(". " + suggestion)
		default:
			text.WriteString(". For " + strconv.Quote(name) + ": " + suggestion)
		}
	}

	return text.String()
}

// KnownUserIDs maps the given user names to their cached ids, without sending a request.
func (c *Client) KnownUserIDs(names []string) map[string]string {
	directory, isKept := c.directory.Kept(struct{}{})
	if !isKept {
		return nil
	}

	ids, _ := c.userNamesIn(directory.Value).resolve(names) // The map omits names that are not cached.

	return ids
}

// MemberUserNames maps the ids of a group's members to their user names. It omits members whom the list of users lacks. However, if the list also
// lacks one of the expected names, MemberUserNames reads those members by id, because a service may list new users late.
func (c *Client) MemberUserNames(ctx context.Context, memberIDs, expected []string) (map[string]string, error) {
	directory, _, err := c.userNames(ctx, time.Time{}, isAnyDirectory)
	if err != nil {
		return nil, err
	}

	names, unlisted := directory.of(memberIDs)
	if len(unlisted) > 0 {
		directory, _, err = c.userNames(ctx, time.Time{}, func(kept memo.Result[*userDirectory]) bool {
			return time.Since(kept.Value.requestedAt) < paging.SharedFor
		})
		if err != nil {
			return nil, err
		}

		names, unlisted = directory.of(memberIDs)
	}

	isMissing := func(name string) bool { return len(directory.idsOf(name)) == 0 }
	if len(unlisted) == 0 || len(unlisted) > maxUnlistedReads || !slices.ContainsFunc(expected, isMissing) {
		return names, nil
	}

	read, err := c.users.readAll(ctx, unlisted)
	for _, user := range read {
		names[user.id] = user.document.text(attributeUserName)
	}

	return names, err
}

// of returns the user names of the given ids, and the ids that have no known user name.
func (n userNames) of(ids []string) (names map[string]string, unknown []string) {
	names = make(map[string]string, len(ids))

	for _, id := range ids {
		if name, isKnown := n.nameOf(id); isKnown {
			names[id] = name
		} else {
			unknown = append(unknown, id)
		}
	}

	return names, unknown
}
