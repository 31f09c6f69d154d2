package scim

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// Options describe the team's users and groups and how the SCIM API serves them. The vendor's pages contain sample requests and document
// which requests are rejected, but do not show any responses (developer.celonis.com/celonis-apis/scim-api). Each option that affects
// responses therefore selects one of several plausible behaviours.
type Options struct {
	// Base is the base path of the SCIM API. The documentation mentions three base paths.
	Base Base
	// OtherBases is the response to requests at the other two documented base paths.
	OtherBases OtherBases

	// Users are the team's users, who also appear as team members.
	Users []User
	// Groups are the team's groups.
	Groups []Group
	// GeneratedUsers is the number of generated users.
	GeneratedUsers int
	// GeneratedGroups is the number of generated groups.
	GeneratedGroups int
	// ClientsAsUsers includes the OAuth clients in the list of users.
	ClientsAsUsers bool

	// Seats are the numbers of users that the licence allows.
	Seats Seats

	// CreateStatus is the status code of the response to a successful create request. The documentation lists only 200; RFC 7644 requires 201.
	CreateStatus CreateStatus
	// DuplicateUser is the response to a request to create a user whose user name is already taken. Celonis documents 400.
	DuplicateUser Duplicate
	// DuplicateGroup is the response to a request to create a group whose name is already taken. Celonis documents only that no group is
	// created.
	DuplicateGroup Duplicate
	// PUTResponse is the response to a successful PUT.
	PUTResponse PUTResponse
	// KeptWhenOmitted lists the attributes that keep their value when a PUT omits them. A PUT clears all other omitted attributes (RFC
	// 7644, section 3.5.1) and resets an omitted role to MEMBER.
	KeptWhenOmitted []string
	// IgnoredByPUT lists the attributes that a PUT accepts but does not change.
	IgnoredByPUT []string
	// InvitationOnPUT is the response to a PUT that contains `sendEmailOnInvitation`. Celonis documents this attribute only for create requests.
	InvitationOnPUT InvitationOnPUT
	// BooleanInvitation accepts a boolean as the value of `sendEmailOnInvitation`. Otherwise, the value must be the string true or false.
	BooleanInvitation bool
	// UpperCaseRoles rejects roles that are not in upper case.
	UpperCaseRoles bool
	// GroupsWithoutRole assigns no role to a group if a create or PUT request omits the role. Otherwise, the role defaults to MEMBER.
	GroupsWithoutRole bool
	// DeleteStatus is the status code of the response to a successful DELETE. Celonis documents 204.
	DeleteStatus DeleteStatus
	// DeleteUnknown is the response to a DELETE with an unknown id.
	DeleteUnknown DeleteUnknown
	// UnknownID is the format of the 404 response for an unknown id. Celonis does not document this format.
	UnknownID UnknownID
	// ETags determines whether the service returns resource versions and checks the `If-Match` header.
	ETags ETags

	// ContentTypes are the content types that requests may use. Requests with any other content type fail with 415.
	ContentTypes ContentTypes
	// ResponsesAsJSON sends responses as application/json instead of application/scim+json.
	ResponsesAsJSON bool
	// RoleLocation is the location of the role in a response.
	RoleLocation RoleLocation
	// EffectiveRoles returns the effective role of each user: the highest of the user's own role and the roles of the user's groups.
	EffectiveRoles bool
	// LowerCaseRoles returns roles in lower case.
	LowerCaseRoles bool
	// LowerCaseUserNames returns user names in lower case.
	LowerCaseUserNames bool
	// Extras are the RFC 7643 attributes that a response contains although Celonis does not document them.
	Extras Extras
	// MemberElements are the attributes that a response contains for each group member.
	MemberElements MemberElements
	// EmptyMembers is the format of `members` for a group without members.
	EmptyMembers EmptyMembers
	// NoMembersInLists omits group members from list responses. Reads by id still return the members.
	NoMembersInLists bool
	// MaxReturnedMembers is the maximum number of members that a response contains for a group. Further members are omitted. 0 means no
	// limit.
	MaxReturnedMembers int

	// Filter is the response to a list request with a filter. An older version of the documentation says that filters are not supported.
	Filter Filter
	// MaxCount is the maximum page size for users and groups. 0 means no limit.
	MaxCount int
	// CountAboveMax is the response to a request for a page that is larger than the maximum.
	CountAboveMax CountAboveMax
	// OmitEmptyResources omits `Resources` from pages without items.
	OmitEmptyResources bool
	// Order is the order of users and groups in lists.
	Order Order
	// ListedAfterReads is how many listings omit a user or group after it has been created. A listing starts when its first page is requested.
	// Reads by id return new users and groups immediately.
	ListedAfterReads int
	// DelistedAfterReads is how many more listings include a user or group after it has been deleted.
	DelistedAfterReads int
	// UpdatesListedAfterReads is how many more listings return the previous state of a user or group after it has been changed. Reads by
	// id return the current state.
	UpdatesListedAfterReads int
}

