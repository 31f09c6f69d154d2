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
	// Base is the path that SCIM is served under: the vendor's pages name three.
	Base SCIMBase
	// OtherBases says what the two other paths answer.
	OtherBases SCIMOtherBases

	// Users and Groups are added to the generated ones. An empty ID is made up.
	Users  []SCIMUser
	Groups []SCIMGroup
	// GeneratedUsers and GeneratedGroups are how many are made up, by Options.Seed.
	GeneratedUsers, GeneratedGroups int
	// ClientsAsUsers shows the OAuth clients of the team among its users.
	ClientsAsUsers bool

	// Seats limits the licence.
	Seats SCIMSeats

	// CreateStatus is the status of a successful creation.
	CreateStatus SCIMCreateStatus
	// DuplicateUser and DuplicateGroup say what the creation of something with a name that is taken gets.
	DuplicateUser, DuplicateGroup SCIMDuplicate
	// ReplaceAnswer is what a successful PUT answers.
	ReplaceAnswer SCIMReplaceAnswer
	// KeptWhenOmitted names the attributes (SCIMAttributes) that a PUT which leaves them out keeps; the others become empty,
	// as RFC 7644 section 3.5.1 has it. A role becomes MEMBER.
	KeptWhenOmitted []string
	// NotTakenByPUT names the attributes (SCIMAttributes) whose changes a PUT accepts but does not carry out.
	NotTakenByPUT []string
	// InvitationOnPUT says what a PUT with sendEmailOnInvitation gets.
	InvitationOnPUT SCIMInvitationOnPUT
	// BooleanInvitation takes sendEmailOnInvitation as a JSON boolean too; otherwise only as "true" or "false".
	BooleanInvitation bool
	// UpperCaseRoles takes roles in upper case only.
	UpperCaseRoles bool
	// GroupsWithoutRole lets a group without a role have none; otherwise it has MEMBER.
	GroupsWithoutRole bool
	// DeleteAnswer is what a successful DELETE answers.
	DeleteAnswer SCIMDeleteAnswer
	// DeleteUnknown is what the DELETE of something unknown answers.
	DeleteUnknown SCIMDeleteUnknown
	// UnknownID is the form of the 404 for an id that nobody has.
	UnknownID SCIMUnknownID
	// ETags says whether versions are shown and asked for.
	ETags SCIMETags

	// ContentTypes are the types of request bodies that are accepted.
	ContentTypes SCIMContentTypes
	// AnswersAsJSON sends application/json instead of application/scim+json.
	AnswersAsJSON bool
	// RolePlace is where a role stands in an answer.
	RolePlace SCIMRolePlace
	// EffectiveRoles shows for each user the highest of his own role and those of his groups instead of his own.
	EffectiveRoles bool
	// LowerCaseRoles shows roles in lower case.
	LowerCaseRoles bool
	// LowerCaseUserNames shows user names in lower case instead of as they were given.
	LowerCaseUserNames bool
	// Extras says which attributes of RFC 7643 that no page of the vendor shows are in the answers.
	Extras SCIMExtras
	// MemberElements says what is known of each member of a group.
	MemberElements SCIMMemberElements
	// EmptyMembers is the form of a group without members.
	EmptyMembers SCIMEmptyMembers
	// NoMembersInLists leaves the members out of lists of groups.
	NoMembersInLists bool
	// MostMembers, if > 0, is how many members of a group an answer shows at most: it is incomplete beyond.
	MostMembers int

	// Filter says what a list with a filter gets: an older copy of the vendor's pages says that filters are not supported.
	Filter SCIMFilter
	// MaxCount, if > 0, is the longest page; otherwise there is none.
	MaxCount int
	// CountAboveMax says what a larger count does.
	CountAboveMax SCIMCountAboveMax
	// OmitEmptyResources leaves Resources out of a list's page without any.
	OmitEmptyResources bool
	// Order is the order of lists.
	Order SCIMOrder
	// ListedLate is for how many listings something new is not in them; GET by id finds it at once. A listing begins with
	// the request for its first page.
	ListedLate int
	// ListedAfterDelete is for how many listings something deleted is still in them.
	ListedAfterDelete int
	// ChangesListedLate is for how many listings something changed is in them as it was before; GET by id shows the change at once.
	ChangesListedLate int
}

// SCIMSeats limit how many users the team may have, by effective role; 0 = any number.
type SCIMSeats struct {
	Total, Members, Analysts, Admins int
}

// SCIMAttributes are the names that SCIMOptions.KeptWhenOmitted and NotTakenByPUT may hold.
func SCIMAttributes() []string {
	return []string{scimExternalID, scimDisplayName, scimRole, scimMembers}
}

// SCIMBase is a path that SCIM is served under.
type SCIMBase string

