package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
)

// settings are what the flags say.
type settings struct {
	options     simulator.Options
	address     string
	envFile     string
	allowRemote bool
}

var (
	errFlags = errors.New("flags")
	errWord  = errors.New("unknown word")
	errEmpty = errors.New("an empty word in the list")
)

// usage is the head of the help.
const usage = `Usage: celonis-simulator [flags]

Serves a simulated Celonis team and prints the variables to export. The team is kept in memory: all changes are lost when the program
stops. A control API that needs no credentials steers it. It responds only to this machine's own addresses and the host name in -address,
and bodies must be labelled as JSON, as curl --json does:

  GET    /-/journal        every request so far
  DELETE /-/journal        empties the journal
  POST   /-/faults         injects a fault, such as {"path": "/oauth2/token", "status": 503, "times": 2}
  GET    /-/faults         the faults that are still to come
  DELETE /-/faults         withdraws them
  POST   /-/expire-tokens  refuses every access token issued so far

  GET    /-/subscriptions       every event subscription
  POST   /-/subscriptions       adds one
  PATCH  /-/subscriptions/{id}  changes one, such as {"status": "failed"}
  DELETE /-/subscriptions/{id}  removes one
  POST   /-/events              fires events, such as {"id": "abc", "count": 2, "delivery": "failed"}

  GET    /-/scim/users, /-/scim/groups               all of them
  POST   /-/scim/users, /-/scim/groups               adds one
  PATCH  /-/scim/users/{id}, /-/scim/groups/{id}     changes some of its fields
  DELETE /-/scim/users/{id}, /-/scim/groups/{id}     removes it

Flags:
`

// parseFlags reads the arguments; help goes to the writer.
func parseFlags(args []string, help io.Writer) (settings, error) {
	parsed := settings{options: simulator.DefaultTeam()}

	flags := flag.NewFlagSet("celonis-simulator", flag.ContinueOnError)
	flags.SetOutput(help)
	flags.Usage = func() {
		_, _ = io.WriteString(help, usage) // PrintDefaults ignores errors as well.

		flags.PrintDefaults()
	}

	flags.StringVar(&parsed.address, "address", "127.0.0.1:8080", "`address` to listen on; port 0 takes a free one")
	flags.BoolVar(&parsed.allowRemote, "allow-remote", false,
		"allow an address that other machines can reach; they can then use the control API too")
	flags.StringVar(&parsed.envFile, "env-file", "", "`file` to write the environment to, once listening")

	teamFlags(flags, &parsed.options)
	contentFlags(flags, &parsed.options)
	scimFlags(flags, &parsed.options.SCIM)
	reportFlags(flags, &parsed.options.Reports)
	limitFlags(flags, &parsed.options)
	tokenFlags(flags, &parsed.options)
	errorFlags(flags, &parsed.options)
	subscriptionFlags(flags, &parsed.options.Subscriptions)

	client := simulator.DefaultClient()
	clientFlags(flags, &client)

	if err := flags.Parse(args); err != nil {
		return settings{}, fmt.Errorf("%w: %w", errFlags, err)
	}

	if flags.NArg() > 0 {
		return settings{}, fmt.Errorf("%w: unexpected argument %q", errFlags, flags.Arg(0))
	}

	parsed.options.OAuth.Clients = []simulator.OAuthClient{client}

	return parsed, nil
}

func teamFlags(flags *flag.FlagSet, options *simulator.Options) {
	flags.IntVar(&options.Intelligence.KnowledgeModels, "models", options.Intelligence.KnowledgeModels,
		"how many Knowledge Models are generated, in addition to those that the documentation names")
	flags.Uint64Var(&options.Seed, "seed", 0, "varies the Knowledge Models and the order of unsorted lists")
	flags.StringVar(&options.Server.Licence, "licence", "S", "size of the licence, which limits pages: S, M, L, XL")
	flags.IntVar(&options.Server.MaxPageSize, "max-page-size", 0, "largest page; 0 = the licence's")
	wordFlag(flags, &options.Server.PageSizeAboveMax, "page-size-above-max", "what a larger pageSize does")
	wordFlag(flags, &options.Server.PastEnd, "past-end", "what a page after the last one is")
	wordFlag(flags, &options.Server.Total, "total", "what total counts in lists")
	flags.BoolVar(&options.Server.OmitPageSize, "omit-page-size", false, "leave pageSize out of lists")
	flags.BoolVar(&options.Server.SortAsArray, "sort-as-array", false,
		"write sort as an array in lists and as a string in data pages")
	flags.BoolVar(&options.Server.NullFields, "null-fields", false, "write optional empty fields as null")
	flags.DurationVar(&options.Server.Latency, "latency", 0, "added before every answer")
	flags.Func("apis-off", "comma-separated `APIs` that are not activated: "+
		"knowledge-models, subscriptions, scim, team-members, login-history, permissions, audit-logs", func(list string) error {
		options.Server.APIsOff = strings.Split(list, ",")

		return nil
	})
}

