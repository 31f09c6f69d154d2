package scim

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// Options describe the users and groups of the team and how SCIM serves them. The vendor's pages show requests and document which of them
// are rejected, but show no responses (developer.celonis.com/celonis-apis/scim-api). Every option about responses selects one of several
// guesses.
type Options struct {
	// Base is the path of SCIM. The documentation has three.
	Base Base
	// OtherBases selects the response at the other two paths.
	OtherBases OtherBases

	// Users are the users. They are team members, too.
	Users []User
	// Groups are the groups.
	Groups []Group
	// GeneratedUsers is the number of users.
	GeneratedUsers int
	// GeneratedGroups is the number of groups.
	GeneratedGroups int
	// ClientsAsUsers lists the OAuth clients among the users.
	ClientsAsUsers bool

	// Seats limits the licence.
	Seats Seats

	// CreateStatus is the status of a successful create. The documentation lists only 200; RFC 7644 requires 201.
	CreateStatus CreateStatus
	// DuplicateUser selects the response to the create of a user whose name exists. Documented is 400.
	DuplicateUser Duplicate
	// DuplicateGroup selects the response to the create of a group whose name exists. Documented is only that no group is created.
	DuplicateGroup Duplicate
	// PUTResponse selects the response to a successful PUT.
	PUTResponse PUTResponse
	// KeptWhenOmitted lists the attributes that a PUT keeps if it omits them. It clears the others (RFC 7644, section 3.5.1); a role
	// becomes MEMBER.
	KeptWhenOmitted []string
	// IgnoredByPUT lists the attributes whose changes a PUT accepts and ignores.
	IgnoredByPUT []string
	// InvitationOnPUT selects what happens to `sendEmailOnInvitation` in a PUT. It is documented for creates.
	InvitationOnPUT InvitationOnPUT
	// BooleanInvitation accepts a boolean for `sendEmailOnInvitation`. Otherwise, it must be the text true or false.
	BooleanInvitation bool
	// UpperCaseRoles accepts only roles in upper case.
	UpperCaseRoles bool
	// GroupsWithoutRole leaves a group that is created without a role without one. Otherwise, its role is MEMBER.
	GroupsWithoutRole bool
	// DeleteStatus is the status of a successful DELETE. Documented is 204.
	DeleteStatus DeleteStatus
	// DeleteUnknown selects the response to a DELETE of an unknown id.
	DeleteUnknown DeleteUnknown
	// UnknownID selects the form of the 404 for an unknown id. Not documented.
	UnknownID UnknownID
	// ETags selects whether the service returns versions and checks `If-Match`.
	ETags ETags

	// ContentTypes selects the accepted content types of requests. Others fail with 415.
	ContentTypes ContentTypes
	// ResponsesAsJSON sends application/json instead of application/scim+json.
	ResponsesAsJSON bool
	// RoleLocation selects where a response holds the role.
	RoleLocation RoleLocation
	// EffectiveRoles shows a user's effective role, which is the highest of the user's own and those of the groups.
	EffectiveRoles bool
	// LowerCaseRoles writes roles in lower case.
	LowerCaseRoles bool
	// LowerCaseUserNames writes user names in lower case.
	LowerCaseUserNames bool
	// Extras selects which undocumented attributes of RFC 7643 a response holds.
	Extras Extras
	// MemberElements selects what a group holds for each member.
	MemberElements MemberElements
	// EmptyMembers selects the form of a group without members.
	EmptyMembers EmptyMembers
	// NoMembersInLists omits the members from lists of groups.
	NoMembersInLists bool
	// MaxReturnedMembers is the number of members after which a response cuts the list of a group's members. 0 means never.
	MaxReturnedMembers int

	// Filter selects the response to a list with a filter. An older version of the documentation states that filters are not
	// supported.
	Filter Filter
	// MaxCount is the largest page of users and groups. 0 means no limit.
	MaxCount int
	// CountAboveMax selects what happens if a request asks for a larger page than allowed.
	CountAboveMax CountAboveMax
	// OmitEmptyResources omits `Resources` from an empty page.
	OmitEmptyResources bool
	// Order selects the order of users and groups in lists.
	Order Order
	// ListedAfterReads is the number of listings that omit a new user or group. A listing starts with its first page. Reads by id return
	// it immediately.
	ListedAfterReads int
	// DelistedAfterReads is the number of listings that still show a deleted user or group.
	DelistedAfterReads int
	// UpdatesListedAfterReads is the number of listings that show a changed user or group as it was before. Reads by id return it as it
	// is.
	UpdatesListedAfterReads int
}

// Seats limit how many users the team may have, by effective role; 0 = any number.
type Seats struct {
	// Total is the number of users.
	Total int
	// Members is the number of users with the effective role MEMBER.
	Members int
	// Analysts is the number of users with the effective role ANALYST.
	Analysts int
	// Admins is the number of users with the effective role ADMIN.
	Admins int
}

// Attributes are the names that Options.KeptWhenOmitted and IgnoredByPUT may hold.
func Attributes() []string {
	return []string{scimExternalID, scimDisplayName, scimRole, scimMembers}
}

