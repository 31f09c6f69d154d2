package simulator

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// SCIMOptions describe the users and groups of the team and how SCIM serves them. The vendor's pages show requests and say
// which of them are refused, but show no answer at all (developer.celonis.com/celonis-apis/scim-api): every option below
// that is about answers chooses between guesses.
type SCIMOptions struct {
	// Base is the path of SCIM. The documentation has three.
	Base SCIMBase
	// OtherBases selects the response at the other two paths.
	OtherBases SCIMOtherBases

	// Users are the users. They are team members, too.
	Users []SCIMUser
	// Groups are the groups.
	Groups []SCIMGroup
	// GeneratedUsers is the number of users.
	GeneratedUsers int
	// GeneratedGroups is the number of groups.
	GeneratedGroups int
	// ClientsAsUsers lists the OAuth clients among the users.
	ClientsAsUsers bool

	// Seats limits the licence.
	Seats SCIMSeats

	// CreateStatus is the status of a successful create. The documentation lists only 200; RFC 7644 requires 201.
	CreateStatus SCIMCreateStatus
	// DuplicateUser selects the response to the create of a user whose name exists. Documented is 400.
	DuplicateUser SCIMDuplicate
	// DuplicateGroup selects the response to the create of a group whose name exists. Documented is only that no group is created.
	DuplicateGroup SCIMDuplicate
	// ReplaceAnswer selects the response to a successful PUT.
	ReplaceAnswer SCIMReplaceAnswer
	// KeptWhenOmitted lists the attributes that a PUT keeps if it omits them. It clears the others (RFC 7644, section 3.5.1); a role
	// becomes MEMBER.
	KeptWhenOmitted []string
	// NotTakenByPUT lists the attributes whose changes a PUT accepts and ignores.
	NotTakenByPUT []string
	// InvitationOnPUT selects what happens to `sendEmailOnInvitation` in a PUT. It is documented for creates.
	InvitationOnPUT SCIMInvitationOnPUT
	// BooleanInvitation accepts a boolean for `sendEmailOnInvitation`. Otherwise, it must be the text true or false.
	BooleanInvitation bool
	// UpperCaseRoles accepts only roles in upper case.
	UpperCaseRoles bool
	// GroupsWithoutRole leaves a group that is created without a role without one. Otherwise, its role is MEMBER.
	GroupsWithoutRole bool
	// DeleteAnswer is the status of a successful DELETE. Documented is 204.
	DeleteAnswer SCIMDeleteAnswer
	// DeleteUnknown selects the response to a DELETE of an unknown id.
	DeleteUnknown SCIMDeleteUnknown
	// UnknownID selects the form of the 404 for an unknown id. Not documented.
	UnknownID SCIMUnknownID
	// ETags selects whether the service returns versions and checks `If-Match`.
	ETags SCIMETags

	// ContentTypes selects the accepted content types of requests. Others fail with 415.
	ContentTypes SCIMContentTypes
	// AnswersAsJSON sends application/json instead of application/scim+json.
	AnswersAsJSON bool
	// RolePlace selects where a response holds the role.
	RolePlace SCIMRolePlace
	// EffectiveRoles shows a user's effective role, which is the highest of the user's own and those of the groups.
	EffectiveRoles bool
	// LowerCaseRoles writes roles in lower case.
	LowerCaseRoles bool
	// LowerCaseUserNames writes user names in lower case.
	LowerCaseUserNames bool
	// Extras selects which undocumented attributes of RFC 7643 a response holds.
	Extras SCIMExtras
	// MemberElements selects what a group holds for each member.
	MemberElements SCIMMemberElements
	// EmptyMembers selects the form of a group without members.
	EmptyMembers SCIMEmptyMembers
	// NoMembersInLists omits the members from lists of groups.
	NoMembersInLists bool
	// MostMembers is the number of members after which a response cuts the list of a group's members. 0 means never.
	MostMembers int

	// Filter selects the response to a list with a filter. An older version of the documentation states that filters are not
	// supported.
	Filter SCIMFilter
	// MaxCount is the largest page of users and groups. 0 means no limit.
	MaxCount int
	// CountAboveMax selects what happens if a request asks for a larger page than allowed.
	CountAboveMax SCIMCountAboveMax
	// OmitEmptyResources omits `Resources` from an empty page.
	OmitEmptyResources bool
	// Order selects the order of users and groups in lists.
	Order SCIMOrder
	// ListedLate is the number of listings that omit a new user or group. A listing starts with its first page. Reads by id return
	// it immediately.
	ListedLate int
	// ListedAfterDelete is the number of listings that still show a deleted user or group.
	ListedAfterDelete int
	// ChangesListedLate is the number of listings that show a changed user or group as it was before. Reads by id return it as it
	// is.
	ChangesListedLate int
}