func contentFlags(flags *flag.FlagSet, options *simulator.Options) {
	flags.IntVar(&options.Intelligence.RowsPerRecord, "rows-per-record", 0,
		"how many rows the first record of a model has, the others at most; 0 = 120")
	flags.IntVar(&options.Intelligence.RowLimit, "row-limit", 0, "how many rows of a table can be fetched; 0 = 5000")
	wordFlag(flags, &options.Intelligence.RowsBeyondLimit, "rows-beyond-limit", "what a request for later rows gets")
	wordFlag(flags, &options.Intelligence.DataNesting, "data-nesting", "how deep the rows of a data page lie")
	flags.BoolVar(&options.Intelligence.QuotedFlags, "quoted-flags", false, "write the flags of a data page's headers as strings")
	wordFlag(flags, &options.Intelligence.KPIParameterNesting, "kpi-parameter-nesting", "how deep the parameters of a KPI lie")
	wordFlag(flags, &options.Intelligence.SpecFormat, "spec-format", "form of the OpenAPI document of a model")
}

func scimFlags(flags *flag.FlagSet, options *simulator.SCIMOptions) {
	flags.IntVar(&options.GeneratedUsers, "users", options.GeneratedUsers,
		"how many users are generated, in addition to those that the documentation names")
	flags.IntVar(&options.GeneratedGroups, "groups", options.GeneratedGroups,
		"how many groups are generated, in addition to those that the documentation names")
	wordFlag(flags, &options.Base, "scim-base", "path that SCIM is served under")
	wordFlag(flags, &options.OtherBases, "scim-other-bases", "what the two other paths answer")
	flags.BoolVar(&options.ClientsAsUsers, "scim-clients-as-users", false, "show the OAuth clients among the users")
	flags.IntVar(&options.Seats.Total, "scim-seats", 0, "how many users the licence allows; 0 = any number")
	flags.IntVar(&options.Seats.Members, "scim-member-seats", 0, "how many users with the role MEMBER the licence allows; 0 = any number")
	flags.IntVar(&options.Seats.Analysts, "scim-analyst-seats", 0, "how many users with the role ANALYST the licence allows; 0 = any number")
	flags.IntVar(&options.Seats.Admins, "scim-admin-seats", 0, "how many users with the role ADMIN the licence allows; 0 = any number")

	wordFlag(flags, &options.CreateStatus, "scim-create-status", "status of a successful creation")
	wordFlag(flags, &options.DuplicateUser, "scim-duplicate-user", "what a user with a taken name gets")
	wordFlag(flags, &options.DuplicateGroup, "scim-duplicate-group", "what a group with a taken name gets")
	wordFlag(flags, &options.ReplaceAnswer, "scim-replace-answer", "what a successful PUT answers")

	attributes := strings.Join(simulator.SCIMAttributes(), ", ")
	listFlag(flags, &options.KeptWhenOmitted, "scim-kept-when-omitted",
		"comma-separated `attributes` that a PUT which leaves them out keeps: "+attributes+" (default none)")
	listFlag(flags, &options.NotTakenByPUT, "scim-not-taken-by-put",
		"comma-separated `attributes` that a PUT does not change, without saying so: "+attributes+" (default none)")

	wordFlag(flags, &options.InvitationOnPUT, "scim-invitation-on-put", "what sendEmailOnInvitation in a PUT does")
	flags.BoolVar(&options.BooleanInvitation, "scim-boolean-invitation", false, "take sendEmailOnInvitation as a boolean too")
	flags.BoolVar(&options.UpperCaseRoles, "scim-upper-case-roles", false, "take roles in upper case only")
	flags.BoolVar(&options.GroupsWithoutRole, "scim-groups-without-role", false, "a group without a role has none instead of MEMBER")
	wordFlag(flags, &options.DeleteAnswer, "scim-delete-answer", "what a successful DELETE answers")
	wordFlag(flags, &options.DeleteUnknown, "scim-delete-unknown", "what the DELETE of something unknown answers")
	wordFlag(flags, &options.UnknownID, "scim-unknown-id", "form of the 404 for an unknown id")
	wordFlag(flags, &options.ETags, "scim-etags", "how versions are treated")
	wordFlag(flags, &options.ContentTypes, "scim-content-types", "types of bodies that are accepted")

	scimAnswerFlags(flags, options)
	scimListFlags(flags, options)
}

