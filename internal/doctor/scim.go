package doctor

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/celonis-community/terraform-provider-celonis/internal/client/scim"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

const (
	// unknownUser is an id that no user has.
	unknownUser = "00000000-0000-4000-8000-000000000000"
	// unknownAddress is a name that no user can have, because the .invalid domain is reserved. Source: RFC 2606 section 2.
	unknownAddress = "celonis-doctor@example.invalid"
	// userPage is the page size that the client requests. manyUsers is larger than any plausible page size.
	userPage, manyUsers = 200, 5_000
	// groupsToRead is the maximum number of groups that are read by id.
	groupsToRead = 3
	extension    = "urn:celonis:params:scim:schemas:extension:2.0:User"
)

// people contains data that the examination compares across APIs. The report does not contain this data.
type people struct {
	// users contains the users that were read, and userTotal is the number of users in the team.
	users     []object
	userTotal int
	groups    []object
}

// readSCIM examines the users and groups and records how the SCIM API behaves.
func (e *examination) readSCIM(ctx context.Context) {
	if !e.works["scim"] {
		e.unseen("The users and groups cannot be read", keysOf(sectionSCIM)...)

		return
	}

	users, groups := e.firstPage("scim", "/Users"), e.firstPage("scim", "/Groups")
	e.people.users, e.people.groups = users.body().objects("Resources"), groups.body().objects("Resources")
	e.people.userTotal, _ = users.body().number("totalResults")

	isJSON := users.mediaType() == "application/json"
	if isJSON || users.mediaType() == "application/scim+json" {
		e.settle("readings.scim.responses_as_json", isJSON, "the content type of a page of users")
	}

	e.readBases(ctx)
	e.readUnknownUser(ctx)
	e.readUserPages(ctx)
	e.readUsers()
	e.readETags(ctx)
	e.readGroups(ctx)
	e.readFilter(ctx)
	e.readClientsAsUsers()
}

// getSCIM requests a path below the base path.
func (e *examination) getSCIM(ctx context.Context, query url.Values, below ...string) response {
	return e.send(ctx, scimRequest(e.team.Client.BasePath(), query, below...))
}

func scimRequest(base []string, query url.Values, below ...string) transport.Request {
	return transport.Request{
		Area: scim.Area, Method: http.MethodGet, Path: slices.Concat(base, below), Query: query,
		Header: http.Header{"Accept": {"application/scim+json, application/json"}},
	}
}

// readBases determines the path of the API, and how the service responds at another documented path.
func (e *examination) readBases(ctx context.Context) {
	const (
		baseKey  = "readings.scim.base"
		otherKey = "readings.scim.other_bases"
		config   = "ServiceProviderConfig"
	)

	base := "/" + strings.Join(e.team.Client.BasePath(), "/")

	if !slices.Contains(scim.BasePaths(), base) {
		e.unseen("The configured path is not one of the documented paths", baseKey, otherKey)

		return
	}

	e.settle(baseKey, base, "the path at which the API responds")

	var other response

	for _, exchange := range e.pages["scim"] {
		if path, isProbe := strings.CutSuffix(exchange.Path, "/"+config); isProbe && path != base {
			other.Exchange = exchange
		}
	}

	if other.status() == 0 { // The API responded at the first path, so the client tried no other path.
		index := slices.IndexFunc(scim.BasePaths(), func(path string) bool { return path != base })
		other = e.send(ctx, scimRequest(strings.Split(strings.TrimPrefix(scim.BasePaths()[index], "/"), "/"), nil, config))
	}

	e.settleOtherBase(otherKey, other)
}

func (e *examination) settleOtherBase(key string, other response) {
	switch {
	case other.status() == http.StatusUnauthorized:
		e.settle(key, "unauthorized", "status 401")
	case other.isHTML() && other.status() == http.StatusOK:
		e.settle(key, "login", "status 200 with a web page as the body")
	case other.isHTML() && other.status() == http.StatusNotFound:
		e.settle(key, "html", "status 404 with a web page as the body")
	case other.status() == http.StatusNotFound && other.isEmpty():
		e.settle(key, "empty", "status 404 with an empty body")
	case other.status() == http.StatusNotFound && other.errorForm() == "problem":
		e.settle(key, "problem", "status 404 with a JSON body")
	case other.status() != 0:
		e.unseen(fmt.Sprintf("The response is in an unknown format (status %d)", other.status()), key)
	default:
		e.unseen(other.why(), key)
	}
}

func (e *examination) readUnknownUser(ctx context.Context) {
	const key = "readings.scim.unknown_id"

	resp := e.getSCIM(ctx, nil, "Users", unknownUser)
	form := resp.errorForm()

	if resp.status() == http.StatusNotFound && slices.Contains([]string{"scim", "empty", "problem", "html"}, form) {
		e.settle(key, form, "a request for a user that does not exist")
	} else {
		e.unseen(fmt.Sprintf("The response is in an unknown format (status %d)", resp.status()), key)
	}
}