// Seats limit the number of users by effective role. 0 means no limit.
type Seats struct {
	// Total is the maximum number of users, regardless of role.
	Total int
	// Members is the maximum number of users with the effective role MEMBER.
	Members int
	// Analysts is the maximum number of users with the effective role ANALYST.
	Analysts int
	// Admins is the maximum number of users with the effective role ADMIN.
	Admins int
}

// Attributes returns the attribute names that Options.KeptWhenOmitted and Options.IgnoredByPUT may contain.
func Attributes() []string {
	return []string{scimExternalID, scimDisplayName, scimRole, scimMembers}
}

// Base is a base path of the SCIM API.
type Base string

// Base paths that the vendor documents.
const (
	BasePlain   Base = "/scim/v2" // in the guide and the newer OpenAPI file (default)
	BaseService Base = "/user-provisioning/scim/v2"
	BaseAPI     Base = "/api/user-provisioning/scim/v2" // in the overview
)

// Words returns the allowed values, default first.
func (Base) Words() []Base {
	return []Base{BasePlain, BaseService, BaseAPI}
}

// OtherBases is the response to requests at documented base paths that do not serve the SCIM API.
type OtherBases string

// Possible responses to requests at the other base paths.
const (
	OtherHTML         OtherBases = "html"         // 404 with the web application's HTML page (default)
	OtherLogin        OtherBases = "login"        // 200 with the login page
	OtherProblem      OtherBases = "problem"      // 404 GENERAL_NOTFOUND_PATH
	OtherEmpty        OtherBases = "empty"        // 404 without a body
	OtherUnauthorized OtherBases = "unauthorized" // 401, regardless of the credentials
)

// Words returns the allowed values, default first.
func (OtherBases) Words() []OtherBases {
	return []OtherBases{OtherHTML, OtherLogin, OtherProblem, OtherEmpty, OtherUnauthorized}
}

// CreateStatus is the status code of the response to a successful create.
type CreateStatus string

// Possible status codes of the response to a create request. The vendor's pages list only 200, but RFC 7644 section 3.3 requires 201.
const (
	CreateOK      CreateStatus = "200" // (default)
	CreateCreated CreateStatus = "201" // with a `Location` header
)

// Words returns the allowed values, default first.
func (CreateStatus) Words() []CreateStatus {
	return []CreateStatus{CreateOK, CreateCreated}
}

// Duplicate is the response to creating an object whose name is already taken. The vendor documents 400 for users. For groups, it documents
// only that no group is created.
type Duplicate string

// Possible responses to duplicates. A PUT never returns the existing object. With DuplicateExisting, a PUT with a taken name returns 400.
const (
	DuplicateBadRequest Duplicate = "400"            // 400 without `scimType` (default)
	DuplicateUniqueness Duplicate = "400-uniqueness" // 400 with the `scimType` uniqueness
	DuplicateConflict   Duplicate = "409"            // 409 without `scimType`
	DuplicateRFC        Duplicate = "409-uniqueness" // 409 as in RFC 7644, section 3.3
	DuplicateExisting   Duplicate = "existing"       // 200 with the existing object, unchanged
)

// Words returns the allowed values, default first.
func (Duplicate) Words() []Duplicate {
	return []Duplicate{
		DuplicateBadRequest, DuplicateUniqueness, DuplicateConflict, DuplicateRFC, DuplicateExisting,
	}
}

// PUTResponse is the response to a successful PUT.
type PUTResponse string

// Possible responses to a successful PUT.
const (
	ReplaceBody      PUTResponse = "body"  // 200 with the new object (default)
	ReplaceEmpty     PUTResponse = "empty" // 200 without a body
	ReplaceNoContent PUTResponse = "204"   // 204 without a body
)

// Words returns the allowed values, default first.
func (PUTResponse) Words() []PUTResponse {
	return []PUTResponse{ReplaceBody, ReplaceEmpty, ReplaceNoContent}
}

// InvitationOnPUT is the response to a PUT with sendEmailOnInvitation. The vendor documents this attribute only for create requests.
type InvitationOnPUT string

// Possible responses to a PUT with sendEmailOnInvitation.
const (
	InvitationRefused InvitationOnPUT = "refuse" // 400 (default)
	InvitationIgnored InvitationOnPUT = "ignore" // the attribute has no effect
)

// Words returns the allowed values, default first.
func (InvitationOnPUT) Words() []InvitationOnPUT {
	return []InvitationOnPUT{InvitationRefused, InvitationIgnored}
}

// DeleteStatus is the status code of the response to a successful DELETE. The vendor documents 204.
type DeleteStatus string