func scimAnswerFlags(flags *flag.FlagSet, options *simulator.SCIMOptions) {
	flags.BoolVar(&options.AnswersAsJSON, "scim-answers-as-json", false, "send application/json instead of application/scim+json")
	wordFlag(flags, &options.RolePlace, "scim-role-place", "where a role stands in an answer")
	flags.BoolVar(&options.EffectiveRoles, "scim-effective-roles", false, "show the effective roles of users instead of their own")
	flags.BoolVar(&options.LowerCaseRoles, "scim-lower-case-roles", false, "show roles in lower case")
	flags.BoolVar(&options.LowerCaseUserNames, "scim-lower-case-user-names", false, "show user names in lower case")
	wordFlag(flags, &options.Extras, "scim-extras", "which attributes that the vendor does not show are in the answers")
	wordFlag(flags, &options.MemberElements, "scim-member-elements", "what is shown of each member of a group")
	wordFlag(flags, &options.EmptyMembers, "scim-empty-members", "form of a group without members")
	flags.BoolVar(&options.NoMembersInLists, "scim-no-members-in-lists", false, "leave the members out of lists of groups")
	flags.IntVar(&options.MostMembers, "scim-most-members", 0, "how many members of a group an answer shows; 0 = all")
}

func scimListFlags(flags *flag.FlagSet, options *simulator.SCIMOptions) {
	wordFlag(flags, &options.Filter, "scim-filter", "what a list with a filter gets")
	flags.IntVar(&options.MaxCount, "scim-max-count", 0, "longest page of users or groups; 0 = any")
	wordFlag(flags, &options.CountAboveMax, "scim-count-above-max", "what a larger count does")
	flags.BoolVar(&options.OmitEmptyResources, "scim-omit-empty-resources", false, "leave Resources out of an empty page")
	wordFlag(flags, &options.Order, "scim-order", "order of users and groups in lists")
	flags.IntVar(&options.ListedLate, "scim-listed-late", 0, "for how many listings something new is not in them")
	flags.IntVar(&options.ListedAfterDelete, "scim-listed-after-delete", 0, "for how many listings something deleted is still in them")
	flags.IntVar(&options.ChangesListedLate, "scim-changes-listed-late", 0, "for how many listings something changed is in them as it was before")
}

func reportFlags(flags *flag.FlagSet, reports *simulator.ReportOptions) {
	flags.IntVar(&reports.Members, "members", 0, "how many members the team has in addition to its users")
	flags.IntVar(&reports.LoginEvents, "login-events", reports.LoginEvents, "how many sign-ins there were in the last 30 days")
	flags.IntVar(&reports.Permissions, "permissions", reports.Permissions,
		"how many permissions are generated, in addition to those that the documentation names")
	flags.IntVar(&reports.AuditEvents, "audit-events", reports.AuditEvents, "how many audit events there were in the last 30 days")
	flags.IntVar(&reports.MaxPageSize, "reports-max-page-size", 0, "largest page of members and events; 0 = 200")
	wordFlag(flags, &reports.NoContent, "no-content", "status of an answer without members, events or permissions")
	wordFlag(flags, &reports.IncludeInternal, "include-internal", "whether includeInternal may be left out")
	wordFlag(flags, &reports.LoginTimes, "login-times", "form of the times that sign-ins are asked for by")
	wordFlag(flags, &reports.AuditTimes, "audit-times", "form of the times that audit events are asked for by")
	wordFlag(flags, &reports.Bounds, "event-bounds", "which ends of a span belong to it")
	wordFlag(flags, &reports.Order, "event-order", "order of events")
	flags.BoolVar(&reports.IgnoreTimes, "ignore-times", false, "ignore the times that events are asked for by")
	wordFlag(flags, &reports.AuditV1, "audit-v1", "whether there is version 1 of the Audit Log API, and what in its place")
	wordFlag(flags, &reports.AuditV2, "audit-v2", "whether there is version 2 of the Audit Log API, and what in its place")
	wordFlag(flags, &reports.AuditV2Times, "audit-v2-times", "what version 2 of the Audit Log API does with times")
	flags.IntVar(&reports.AuditV2MaxLimit, "audit-v2-max-limit", 0, "largest page of version 2 of the Audit Log API; 0 = 500")
	wordFlag(flags, &reports.LastToken, "last-token", "form of nextPageToken on the last page")
	flags.StringVar(&reports.GroupsSeparator, "groups-separator", "", "`text` between the groups of a permission (default \", \")")
	flags.BoolVar(&reports.NarrowSpaces, "narrow-spaces", false, "write a narrow no-break space before AM and PM")
	flags.BoolVar(&reports.UnknownFields, "unknown-fields", false, "add an undocumented field to members, events and permissions")
}