func countQuery(start, count int) url.Values {
	return url.Values{"startIndex": {strconv.Itoa(start)}, "count": {strconv.Itoa(count)}}
}

// readUserPages determines the maximum page size, the representation of an empty page, and the order of users.
func (e *examination) readUserPages(ctx context.Context) {
	const (
		maxKey   = "limits.max_scim_page_size"
		aboveKey = "readings.scim.count_above_max"
		emptyKey = "readings.scim.omit_empty_resources"
	)

	empty := e.getSCIM(ctx, countQuery(1_000_000_000, 1), "Users")

	switch resources := empty.body().objects("Resources"); {
	case !empty.succeeded():
		e.unseen(empty.why(), emptyKey)
	case len(resources) > 0:
		e.unseen("A page past the end is not empty", emptyKey)
	default:
		e.settle(emptyKey, !empty.body().has("Resources"), "a page past the end")
	}

	many := e.getSCIM(ctx, countQuery(1, manyUsers), "Users")
	found := many.body().objects("Resources")

	switch {
	case many.isRefused():
		e.settle(aboveKey, "refuse", "a request for %d users", manyUsers)
		e.findLargestCount(ctx)

		many = e.getSCIM(ctx, countQuery(1, min(userPage, len(e.people.users))), "Users")
		found = many.body().objects("Resources")
	case !many.succeeded():
		e.unseen(many.why(), maxKey, aboveKey)
	case len(found) < min(e.people.userTotal, manyUsers):
		e.settle(aboveKey, "cap", "a request for %d users returns %d of %d", manyUsers, len(found), e.people.userTotal)
		e.settle(maxKey, len(found), "the number of users on that page")
	default:
		e.unseen("There are too few users to fill a page", maxKey, aboveKey)
	}

	e.readOrder(found)

	if len(found) > len(e.people.users) {
		e.people.users = found
	}
}

// findLargestCount tests several page sizes and records the largest one that the service does not reject.
func (e *examination) findLargestCount(ctx context.Context) {
	for _, count := range []int{1_000, 500, userPage, 100, 50} {
		if e.getSCIM(ctx, countQuery(1, count), "Users").succeeded() {
			e.settle("limits.max_scim_page_size", count, "the largest tested count that is not rejected")

			return
		}
	}
}

// readOrder determines the order of users. It compares the start of the list with an earlier read of the list.
func (e *examination) readOrder(again []object) {
	const (
		key   = "readings.scim.order"
		least = 10 // A shorter list may be sorted by chance.
	)

	ids := func(users []object) []string {
		var ids []string
		for _, user := range users {
			ids = append(ids, user.text("id"))
		}

		return ids
	}

	count := min(len(again), len(e.people.users))
	if count < least {
		e.unseen("There are too few users", key)

		return
	}

	if !slices.Equal(ids(again[:count]), ids(e.people.users[:count])) {
		e.settle(key, "unstable", "two lists of users start with different users")

		return
	}

	var times []string

	for _, user := range e.people.users {
		times = append(times, user.object("meta").text("created"))
	}

	switch {
	case !slices.IsSorted(times):
		e.settle(key, "shuffled", "two lists have the same order, but are not sorted by `meta.created`")
	case len(slices.Compact(slices.Clone(times))) >= least:
		e.settle(key, "created", "two lists have the same order, sorted by `meta.created`")
	default:
		e.unseen("Too few users have different `meta.created` values", key)
	}
}

// readUsers records how the service represents user attributes.
func (e *examination) readUsers() {
	const (
		placeKey  = "readings.scim.role_location"
		caseKey   = "readings.scim.lower_case_roles"
		nameKey   = "readings.scim.lower_case_user_names"
		extrasKey = "readings.scim.extras"
	)

	if len(e.people.users) == 0 {
		e.unseen("There are no users", placeKey, caseKey, nameKey, extrasKey)

		return
	}

	place, extras := "absent", "none"

	for _, user := range e.people.users {
		role := roleOf(user)

		switch {
		case user.text("role") != "":
			place = "top"
		case role != "":
			place = "extension"
		}

		switch {
		case role == "":
		case role == strings.ToLower(role):
			e.settle(caseKey, true, "the roles of users")
		case role == strings.ToUpper(role):
			e.settle(caseKey, false, "the roles of users")
		}

		if user.has("meta") && extras == "none" {
			extras = "meta"
		}

		if user.has("active") && user.has("emails") {
			extras = "all"
		}

		if name := user.text("userName"); name != strings.ToLower(name) {
			e.settle(nameKey, false, "a user name with a capital letter")
		}
	}

	evidence := counted(len(e.people.users), "users")
	e.settle(placeKey, place, "%s", evidence)
	e.settle(extrasKey, extras, "%s", evidence)
	e.unseen("No role is entirely in lower or upper case", caseKey)
}