// SCIMSeats limit how many users the team may have, by effective role; 0 = any number.
type SCIMSeats struct {
	// Total is the number of users.
	Total int
	// Members is the number of users with the effective role MEMBER.
	Members int
	// Analysts is the number of users with the effective role ANALYST.
	Analysts int
	// Admins is the number of users with the effective role ADMIN.
	Admins int
}

// SCIMAttributes are the names that SCIMOptions.KeptWhenOmitted and NotTakenByPUT may hold.
func SCIMAttributes() []string {
	return []string{scimExternalID, scimDisplayName, scimRole, scimMembers}
}

// SCIMBase is a path that SCIM is served under.
type SCIMBase string

// The paths that the vendor's pages name.
const (
	SCIMBasePlain   SCIMBase = "/scim/v2" // the guide and the newer OpenAPI file (default)
	SCIMBaseService SCIMBase = "/user-provisioning/scim/v2"
	SCIMBaseAPI     SCIMBase = "/api/user-provisioning/scim/v2" // the overview
)

// Words lists the allowed values, the default first.
func (SCIMBase) Words() []SCIMBase {
	return []SCIMBase{SCIMBasePlain, SCIMBaseService, SCIMBaseAPI}
}

// SCIMOtherBases says what the documented paths answer under which SCIM is not served.
type SCIMOtherBases string

// The answers of the other paths.
const (
	SCIMOtherHTML         SCIMOtherBases = "html"         // 404 of the web application (default)
	SCIMOtherLogin        SCIMOtherBases = "login"        // 200 with the login page
	SCIMOtherProblem      SCIMOtherBases = "problem"      // 404 GENERAL_NOTFOUND_PATH
	SCIMOtherEmpty        SCIMOtherBases = "empty"        // 404 without a body
	SCIMOtherUnauthorized SCIMOtherBases = "unauthorized" // 401, regardless of the credentials
)

// Words lists the allowed values, the default first.
func (SCIMOtherBases) Words() []SCIMOtherBases {
	return []SCIMOtherBases{SCIMOtherHTML, SCIMOtherLogin, SCIMOtherProblem, SCIMOtherEmpty, SCIMOtherUnauthorized}
}

// SCIMCreateStatus is the status of a successful creation.
type SCIMCreateStatus string

// The statuses of a creation: the vendor's pages list only 200, RFC 7644 section 3.3 wants 201.
const (
	SCIMCreateOK      SCIMCreateStatus = "200" // (default)
	SCIMCreateCreated SCIMCreateStatus = "201" // with Location
)

// Words lists the allowed values, the default first.
func (SCIMCreateStatus) Words() []SCIMCreateStatus {
	return []SCIMCreateStatus{SCIMCreateOK, SCIMCreateCreated}
}

// SCIMDuplicate says what the creation of something with a name that is taken gets. The vendor documents 400 for users, and
// for groups only that none is made.
type SCIMDuplicate string

// The answers to duplicates. What cannot be created, such as a name taken in a PUT, is never existing, but 400.
const (
	SCIMDuplicateBadRequest SCIMDuplicate = "400"            // without scimType (default)
	SCIMDuplicateUniqueness SCIMDuplicate = "400-uniqueness" // with scimType uniqueness
	SCIMDuplicateConflict   SCIMDuplicate = "409"            // without scimType
	SCIMDuplicateRFC        SCIMDuplicate = "409-uniqueness" // RFC 7644 section 3.3
	SCIMDuplicateExisting   SCIMDuplicate = "existing"       // 200 with the existing object, unchanged
)