func limitFlags(flags *flag.FlagSet, options *simulator.Options) {
	flags.IntVar(&options.Server.RequestsPerSecond, "requests-per-second", 0, "limit to enforce; 0 = none, which is laxer than documented")
	flags.IntVar(&options.Server.RequestsPerDay, "requests-per-day", 0, "limit to enforce; 0 = none, which is laxer than documented")
	flags.IntVar(&options.Server.MaxConcurrent, "max-concurrent", 0, "limit to enforce; 0 = none, which is laxer than documented")
	wordFlag(flags, &options.Server.RateLimitReset, "rate-limit-reset", "how a 429 says when to come back")
}

func tokenFlags(flags *flag.FlagSet, options *simulator.Options) {
	flags.BoolVar(&options.OAuth.ScopeOptional, "scope-optional", false, "token requests may leave scope out")
	flags.BoolVar(&options.OAuth.MissingScopeIsInvalidRequest, "missing-scope-is-invalid-request", false,
		"answer invalid_request instead of invalid_scope when scope is missing")
	flags.BoolVar(&options.OAuth.RawBasicCredentials, "raw-basic-credentials", false,
		"take Basic credentials without form-encoding")
	flags.DurationVar(&options.OAuth.TokenLifetime, "token-lifetime", 0, "how long access tokens live; 0 = 899s")
	flags.BoolVar(&options.OAuth.OmitExpiresIn, "omit-expires-in", false, "leave expires_in out of token answers")
	flags.BoolVar(&options.OAuth.RotateRefreshTokens, "rotate-refresh-tokens", false,
		"answer a new refresh token to each refresh and invalidate the old one")
	flags.BoolVar(&options.OAuth.NarrowScopes, "narrow-scopes", false, "drop unregistered scopes instead of refusing them")
	wordFlag(flags, &options.OAuth.TokenErrors, "token-errors", "shape of the token endpoint's errors")
}

// clientFlags change the default client.
func clientFlags(flags *flag.FlagSet, client *simulator.OAuthClient) {
	methods := client.AuthMethods
	allowed := strings.Join(methods, ", ")

	flags.Func("auth-methods", "comma-separated `methods` by which the client may authenticate: "+allowed+" (default both)",
		func(list string) error {
			words := strings.Split(list, ",")
			for _, method := range words {
				if !slices.Contains(methods, method) {
					return fmt.Errorf("%w %q; allowed are %s", errWord, method, allowed)
				}
			}

			client.AuthMethods = words

			return nil
		})
	listFlag(flags, &client.Scopes, "scopes",
		"comma-separated `scopes` that the client is registered for (default all that the APIs here ask for)")
	listFlag(flags, &client.Packages, "packages",
		"comma-separated keys of the `packages` that the client may use (default all)")
	listFlag(flags, &client.EditPackages, "edit-packages",
		"comma-separated keys of the `packages` that the client may edit too (default all that it may use)")
	listFlag(flags, &client.Services, "services",
		"comma-separated `services` on which the client has its permission: "+strings.Join([]string{
			simulator.ServiceSCIM, simulator.ServiceLoginHistory, simulator.ServiceAuditLogs,
		}, ", ")+" (default all)")
}

// listFlag defines a flag with comma-separated words.
func listFlag(flags *flag.FlagSet, target *[]string, name, usage string) {
	flags.Func(name, usage, func(list string) error {
		words := strings.Split(list, ",")
		if slices.Contains(words, "") {
			return errEmpty
		}

		*target = words

		return nil
	})
}

func errorFlags(flags *flag.FlagSet, options *simulator.Options) {
	wordFlag(flags, &options.Server.Errors, "errors", "shape of the APIs' errors")
	flags.BoolVar(&options.Server.ErrorsAsJSON, "errors-as-json", false,
		"send errors as application/json instead of application/problem+json")
}