// roleOf returns the role of a user or a group, from the top level or from the extension.
func roleOf(item object) string {
	if role := item.text("role"); role != "" {
		return role
	}

	return item.object(extension).text("role")
}

// readETags determines whether the service returns ETags. Read requests cannot reveal whether a change requires an ETag.
func (e *examination) readETags(ctx context.Context) {
	const key = "readings.scim.etags"

	if len(e.people.users) == 0 {
		e.unseen("There are no users", key)

		return
	}

	resp := e.getSCIM(ctx, nil, "Users", e.people.users[0].text("id"))
	if !resp.succeeded() {
		e.unseen(resp.why(), key)

		return
	}

	var isDeclared bool

	for _, exchange := range e.pages["scim"] {
		config := objectOf(exchange.Reply.Body)
		isDeclared = isDeclared || bytes.Equal(config.object("etag")["supported"], []byte("true"))
	}

	hasVersion := resp.body().object("meta").has("version")
	hasHeader := resp.Reply.Header.Get("ETag") != ""

	switch {
	case isDeclared && hasHeader:
		e.settle(key, "enforced", "a user has an ETag, and ServiceProviderConfig declares ETag support. Read requests cannot show "+
			"whether changes without If-Match are rejected. If they are, the correct value is `required`")
	case hasVersion:
		e.settle(key, "meta", "`meta.version` of a user")
	case !hasHeader:
		e.settle(key, "none", "a user has neither `meta.version` nor an ETag")
	default:
		e.unseen("A user has an ETag, but ServiceProviderConfig does not declare ETag support", key)
	}
}

// readGroups determines how members are represented. If the list of groups does not contain members, it also reads groups by id.
func (e *examination) readGroups(ctx context.Context) {
	const (
		listKey    = "readings.scim.no_members_in_lists"
		elementKey = "readings.scim.member_elements"
		emptyKey   = "readings.scim.empty_members"
	)

	if len(e.people.groups) == 0 {
		e.unseen("There are no groups", listKey, elementKey, emptyKey)

		return
	}

	isListed := slices.ContainsFunc(e.people.groups, func(group object) bool { return len(group.objects("members")) > 0 })
	if isListed {
		e.settle(listKey, false, "the list of groups")
	}

	groups := e.people.groups

	if !isListed {
		groups = nil

		for _, group := range e.people.groups[:min(len(e.people.groups), groupsToRead)] {
			if resp := e.getSCIM(ctx, nil, "Groups", group.text("id")); resp.succeeded() {
				groups = append(groups, resp.body())
			}
		}
	}

	for _, group := range groups {
		members := group.objects("members")

		switch {
		case len(members) > 0:
			e.settle(listKey, true, "the list of groups omits members, but a group fetched by id includes its members")

			form := "value"
			if members[0].has("display") || members[0].has("$ref") || members[0].has("type") {
				form = "full"
			}

			e.settle(elementKey, form, "the members of a group")
		case group.isNull("members"):
			e.settle(emptyKey, "null", "a group without members")
		case group.isArray("members"):
			e.settle(emptyKey, "array", "a group without members")
		case group != nil:
			e.settle(emptyKey, "absent", "a group without members")
		}
	}

	e.unseen("No group that was read has members", listKey, elementKey)
	e.unseen("All groups that were read have members", emptyKey)
}

func (e *examination) readFilter(ctx context.Context) {
	const key = "readings.scim.filter"

	query := countQuery(1, 1)
	query.Set("filter", fmt.Sprintf("userName eq %q", unknownAddress))

	resp := e.getSCIM(ctx, query, "Users")
	total, isStated := resp.body().number("totalResults")

	switch {
	case resp.isRefused():
		e.settle(key, "refuse", "a filter for an address that no user has")
	case resp.succeeded() && isStated && total == 0 && e.people.userTotal > 0:
		e.settle(key, "honour", "a filter for an address that no user has returns 0 users")
	case resp.succeeded() && total > 0:
		e.settle(key, "ignore", "a filter for an address that no user has returns %s", counted(total, "users"))
	default:
		e.unseen(resp.why(), key)
	}
}

// readClientsAsUsers looks for the OAuth client among all users.
func (e *examination) readClientsAsUsers() {
	const key = "readings.scim.clients_as_users"

	id := e.team.Client.Credentials().ClientID
	if id == "" {
		e.unseen("The credentials do not contain an OAuth client", key)

		return
	}

	for _, user := range e.people.users {
		for _, attribute := range []string{"id", "userName", "displayName", "externalId"} {
			if strings.EqualFold(user.text(attribute), id) {
				e.settle(key, true, "a user has the id of the OAuth client")

				return
			}
		}
	}

	if len(e.people.users) >= e.people.userTotal {
		e.settle(key, false, "%s, none of whom has the id of the OAuth client", counted(e.people.userTotal, "users"))
	} else {
		e.unseen("The pages that were read do not contain all users", key)
	}
}