// Possible status codes of the response to a successful DELETE.
const (
	DeleteNoContent DeleteStatus = "204" // without a body (default)
	DeleteOK        DeleteStatus = "200" // without a body
)

// Words returns the allowed values, default first.
func (DeleteStatus) Words() []DeleteStatus {
	return []DeleteStatus{DeleteNoContent, DeleteOK}
}

// DeleteUnknown is the response to a DELETE with an unknown id.
type DeleteUnknown string

// Possible responses to a DELETE with an unknown id.
const (
	DeleteUnknownNotFound DeleteUnknown = "404"  // the same response as to a GET (default)
	DeleteUnknownDone     DeleteUnknown = "done" // the same response as for a known id
)

// Words returns the allowed values, default first.
func (DeleteUnknown) Words() []DeleteUnknown {
	return []DeleteUnknown{DeleteUnknownNotFound, DeleteUnknownDone}
}

// UnknownID is the format of the 404 response for an unknown id. The vendor's pages do not list the status 404.
type UnknownID string

// Possible formats of the 404 response.
const (
	UnknownError   UnknownID = "scim"    // SCIM error, RFC 7644, section 3.12 (default)
	UnknownEmpty   UnknownID = "empty"   // without a body
	UnknownProblem UnknownID = "problem" // problem JSON with GENERAL_NOTFOUND_PATH
	UnknownHTML    UnknownID = "html"    // the web application's HTML page
)

// Words returns the allowed values, default first.
func (UnknownID) Words() []UnknownID {
	return []UnknownID{UnknownError, UnknownEmpty, UnknownProblem, UnknownHTML}
}

// ETags determines whether the service returns and checks resource versions (RFC 7644 section 3.14).
type ETags string

// Ways to handle resource versions.
const (
	ETagsNone     ETags = "none"     // no versions; `If-Match` is ignored (default)
	ETagsMeta     ETags = "meta"     // returns `meta.version`; `If-Match` is ignored
	ETagsEnforced ETags = "enforced" // returns `meta.version` and `ETag`; a request with an outdated `If-Match` fails with 412
	ETagsRequired ETags = "required" // like `enforced`, but a PUT or DELETE without `If-Match` also fails with 428
)

// Words returns the allowed values, default first.
func (ETags) Words() []ETags {
	return []ETags{ETagsNone, ETagsMeta, ETagsEnforced, ETagsRequired}
}

// ContentTypes are the content types that request bodies may have. Any other content type is rejected with 415.
type ContentTypes string

// Possible sets of content types.
const (
	ContentBoth ContentTypes = "both" // application/scim+json and application/json (default)
	ContentSCIM ContentTypes = "scim" // application/scim+json
	ContentJSON ContentTypes = "json" // application/json
)

// Words returns the allowed values, default first.
func (ContentTypes) Words() []ContentTypes {
	return []ContentTypes{ContentBoth, ContentSCIM, ContentJSON}
}

// RoleLocation is the location of the role in a response. In the vendor's sample requests, the role is at the top level.
type RoleLocation string

// Possible locations of a role in a response.
const (
	RoleOnTop       RoleLocation = "top"       // at the top level (default)
	RoleInExtension RoleLocation = "extension" // in an extension, which requests may also use
	RoleAbsent      RoleLocation = "absent"    // omitted
)

// Words returns the allowed values, default first.
func (RoleLocation) Words() []RoleLocation {
	return []RoleLocation{RoleOnTop, RoleInExtension, RoleAbsent}
}

// Extras are the RFC 7643 attributes that responses contain although Celonis does not document them.
type Extras string

// Possible sets of undocumented attributes.
const (
	ExtrasMeta Extras = "meta" // only `meta` (default)
	ExtrasNone Extras = "none" // no attributes; `meta` is still returned if `etags` requires it
	ExtrasAll  Extras = "all"  // `meta`; for users also `active`, `emails`, `name`, `locale` and `groups`
)

// Words returns the allowed values, default first.
func (Extras) Words() []Extras {
	return []Extras{ExtrasMeta, ExtrasNone, ExtrasAll}
}

// MemberElements are the attributes that responses contain for each group member.
type MemberElements string

// Possible sets of member attributes.
const (
	MembersValue MemberElements = "value" // only the id (default)
	MembersFull  MemberElements = "full"  // also `display`, `$ref` and `type`
)

// Words returns the allowed values, default first.
func (MemberElements) Words() []MemberElements {
	return []MemberElements{MembersValue, MembersFull}
}

// EmptyMembers is the format of the `members` attribute of a group without members.
type EmptyMembers string

// Possible formats of an empty member list.
const (
	MembersEmptyArray EmptyMembers = "array"  // [] (default)
	MembersAbsent     EmptyMembers = "absent" // omitted
	MembersNull       EmptyMembers = "null"   // null
)