func subscriptionFlags(flags *flag.FlagSet, options *simulator.SubscriptionOptions) {
	flags.IntVar(&options.Count, "subscriptions", 0,
		"how many event subscriptions are generated, in addition to those that the documentation names")
	flags.IntVar(&options.Max, "subscription-max", 0, "how many event subscriptions it may have; 0 = as many as the licence allows")
	flags.BoolVar(&options.RefuseBeyondMax, "subscription-refuse-beyond-max", false, "refuse to create more of them")
	listFlag(flags, &options.UnreachableHosts, "subscription-unreachable-hosts",
		"comma-separated `hosts` that callbacks cannot be on, or ends of names with a dot before them (default .invalid)")
	wordFlag(flags, &options.CreateAnswer, "subscription-create-answer", "form of the id of a new subscription")
	flags.BoolVar(&options.CreateAnswersOK, "subscription-create-answers-ok", false, "answer a creation with 200 instead of 201")
	flags.BoolVar(&options.UpdateAnswersNoContent, "subscription-update-answers-no-content", false,
		"answer an update with 204 instead of 200")
	flags.BoolVar(&options.UpdateKeepsOmitted, "subscription-update-keeps-omitted", false,
		"keep headers and configurations that an update leaves out")
	flags.BoolVar(&options.UpdateLeavesPaused, "subscription-update-leaves-paused", false,
		"leave a paused subscription paused when it is updated")
	flags.BoolVar(&options.UpdateLeavesFailed, "subscription-update-leaves-failed", false,
		"leave a failed or suspended subscription so when it is updated")
	flags.BoolVar(&options.UpdateLeavesRejected, "subscription-update-leaves-rejected", false,
		"leave a rejected subscription so when it is updated")
	flags.BoolVar(&options.RefuseRepeats, "subscription-refuse-repeats", false,
		"refuse to pause a paused subscription and to resume an active one")
	flags.BoolVar(&options.PauseFromAnyStatus, "subscription-pause-from-any-status", false,
		"let failed, suspended and rejected subscriptions be paused")
	flags.IntVar(&options.ListedAfterReads, "subscription-listed-after-reads", 0,
		"how many listings miss a new subscription")
	flags.DurationVar(&options.ListedAfter, "subscription-listed-after", 0, "for how long listings miss a new subscription")
	flags.IntVar(&options.DelistedAfterReads, "subscription-delisted-after-reads", 0,
		"how many listings still show a deleted subscription")
	flags.DurationVar(&options.DelistedAfter, "subscription-delisted-after", 0,
		"for how long listings still show a deleted subscription")
	flags.IntVar(&options.UpdatesListedAfterReads, "subscription-updates-listed-after-reads", 0,
		"how many listings still show a subscription as it was before a change")
	flags.DurationVar(&options.UpdatesListedAfter, "subscription-updates-listed-after", 0,
		"for how long listings still show a subscription as it was before a change")
	flags.BoolVar(&options.OldListItems, "subscription-old-list-items", false,
		"leave out of the list what older versions of the API did not answer")
	flags.BoolVar(&options.LatestSucceedOffset, "subscription-latest-succeed-offset", false,
		"name lastSuccessEventOffset latestSucceedOffset")
	wordFlag(flags, &options.NoConfigurations, "subscription-no-configurations", "how the list shows that there are none")
	wordFlag(flags, &options.Dates, "subscription-dates", "form of dates with times")
	flags.BoolVar(&options.TrimNames, "subscription-trim-names", false, "take white space off the ends of names")
	flags.BoolVar(&options.NormaliseURIs, "subscription-normalise-uris", false,
		"answer callback URIs with scheme and host in lower case and without the default port")
}

// wordFlag defines a flag with a closed list of values, which its help and its error name.
func wordFlag[T interface {
	~string
	Words() []T
}](flags *flag.FlagSet, target *T, name, usage string,
) {
	words := (*target).Words()
	allowed := make([]string, len(words))

	for i, word := range words {
		allowed[i] = string(word)
	}

	list := strings.Join(allowed, ", ")

	flags.Func(name, fmt.Sprintf("%s: %s (default %q)", usage, list, allowed[0]), func(value string) error {
		if !slices.Contains(words, T(value)) {
			return fmt.Errorf("%w; allowed are %s", errWord, list)
		}

		*target = T(value)

		return nil
	})
}