// Words lists the allowed values, the default first.
func (SCIMDuplicate) Words() []SCIMDuplicate {
	return []SCIMDuplicate{
		SCIMDuplicateBadRequest, SCIMDuplicateUniqueness, SCIMDuplicateConflict, SCIMDuplicateRFC, SCIMDuplicateExisting,
	}
}

// SCIMReplaceAnswer is what a successful PUT answers.
type SCIMReplaceAnswer string

// The answers to a PUT.
const (
	SCIMReplaceBody      SCIMReplaceAnswer = "body"  // 200 with the new object (default)
	SCIMReplaceEmpty     SCIMReplaceAnswer = "empty" // 200 without a body
	SCIMReplaceNoContent SCIMReplaceAnswer = "204"   // no body
)

// Words lists the allowed values, the default first.
func (SCIMReplaceAnswer) Words() []SCIMReplaceAnswer {
	return []SCIMReplaceAnswer{SCIMReplaceBody, SCIMReplaceEmpty, SCIMReplaceNoContent}
}

// SCIMInvitationOnPUT says what a PUT with sendEmailOnInvitation gets, which is documented for creations.
type SCIMInvitationOnPUT string

// The ways to treat the invitation in a PUT.
const (
	SCIMInvitationRefused SCIMInvitationOnPUT = "refuse" // 400 (default)
	SCIMInvitationIgnored SCIMInvitationOnPUT = "ignore" // has no effect
)

// Words lists the allowed values, the default first.
func (SCIMInvitationOnPUT) Words() []SCIMInvitationOnPUT {
	return []SCIMInvitationOnPUT{SCIMInvitationRefused, SCIMInvitationIgnored}
}

// SCIMDeleteAnswer is what a successful DELETE answers; the vendor documents 204.
type SCIMDeleteAnswer string

// The answers to a DELETE.
const (
	SCIMDeleteNoContent SCIMDeleteAnswer = "204" // no body (default)
	SCIMDeleteOK        SCIMDeleteAnswer = "200" // without a body
)

// Words lists the allowed values, the default first.
func (SCIMDeleteAnswer) Words() []SCIMDeleteAnswer {
	return []SCIMDeleteAnswer{SCIMDeleteNoContent, SCIMDeleteOK}
}

// SCIMDeleteUnknown is what the DELETE of something unknown answers.
type SCIMDeleteUnknown string

// The answers to a DELETE of something unknown.
const (
	SCIMDeleteUnknownNotFound SCIMDeleteUnknown = "404"  // the same response as to a GET (default)
	SCIMDeleteUnknownDone     SCIMDeleteUnknown = "done" // the same response as for a known id
)

// Words lists the allowed values, the default first.
func (SCIMDeleteUnknown) Words() []SCIMDeleteUnknown {
	return []SCIMDeleteUnknown{SCIMDeleteUnknownNotFound, SCIMDeleteUnknownDone}
}

// SCIMUnknownID is the form of the 404 for an id that nobody has: the vendor's pages do not list that status.
type SCIMUnknownID string

// The forms of the 404.
const (
	SCIMUnknownError   SCIMUnknownID = "scim"    // RFC 7644 section 3.12 (default)
	SCIMUnknownEmpty   SCIMUnknownID = "empty"   // no body
	SCIMUnknownProblem SCIMUnknownID = "problem" // problem JSON with GENERAL_NOTFOUND_PATH
	SCIMUnknownHTML    SCIMUnknownID = "html"    // the page of the web application
)

// Words lists the allowed values, the default first.
func (SCIMUnknownID) Words() []SCIMUnknownID {
	return []SCIMUnknownID{SCIMUnknownError, SCIMUnknownEmpty, SCIMUnknownProblem, SCIMUnknownHTML}
}

// SCIMETags says whether versions (RFC 7644 section 3.14) are shown and asked for.
type SCIMETags string

// The ways to treat versions.
const (
	SCIMETagsNone     SCIMETags = "none"     // no versions; `If-Match` is ignored (default)
	SCIMETagsMeta     SCIMETags = "meta"     // returns `meta.version`; `If-Match` is ignored
	SCIMETagsEnforced SCIMETags = "enforced" // returns `meta.version` and `ETag`; a wrong `If-Match` fails with 412
	SCIMETagsRequired SCIMETags = "required" // like enforced; a PUT or DELETE without `If-Match` fails with 428
)