// The paths that the vendor's pages name.
const (
	SCIMBasePlain   SCIMBase = "/scim/v2" // page on configuring SCIM, newer OpenAPI file (default)
	SCIMBaseService SCIMBase = "/user-provisioning/scim/v2"
	SCIMBaseAPI     SCIMBase = "/api/user-provisioning/scim/v2" // overview page
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
	SCIMOtherLogin        SCIMOtherBases = "login"        // 200 with its login page
	SCIMOtherProblem      SCIMOtherBases = "problem"      // 404 GENERAL_NOTFOUND_PATH
	SCIMOtherEmpty        SCIMOtherBases = "empty"        // 404 without a body
	SCIMOtherUnauthorized SCIMOtherBases = "unauthorized" // 401, whatever the credentials
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
	SCIMDuplicateExisting   SCIMDuplicate = "existing"       // 200 with what exists, unchanged
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
	SCIMReplaceBody      SCIMReplaceAnswer = "body"  // 200 with what is now there (default)
	SCIMReplaceEmpty     SCIMReplaceAnswer = "empty" // 200 without a body
	SCIMReplaceNoContent SCIMReplaceAnswer = "204"
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
	SCIMInvitationIgnored SCIMInvitationOnPUT = "ignore"
)

// Words lists the allowed values, the default first.
func (SCIMInvitationOnPUT) Words() []SCIMInvitationOnPUT {
	return []SCIMInvitationOnPUT{SCIMInvitationRefused, SCIMInvitationIgnored}
}

// SCIMDeleteAnswer is what a successful DELETE answers; the vendor documents 204.
type SCIMDeleteAnswer string

// The answers to a DELETE.
const (
	SCIMDeleteNoContent SCIMDeleteAnswer = "204" // (default)
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
	SCIMDeleteUnknownNotFound SCIMDeleteUnknown = "404" // as GET, see SCIMOptions.UnknownID (default)
	SCIMDeleteUnknownDone     SCIMDeleteUnknown = "done"
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
	SCIMUnknownProblem SCIMUnknownID = "problem" // GENERAL_NOTFOUND_PATH
	SCIMUnknownHTML    SCIMUnknownID = "html"    // the web application's
)

// Words lists the allowed values, the default first.
func (SCIMUnknownID) Words() []SCIMUnknownID {
	return []SCIMUnknownID{SCIMUnknownError, SCIMUnknownEmpty, SCIMUnknownProblem, SCIMUnknownHTML}
}

// SCIMETags says whether versions (RFC 7644 section 3.14) are shown and asked for.
type SCIMETags string

// The ways to treat versions.
const (
	SCIMETagsNone     SCIMETags = "none"     // there are none, and If-Match is ignored (default)
	SCIMETagsMeta     SCIMETags = "meta"     // meta.version is shown, and If-Match is ignored
	SCIMETagsEnforced SCIMETags = "enforced" // meta.version and ETag are shown, and another If-Match gets 412
	SCIMETagsRequired SCIMETags = "required" // and a PUT or DELETE without If-Match gets 428
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
	SCIMRoleOnTop       SCIMRolePlace = "top"       // (default)
	SCIMRoleInExtension SCIMRolePlace = "extension" // under the URN of Celonis; requests may have it there too
	SCIMRoleAbsent      SCIMRolePlace = "absent"
)

// Words lists the allowed values, the default first.
func (SCIMRolePlace) Words() []SCIMRolePlace {
	return []SCIMRolePlace{SCIMRoleOnTop, SCIMRoleInExtension, SCIMRoleAbsent}
}

// SCIMExtras says which attributes of RFC 7643 that no page of the vendor shows are in the answers.
type SCIMExtras string

// The sets of attributes.
const (
	SCIMExtrasMeta SCIMExtras = "meta" // only meta (default)
	SCIMExtrasNone SCIMExtras = "none" // not even meta, unless SCIMOptions.ETags needs it
	SCIMExtrasAll  SCIMExtras = "all"  // meta; of users also active, emails, name, locale and groups
)

// Words lists the allowed values, the default first.
func (SCIMExtras) Words() []SCIMExtras {
	return []SCIMExtras{SCIMExtrasMeta, SCIMExtrasNone, SCIMExtrasAll}
}

// SCIMMemberElements says what is known of each member of a group.
type SCIMMemberElements string

// The forms of members.
const (
	SCIMMembersValue SCIMMemberElements = "value" // the id (default)
	SCIMMembersFull  SCIMMemberElements = "full"  // with display, $ref and type
)

// Words lists the allowed values, the default first.
func (SCIMMemberElements) Words() []SCIMMemberElements {
	return []SCIMMemberElements{SCIMMembersValue, SCIMMembersFull}
}

// SCIMEmptyMembers is the form of a group without members.
type SCIMEmptyMembers string

// The forms of no members.
const (
	SCIMMembersEmptyArray SCIMEmptyMembers = "array" // [] (default)
	SCIMMembersAbsent     SCIMEmptyMembers = "absent"
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
	SCIMFilterHonoured SCIMFilter = "honour" // userName eq "…" of users, displayName eq "…" of both; others are refused
)

// Words lists the allowed values, the default first.
func (SCIMFilter) Words() []SCIMFilter {
	return []SCIMFilter{SCIMFilterRefused, SCIMFilterIgnored, SCIMFilterHonoured}
}

// SCIMCountAboveMax says what a count above SCIMOptions.MaxCount does.
type SCIMCountAboveMax string

// The ways to treat a large count.
const (
	SCIMCountCapped  SCIMCountAboveMax = "cap"    // the longest page is served (default)
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
	SCIMOrderCreated  SCIMOrder = "created"  // the oldest first (default)
	SCIMOrderShuffled SCIMOrder = "shuffled" // by Options.Seed, always the same
	SCIMOrderUnstable SCIMOrder = "unstable" // another for each request, so that pages overlap and leave gaps
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