// Base is a path that SCIM is served under.
type Base string

// The paths in the vendor's documentation.
const (
	BasePlain   Base = "/scim/v2" // the guide and the newer OpenAPI file (default)
	BaseService Base = "/user-provisioning/scim/v2"
	BaseAPI     Base = "/api/user-provisioning/scim/v2" // the overview
)

// Words lists the allowed values, the default first.
func (Base) Words() []Base {
	return []Base{BasePlain, BaseService, BaseAPI}
}

// OtherBases is the response at the documented paths at which SCIM is not served.
type OtherBases string

// The responses at the other paths.
const (
	OtherHTML         OtherBases = "html"         // 404 of the web application (default)
	OtherLogin        OtherBases = "login"        // 200 with the login page
	OtherProblem      OtherBases = "problem"      // 404 GENERAL_NOTFOUND_PATH
	OtherEmpty        OtherBases = "empty"        // 404 without a body
	OtherUnauthorized OtherBases = "unauthorized" // 401, regardless of the credentials
)

// Words lists the allowed values, the default first.
func (OtherBases) Words() []OtherBases {
	return []OtherBases{OtherHTML, OtherLogin, OtherProblem, OtherEmpty, OtherUnauthorized}
}

// CreateStatus is the status of a successful create.
type CreateStatus string

// The statuses of a create. The vendor's pages list only 200; RFC 7644 section 3.3 requires 201.
const (
	CreateOK      CreateStatus = "200" // (default)
	CreateCreated CreateStatus = "201" // with Location
)

// Words lists the allowed values, the default first.
func (CreateStatus) Words() []CreateStatus {
	return []CreateStatus{CreateOK, CreateCreated}
}

// Duplicate is the response to the creation of an object whose name is taken. The vendor documents 400 for users, and for groups only that
// none is created.
type Duplicate string

// The responses to duplicates. A PUT with a name that is taken always returns 400 instead of the existing object.
const (
	DuplicateBadRequest Duplicate = "400"            // without scimType (default)
	DuplicateUniqueness Duplicate = "400-uniqueness" // with scimType uniqueness
	DuplicateConflict   Duplicate = "409"            // without scimType
	DuplicateRFC        Duplicate = "409-uniqueness" // RFC 7644 section 3.3
	DuplicateExisting   Duplicate = "existing"       // 200 with the existing object, unchanged
)

// Words lists the allowed values, the default first.
func (Duplicate) Words() []Duplicate {
	return []Duplicate{
		DuplicateBadRequest, DuplicateUniqueness, DuplicateConflict, DuplicateRFC, DuplicateExisting,
	}
}

// PUTResponse is the response to a successful PUT.
type PUTResponse string

// The responses to a PUT.
const (
	ReplaceBody      PUTResponse = "body"  // 200 with the new object (default)
	ReplaceEmpty     PUTResponse = "empty" // 200 without a body
	ReplaceNoContent PUTResponse = "204"   // no body
)

// Words lists the allowed values, the default first.
func (PUTResponse) Words() []PUTResponse {
	return []PUTResponse{ReplaceBody, ReplaceEmpty, ReplaceNoContent}
}

// InvitationOnPUT is the response to a PUT with sendEmailOnInvitation, which is documented for creates.
type InvitationOnPUT string

// The ways to handle the invitation in a PUT.
const (
	InvitationRefused InvitationOnPUT = "refuse" // 400 (default)
	InvitationIgnored InvitationOnPUT = "ignore" // has no effect
)

// Words lists the allowed values, the default first.
func (InvitationOnPUT) Words() []InvitationOnPUT {
	return []InvitationOnPUT{InvitationRefused, InvitationIgnored}
}

// DeleteStatus is the status of a successful DELETE. The vendor documents 204.
type DeleteStatus string

// The responses to a DELETE.
const (
	DeleteNoContent DeleteStatus = "204" // no body (default)
	DeleteOK        DeleteStatus = "200" // without a body
)

// Words lists the allowed values, the default first.
func (DeleteStatus) Words() []DeleteStatus {
	return []DeleteStatus{DeleteNoContent, DeleteOK}
}

// DeleteUnknown is the response to the DELETE of an unknown object.
type DeleteUnknown string

// The responses to a DELETE of an unknown object.
const (
	DeleteUnknownNotFound DeleteUnknown = "404"  // the same response as to a GET (default)
	DeleteUnknownDone     DeleteUnknown = "done" // the same response as for a known id
)

// Words lists the allowed values, the default first.
func (DeleteUnknown) Words() []DeleteUnknown {
	return []DeleteUnknown{DeleteUnknownNotFound, DeleteUnknownDone}
}

// UnknownID is the form of the 404 for an unknown id. The vendor's pages do not list that status.
type UnknownID string

// The forms of the 404.
const (
	UnknownError   UnknownID = "scim"    // RFC 7644 section 3.12 (default)
	UnknownEmpty   UnknownID = "empty"   // no body
	UnknownProblem UnknownID = "problem" // problem JSON with GENERAL_NOTFOUND_PATH
	UnknownHTML    UnknownID = "html"    // the page of the web application
)