// Words lists the allowed values, the default first.
func (SCIMETags) Words() []SCIMETags {
	return []SCIMETags{SCIMETagsNone, SCIMETagsMeta, SCIMETagsEnforced, SCIMETagsRequired}
}

// SCIMContentTypes are the types of request bodies that are accepted; others get 415.
type SCIMContentTypes string

// The accepted types.
const (
	SCIMContentBoth SCIMContentTypes = "both" // (default)
	SCIMContentSCIM SCIMContentTypes = "scim" // application/scim+json
	SCIMContentJSON SCIMContentTypes = "json" // application/json
)

// Words lists the allowed values, the default first.
func (SCIMContentTypes) Words() []SCIMContentTypes {
	return []SCIMContentTypes{SCIMContentBoth, SCIMContentSCIM, SCIMContentJSON}
}

// SCIMRolePlace is where a role stands in an answer. In the vendor's sample requests it stands on top.
type SCIMRolePlace string

// The places of a role.
const (
	SCIMRoleOnTop       SCIMRolePlace = "top"       // at the top level (default)
	SCIMRoleInExtension SCIMRolePlace = "extension" // in an extension; requests may have it there, too
	SCIMRoleAbsent      SCIMRolePlace = "absent"    // nowhere
)

// Words lists the allowed values, the default first.
func (SCIMRolePlace) Words() []SCIMRolePlace {
	return []SCIMRolePlace{SCIMRoleOnTop, SCIMRoleInExtension, SCIMRoleAbsent}
}

// SCIMExtras says which attributes of RFC 7643 that no page of the vendor shows are in the answers.
type SCIMExtras string

// The sets of attributes.
const (
	SCIMExtrasMeta SCIMExtras = "meta" // only `meta` (default)
	SCIMExtrasNone SCIMExtras = "none" // not even `meta`, unless `etags` needs it
	SCIMExtrasAll  SCIMExtras = "all"  // `meta`; for users also `active`, `emails`, `name`, `locale` and `groups`
)

// Words lists the allowed values, the default first.
func (SCIMExtras) Words() []SCIMExtras {
	return []SCIMExtras{SCIMExtrasMeta, SCIMExtrasNone, SCIMExtrasAll}
}

// SCIMMemberElements says what is known of each member of a group.
type SCIMMemberElements string

// The forms of members.
const (
	SCIMMembersValue SCIMMemberElements = "value" // only the id (default)
	SCIMMembersFull  SCIMMemberElements = "full"  // also `display`, `$ref` and `type`
)

// Words lists the allowed values, the default first.
func (SCIMMemberElements) Words() []SCIMMemberElements {
	return []SCIMMemberElements{SCIMMembersValue, SCIMMembersFull}
}

// SCIMEmptyMembers is the form of a group without members.
type SCIMEmptyMembers string

// The forms of no members.
const (
	SCIMMembersEmptyArray SCIMEmptyMembers = "array"  // [] (default)
	SCIMMembersAbsent     SCIMEmptyMembers = "absent" // omitted
	SCIMMembersNull       SCIMEmptyMembers = "null"
)

// Words lists the allowed values, the default first.
func (SCIMEmptyMembers) Words() []SCIMEmptyMembers {
	return []SCIMEmptyMembers{SCIMMembersEmptyArray, SCIMMembersAbsent, SCIMMembersNull}
}

// SCIMFilter says what a list with a filter gets.
type SCIMFilter string

// The ways to treat a filter.
const (
	SCIMFilterRefused  SCIMFilter = "refuse" // 400 invalidFilter (default)
	SCIMFilterIgnored  SCIMFilter = "ignore" // the whole list
	SCIMFilterHonoured SCIMFilter = "honour" // filters by `userName eq` and `displayName eq`, and rejects other filters
)

// Words lists the allowed values, the default first.
func (SCIMFilter) Words() []SCIMFilter {
	return []SCIMFilter{SCIMFilterRefused, SCIMFilterIgnored, SCIMFilterHonoured}
}