// Words returns the allowed values, default first.
func (EmptyMembers) Words() []EmptyMembers {
	return []EmptyMembers{MembersEmptyArray, MembersAbsent, MembersNull}
}

// Filter is the response to a list request with a filter.
type Filter string

// Possible responses to a filter.
const (
	FilterRefused  Filter = "refuse" // 400 invalidFilter (default)
	FilterIgnored  Filter = "ignore" // ignores the filter and returns the whole list
	FilterHonoured Filter = "honour" // filters by `userName eq` and `displayName eq`, and rejects other filters
)

// Words returns the allowed values, default first.
func (Filter) Words() []Filter {
	return []Filter{FilterRefused, FilterIgnored, FilterHonoured}
}

// CountAboveMax is the response to a count above Options.MaxCount.
type CountAboveMax string

// Possible responses to a count above the maximum.
const (
	CountCapped  CountAboveMax = "cap"    // serves a page of the maximum size (default)
	CountRefused CountAboveMax = "refuse" // 400
)

// Words returns the allowed values, default first.
func (CountAboveMax) Words() []CountAboveMax {
	return []CountAboveMax{CountCapped, CountRefused}
}

// Order is the order of users and groups in lists.
type Order string

// Possible orders of users and groups.
const (
	OrderCreated  Order = "created"  // oldest first (default)
	OrderShuffled Order = "shuffled" // in an order that depends on the seed
	OrderUnstable Order = "unstable" // in a different order for each request, so that pages repeat and omit items
)

// Words returns the allowed values, default first.
func (Order) Words() []Order {
	return []Order{OrderCreated, OrderShuffled, OrderUnstable}
}

// SetDefaults sets defaults and returns an error that lists all invalid options.
func (o *Options) SetDefaults() error {
	return errors.Join(
		server.CheckWord("SCIM.Base", &o.Base),
		server.CheckWord("SCIM.OtherBases", &o.OtherBases),
		server.CheckWord("SCIM.CreateStatus", &o.CreateStatus),
		server.CheckWord("SCIM.DuplicateUser", &o.DuplicateUser),
		server.CheckWord("SCIM.DuplicateGroup", &o.DuplicateGroup),
		server.CheckWord("SCIM.PUTResponse", &o.PUTResponse),
		server.CheckWord("SCIM.InvitationOnPUT", &o.InvitationOnPUT),
		server.CheckWord("SCIM.DeleteStatus", &o.DeleteStatus),
		server.CheckWord("SCIM.DeleteUnknown", &o.DeleteUnknown),
		server.CheckWord("SCIM.UnknownID", &o.UnknownID),
		server.CheckWord("SCIM.ETags", &o.ETags),
		server.CheckWord("SCIM.ContentTypes", &o.ContentTypes),
		server.CheckWord("SCIM.RoleLocation", &o.RoleLocation),
		server.CheckWord("SCIM.Extras", &o.Extras),
		server.CheckWord("SCIM.MemberElements", &o.MemberElements),
		server.CheckWord("SCIM.EmptyMembers", &o.EmptyMembers),
		server.CheckWord("SCIM.Filter", &o.Filter),
		server.CheckWord("SCIM.CountAboveMax", &o.CountAboveMax),
		server.CheckWord("SCIM.Order", &o.Order),
		checkSCIMAttributes("KeptWhenOmitted", o.KeptWhenOmitted),
		checkSCIMAttributes("IgnoredByPUT", o.IgnoredByPUT),
		server.CheckNotNegative("SCIM.GeneratedUsers", o.GeneratedUsers),
		server.CheckNotNegative("SCIM.GeneratedGroups", o.GeneratedGroups),
		server.CheckNotNegative("SCIM.Seats.Total", o.Seats.Total),
		server.CheckNotNegative("SCIM.Seats.Members", o.Seats.Members),
		server.CheckNotNegative("SCIM.Seats.Analysts", o.Seats.Analysts),
		server.CheckNotNegative("SCIM.Seats.Admins", o.Seats.Admins),
		server.CheckNotNegative("SCIM.MaxReturnedMembers", o.MaxReturnedMembers),
		server.CheckNotNegative("SCIM.MaxCount", o.MaxCount),
		server.CheckNotNegative("SCIM.ListedAfterReads", o.ListedAfterReads),
		server.CheckNotNegative("SCIM.DelistedAfterReads", o.DelistedAfterReads),
		server.CheckNotNegative("SCIM.UpdatesListedAfterReads", o.UpdatesListedAfterReads),
	)
}

func checkSCIMAttributes(option string, names []string) error {
	for _, name := range names {
		if !slices.Contains(Attributes(), name) {
			return fmt.Errorf("%w: SCIM.%s %q is not one of %s",
				server.ErrOptions, option, name, strings.Join(Attributes(), ", "))
		}
	}

	return nil
}