// Words lists the allowed values, the default first.
func (UnknownID) Words() []UnknownID {
	return []UnknownID{UnknownError, UnknownEmpty, UnknownProblem, UnknownHTML}
}

// ETags is whether versions (RFC 7644 section 3.14) are returned and required.
type ETags string

// The ways to handle versions.
const (
	ETagsNone     ETags = "none"     // no versions; `If-Match` is ignored (default)
	ETagsMeta     ETags = "meta"     // returns `meta.version`; `If-Match` is ignored
	ETagsEnforced ETags = "enforced" // returns `meta.version` and `ETag`; a wrong `If-Match` fails with 412
	ETagsRequired ETags = "required" // like enforced; a PUT or DELETE without `If-Match` fails with 428
)

// Words lists the allowed values, the default first.
func (ETags) Words() []ETags {
	return []ETags{ETagsNone, ETagsMeta, ETagsEnforced, ETagsRequired}
}

// ContentTypes are the types of request bodies that are accepted; others get 415.
type ContentTypes string

// The accepted types.
const (
	ContentBoth ContentTypes = "both" // (default)
	ContentSCIM ContentTypes = "scim" // application/scim+json
	ContentJSON ContentTypes = "json" // application/json
)

// Words lists the allowed values, the default first.
func (ContentTypes) Words() []ContentTypes {
	return []ContentTypes{ContentBoth, ContentSCIM, ContentJSON}
}

// RoleLocation is where a response has the role. The vendor's sample requests have it at the top level.
type RoleLocation string

// The locations of a role.
const (
	RoleOnTop       RoleLocation = "top"       // at the top level (default)
	RoleInExtension RoleLocation = "extension" // in an extension, where requests may also have it
	RoleAbsent      RoleLocation = "absent"    // nowhere
)

// Words lists the allowed values, the default first.
func (RoleLocation) Words() []RoleLocation {
	return []RoleLocation{RoleOnTop, RoleInExtension, RoleAbsent}
}

// Extras selects which undocumented attributes of RFC 7643 responses contain.
type Extras string

// The sets of attributes.
const (
	ExtrasMeta Extras = "meta" // only `meta` (default)
	ExtrasNone Extras = "none" // not even `meta`, unless `etags` needs it
	ExtrasAll  Extras = "all"  // `meta`; for users also `active`, `emails`, `name`, `locale` and `groups`
)

// Words lists the allowed values, the default first.
func (Extras) Words() []Extras {
	return []Extras{ExtrasMeta, ExtrasNone, ExtrasAll}
}

// MemberElements selects what responses contain for each member of a group.
type MemberElements string

// The forms of members.
const (
	MembersValue MemberElements = "value" // only the id (default)
	MembersFull  MemberElements = "full"  // also `display`, `$ref` and `type`
)

// Words lists the allowed values, the default first.
func (MemberElements) Words() []MemberElements {
	return []MemberElements{MembersValue, MembersFull}
}

// EmptyMembers is the form of a group without members.
type EmptyMembers string

// The forms of an empty list of members.
const (
	MembersEmptyArray EmptyMembers = "array"  // [] (default)
	MembersAbsent     EmptyMembers = "absent" // omitted
	MembersNull       EmptyMembers = "null"
)

// Words lists the allowed values, the default first.
func (EmptyMembers) Words() []EmptyMembers {
	return []EmptyMembers{MembersEmptyArray, MembersAbsent, MembersNull}
}

// Filter is the response to a list request with a filter.
type Filter string

// The ways to handle a filter.
const (
	FilterRefused  Filter = "refuse" // 400 invalidFilter (default)
	FilterIgnored  Filter = "ignore" // the whole list
	FilterHonoured Filter = "honour" // filters by `userName eq` and `displayName eq`, and rejects other filters
)

// Words lists the allowed values, the default first.
func (Filter) Words() []Filter {
	return []Filter{FilterRefused, FilterIgnored, FilterHonoured}
}

// CountAboveMax is the response to a count above Options.MaxCount.
type CountAboveMax string

// The ways to handle a large count.
const (
	CountCapped  CountAboveMax = "cap"    // serves the largest page (default)
	CountRefused CountAboveMax = "refuse" // 400
)

// Words lists the allowed values, the default first.
func (CountAboveMax) Words() []CountAboveMax {
	return []CountAboveMax{CountCapped, CountRefused}
}

// Order is the order of lists.
type Order string

// The orders of lists.
const (
	OrderCreated  Order = "created"  // oldest first (default)
	OrderShuffled Order = "shuffled" // in an order that depends on the seed
	OrderUnstable Order = "unstable" // in a different order for each request, so that pages overlap and leave gaps
)

// Words lists the allowed values, the default first.
func (Order) Words() []Order {
	return []Order{OrderCreated, OrderShuffled, OrderUnstable}
}

// SetDefaults sets defaults and returns an error with all invalid options.
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