// SCIMCountAboveMax says what a count above SCIMOptions.MaxCount does.
type SCIMCountAboveMax string

// The ways to treat a large count.
const (
	SCIMCountCapped  SCIMCountAboveMax = "cap"    // serves the largest page (default)
	SCIMCountRefused SCIMCountAboveMax = "refuse" // 400
)

// Words lists the allowed values, the default first.
func (SCIMCountAboveMax) Words() []SCIMCountAboveMax {
	return []SCIMCountAboveMax{SCIMCountCapped, SCIMCountRefused}
}

// SCIMOrder is the order of lists.
type SCIMOrder string

// The orders of lists.
const (
	SCIMOrderCreated  SCIMOrder = "created"  // oldest first (default)
	SCIMOrderShuffled SCIMOrder = "shuffled" // in an order that depends on the seed
	SCIMOrderUnstable SCIMOrder = "unstable" // in a different order for each request, so that pages overlap and leave gaps
)

// Words lists the allowed values, the default first.
func (SCIMOrder) Words() []SCIMOrder {
	return []SCIMOrder{SCIMOrderCreated, SCIMOrderShuffled, SCIMOrderUnstable}
}

// setDefaults fills what is unset and says what is wrong, all of it at once.
func (o *SCIMOptions) setDefaults() error {
	return errors.Join(
		checkWord("SCIM.Base", &o.Base),
		checkWord("SCIM.OtherBases", &o.OtherBases),
		checkWord("SCIM.CreateStatus", &o.CreateStatus),
		checkWord("SCIM.DuplicateUser", &o.DuplicateUser),
		checkWord("SCIM.DuplicateGroup", &o.DuplicateGroup),
		checkWord("SCIM.ReplaceAnswer", &o.ReplaceAnswer),
		checkWord("SCIM.InvitationOnPUT", &o.InvitationOnPUT),
		checkWord("SCIM.DeleteAnswer", &o.DeleteAnswer),
		checkWord("SCIM.DeleteUnknown", &o.DeleteUnknown),
		checkWord("SCIM.UnknownID", &o.UnknownID),
		checkWord("SCIM.ETags", &o.ETags),
		checkWord("SCIM.ContentTypes", &o.ContentTypes),
		checkWord("SCIM.RolePlace", &o.RolePlace),
		checkWord("SCIM.Extras", &o.Extras),
		checkWord("SCIM.MemberElements", &o.MemberElements),
		checkWord("SCIM.EmptyMembers", &o.EmptyMembers),
		checkWord("SCIM.Filter", &o.Filter),
		checkWord("SCIM.CountAboveMax", &o.CountAboveMax),
		checkWord("SCIM.Order", &o.Order),
		checkSCIMAttributes("KeptWhenOmitted", o.KeptWhenOmitted),
		checkSCIMAttributes("NotTakenByPUT", o.NotTakenByPUT),
		checkNotNegative("SCIM.GeneratedUsers", o.GeneratedUsers),
		checkNotNegative("SCIM.GeneratedGroups", o.GeneratedGroups),
		checkNotNegative("SCIM.Seats.Total", o.Seats.Total),
		checkNotNegative("SCIM.Seats.Members", o.Seats.Members),
		checkNotNegative("SCIM.Seats.Analysts", o.Seats.Analysts),
		checkNotNegative("SCIM.Seats.Admins", o.Seats.Admins),
		checkNotNegative("SCIM.MostMembers", o.MostMembers),
		checkNotNegative("SCIM.MaxCount", o.MaxCount),
		checkNotNegative("SCIM.ListedLate", o.ListedLate),
		checkNotNegative("SCIM.ListedAfterDelete", o.ListedAfterDelete),
		checkNotNegative("SCIM.ChangesListedLate", o.ChangesListedLate),
	)
}

func checkSCIMAttributes(option string, names []string) error {
	for _, name := range names {
		if !slices.Contains(SCIMAttributes(), name) {
			return fmt.Errorf("%w: SCIM.%s %q is not one of %s",
				errOptions, option, name, strings.Join(SCIMAttributes(), ", "))
		}
	}

	return nil
}
