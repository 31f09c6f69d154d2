package simulator

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Options describe the team to simulate. The zero value is a usable team without Knowledge Models. Each part of the team has its
// own options. Where the vendor's pages contradict each other or are silent, an option chooses the reading.
type Options struct {
	// Seed varies what is generated and the order of unsorted lists.
	Seed uint64
	// Now is the clock of the whole team; nil = [time.Now]. Waiting always uses real timers.
	Now func() time.Time

	// Server is what all APIs have in common: licence, limits, pages and errors.
	Server ServerOptions
	// OAuth is about credentials and the token endpoint.
	OAuth OAuthOptions
	// Intelligence is about the Knowledge Models.
	Intelligence IntelligenceOptions
	// Subscriptions are the event subscriptions and how they behave.
	Subscriptions SubscriptionOptions
	// SCIM is about the team's users and groups.
	SCIM SCIMOptions
	// Reports are what the team tells about itself.
	Reports ReportOptions
}

// ServerOptions describe what all APIs of the team have in common. The zero value has the licence S and no limits.
//
// No limits are enforced by default: neither requests per second or per day nor requests at once. That is laxer than
// documented, on purpose, so that tests which are not about limits do not meet them. RequestsPerSecond, RequestsPerDay and
// MaxConcurrent enforce them.
type ServerOptions struct {
	// Licence is the size of the team's licence: "S" (default), "M", "L" or "XL". It sets the largest page (50, 100, 500,
	// 5,000) and the announced requests per day (6,000, 12,000, 25,000, 50,000).
	Licence string
	// MaxPageSize replaces the licence's largest page; 0 = the licence's.
	MaxPageSize int
	// PageSizeAboveMax says what a larger pageSize does: the vendor does not.
	PageSizeAboveMax PageSizeAboveMax
	// PastEnd says what a page after the last one is: the vendor does not.
	PastEnd PastEnd
	// Total says what `total` in a list's envelope counts.
	Total TotalMeaning
	// OmitPageSize leaves pageSize out of the envelope.
	OmitPageSize bool
	// SortAsArray exchanges the documented forms of `sort` in the envelope: lists write an array instead of a string, data
	// pages a string instead of an array.
	SortAsArray bool
	// NullFields writes optional empty fields as null instead of leaving them out.
	NullFields bool

	// DecomposedText writes every text with accents as separate characters (NFD), like names pasted from macOS. It accepts either form.
	DecomposedText bool

	// RateLimitReset is the form in which a 429 says when to come back.
	RateLimitReset RateLimitReset
	// RequestsPerSecond, if > 0, is enforced on the APIs in fixed windows that start at whole seconds: beyond it, 429.
	RequestsPerSecond int
	// RequestsPerDay, if > 0, is enforced on the APIs in fixed windows that start at midnight UTC: beyond it, 429.
	RequestsPerDay int
	// MaxConcurrent, if > 0, is how many API requests are served at once: further ones get 429.
	MaxConcurrent int

	// Errors is the shape of the APIs' errors, except 401 and the empty 403 of an API that is not activated.
	Errors ErrorShape
	// ErrorsAsJSON sends errors as application/json instead of application/problem+json.
	ErrorsAsJSON bool
	// APIsOff names the API areas that are not activated: "knowledge-models", "subscriptions" (with the triggers), "scim",
	// "team-members", "login-history", "permissions", "audit-logs". They answer 403 with an empty body.
	APIsOff []string

	// Latency is added before every answer; it ends early when the request's context does.
	Latency time.Duration
}

// OAuthOptions describe the credentials of the team and its token endpoint.
type OAuthOptions struct {
	// Clients are the registered OAuth clients; nil = only DefaultClient.
	Clients []OAuthClient
	// ApplicationKeys are accepted as "Authorization: AppKey …"; nil = only DefaultApplicationKey.
	ApplicationKeys []Key
	// UserKeys are accepted as "Authorization: Bearer …"; nil = only DefaultUserKey.
	UserKeys []Key

	// ScopeOptional lets a token request leave `scope` out and get all of the client's scopes; otherwise 400.
	ScopeOptional bool
	// MissingScopeIsInvalidRequest answers invalid_request when scope is missing; otherwise invalid_scope (RFC 6749
	// section 3.3).
	MissingScopeIsInvalidRequest bool
	// RawBasicCredentials takes Basic credentials as base64(id:secret), as developer.celonis.com/celonis-apis/auth words
	// it; otherwise both parts are form-encoded first (RFC 6749 section 2.3.1).
	RawBasicCredentials bool
	// TokenLifetime is how long access tokens live; 0 = 899 seconds, as in the vendor's sample.
	TokenLifetime time.Duration
	// OmitExpiresIn leaves expires_in out of token answers.
	OmitExpiresIn bool
	// RotateRefreshTokens makes each refresh grant answer a new refresh token and invalidate the old one.
	RotateRefreshTokens bool
	// NarrowScopes drops unregistered scopes silently instead of answering invalid_scope, unless none is left.
	NarrowScopes bool
	// TokenErrors is the shape of the token endpoint's errors, which the vendor does not document.
	TokenErrors TokenErrorShape
}

// IntelligenceOptions describe the Knowledge Models of the team. The zero value is a team without any.
type IntelligenceOptions struct {
	// KnowledgeModels is how many models GenerateKnowledgeModels makes up; 0 = none.
	KnowledgeModels int
	// Models are added to the generated ones. Ids must be unique.
	Models []KnowledgeModel
	// RowsPerRecord is how many rows the first record of a model without Content has, the others at most; 0 = 120.
	RowsPerRecord int

	// DataNesting says how deep the rows of a data page lie.
	DataNesting DataNesting
	// QuotedFlags writes the flags of a data page's headers as strings, as the example of the vendor's OpenAPI file does.
	QuotedFlags bool
	// KPIParameterNesting says how deep the parameters of a KPI lie.
	KPIParameterNesting KPIParameterNesting
	// RowLimit is how many rows of a filtered and sorted table data requests can reach; 0 = 5,000, as documented
	// (developer.celonis.com/celonis-apis/rate-limiting).
	RowLimit int
	// RowsBeyondLimit says what a data request for later rows gets: the vendor does not.
	RowsBeyondLimit RowsBeyondLimit
	// SpecFormat is the form of /spec, which the vendor describes as JSON or YAML without saying how it is chosen.
	SpecFormat SpecFormat
}

// PageSizeAboveMax says what happens to a pageSize above the team's largest page.
type PageSizeAboveMax string

// The ways to treat a pageSize above the largest page.
const (
	CapPageSize         PageSizeAboveMax = "cap"          // the largest page is served and announced (default)
	CapPageSizeSilently PageSizeAboveMax = "cap-silently" // the largest page is served, what was asked for is announced
	RefusePageSize      PageSizeAboveMax = "refuse"       // 400 GENERAL_PARAMETER_ILLEGAL
	HonourPageSize      PageSizeAboveMax = "honour"       // the limit is soft: what was asked is served
)

// Words lists the allowed values, the default first.
func (PageSizeAboveMax) Words() []PageSizeAboveMax {
	return []PageSizeAboveMax{CapPageSize, CapPageSizeSilently, RefusePageSize, HonourPageSize}
}

// PastEnd says what a page after the last one is.
type PastEnd string

// The answers to a page after the last one.
const (
	PastEndEmpty      PastEnd = "empty"       // a page without items (default)
	PastEndBadRequest PastEnd = "bad-request" // 400 GENERAL_PARAMETER_ILLEGAL
	PastEndNotFound   PastEnd = "not-found"   // 404 GENERAL_NOTFOUND_PATH
	PastEndLastPage   PastEnd = "last-page"   // the last page once more
)

// Words lists the allowed values, the default first.
func (PastEnd) Words() []PastEnd {
	return []PastEnd{PastEndEmpty, PastEndBadRequest, PastEndNotFound, PastEndLastPage}
}

// TotalMeaning says what `total` counts: the vendor's description ("Total elements returned in the page") fits two readings.
type TotalMeaning string

// The meanings of `total`.
const (
	TotalCountsAll  TotalMeaning = "all"    // all items of the list (default)
	TotalCountsPage TotalMeaning = "page"   // the items of this page
	TotalAbsent     TotalMeaning = "absent" // left out
)

// Words lists the allowed values, the default first.
func (TotalMeaning) Words() []TotalMeaning {
	return []TotalMeaning{TotalCountsAll, TotalCountsPage, TotalAbsent}
}

// DataNesting says how deep the rows of a data page lie: the answer in the vendor's tutorial is flat, the example in its
// OpenAPI file lies one array deeper and fits two readings.
type DataNesting string

// The depths of rows.
const (
	DataFlat       DataNesting = "flat"       // "data": [{…}, {…}] (default)
	DataInOneArray DataNesting = "one-array"  // "data": [[{…}, {…}]]
	DataRowArrays  DataNesting = "row-arrays" // "data": [[{…}], [{…}]]
)

// Words lists the allowed values, the default first.
func (DataNesting) Words() []DataNesting {
	return []DataNesting{DataFlat, DataInOneArray, DataRowArrays}
}

// KPIParameterNesting says how deep the parameters of a KPI lie: the schema in the vendor's OpenAPI file is flat, its
// example lies one array deeper.
type KPIParameterNesting string

// The depths of parameters.
const (
	KPIParametersFlat   KPIParameterNesting = "flat"   // "parameters": [{…}, {…}] (default)
	KPIParametersNested KPIParameterNesting = "nested" // "parameters": [[{…}, {…}]]
)

// Words lists the allowed values, the default first.
func (KPIParameterNesting) Words() []KPIParameterNesting {
	return []KPIParameterNesting{KPIParametersFlat, KPIParametersNested}
}

// RowsBeyondLimit says what a data request gets whose page begins beyond the last row that can be reached. A page that
// only ends there is cut.
type RowsBeyondLimit string

// The answers to requests for rows that cannot be reached.
const (
	RefuseRowsBeyondLimit RowsBeyondLimit = "refuse" // 400 GENERAL_PARAMETER_ILLEGAL, however many rows there are (default)
	NoRowsBeyondLimit     RowsBeyondLimit = "empty"  // a page without rows
)

// Words lists the allowed values, the default first.
func (RowsBeyondLimit) Words() []RowsBeyondLimit {
	return []RowsBeyondLimit{RefuseRowsBeyondLimit, NoRowsBeyondLimit}
}

// SpecFormat is the form of /spec and its content type.
type SpecFormat string

// The forms of /spec. The vendor's OpenAPI file declares application/json.
const (
	SpecJSON       SpecFormat = "json"         // JSON as application/json (default)
	SpecYAML       SpecFormat = "yaml"         // YAML as application/yaml
	SpecYAMLAsJSON SpecFormat = "yaml-as-json" // YAML as application/json
	SpecJSONAsText SpecFormat = "json-as-text" // JSON as text/plain
)

// Words lists the allowed values, the default first.
func (SpecFormat) Words() []SpecFormat {
	return []SpecFormat{SpecJSON, SpecYAML, SpecYAMLAsJSON, SpecJSONAsText}
}

// RateLimitReset is the form in which a 429 says when to come back. The vendor's page
// developer.celonis.com/celonis-apis/rate-limiting documents seconds, its OpenAPI file a date-time.
type RateLimitReset string

// The forms of the reset.
const (
	ResetInSeconds    RateLimitReset = "seconds"     // x-ratelimit-reset: 1 (default)
	ResetAsDateTime   RateLimitReset = "date-time"   // x-ratelimit-reset: RFC 3339, UTC
	ResetAsHTTPDate   RateLimitReset = "http-date"   // x-ratelimit-reset: RFC 9110 date
	ResetAsRetryAfter RateLimitReset = "retry-after" // Retry-After in seconds, no x-ratelimit-reset
	ResetAbsent       RateLimitReset = "absent"      // nothing
)

// Words lists the allowed values, the default first.
func (RateLimitReset) Words() []RateLimitReset {
	return []RateLimitReset{ResetInSeconds, ResetAsDateTime, ResetAsHTTPDate, ResetAsRetryAfter, ResetAbsent}
}

// TokenErrorShape is the form of the token endpoint's errors.
type TokenErrorShape string

// The shapes of token errors.
const (
	TokenErrorOAuth   TokenErrorShape = "oauth"   // RFC 6749 section 5.2 (default)
	TokenErrorProblem TokenErrorShape = "problem" // problem JSON with an errorCode, as the APIs answer
	TokenErrorText    TokenErrorShape = "text"    // plain text
	TokenErrorEmpty   TokenErrorShape = "empty"   // no body
)

// Words lists the allowed values, the default first.
func (TokenErrorShape) Words() []TokenErrorShape {
	return []TokenErrorShape{TokenErrorOAuth, TokenErrorProblem, TokenErrorText, TokenErrorEmpty}
}

// ErrorShape is the form of the APIs' errors. Celonis documents several; which one a client meets depends on the API and
// on what stands in front of it.
type ErrorShape string

// The shapes of API errors.
const (
	ErrorProblem   ErrorShape = "problem"   // {"title","status","detail","errorCode"} (default)
	ErrorFrontend  ErrorShape = "frontend"  // {"frontendErrorKey","errorInformation"}
	ErrorList      ErrorShape = "list"      // {"errors":[{"attribute","error","errorCode","additionalInfo"}]}
	ErrorReference ErrorShape = "reference" // {"reference","message","shortMessage"}
	ErrorSCIM      ErrorShape = "scim"      // RFC 7644 section 3.12
	ErrorText      ErrorShape = "text"      // plain text
	ErrorEmpty     ErrorShape = "empty"     // no body
)

// Words lists the allowed values, the default first.
func (ErrorShape) Words() []ErrorShape {
	return []ErrorShape{
		ErrorProblem, ErrorFrontend, ErrorList, ErrorReference, ErrorSCIM, ErrorText, ErrorEmpty,
	}
}

// word is an option with a closed list of values.
type word[T any] interface {
	~string
	Words() []T
}

// checkWord replaces an empty value by the default and refuses unknown ones.
func checkWord[T word[T]](option string, value *T) error {
	words := (*value).Words()
	if *value == "" {
		*value = words[0]
	}

	if slices.Contains(words, *value) {
		return nil
	}

	allowed := make([]string, len(words))
	for i, allowedWord := range words {
		allowed[i] = string(allowedWord)
	}

	return fmt.Errorf("%w: %s %q is not one of %s", errOptions, option, *value, strings.Join(allowed, ", "))
}

// errOptions starts every error of New.
var errOptions = errors.New("simulator options")

const (
	defaultTokenLifetime = 899 * time.Second
	defaultLicence       = "S"
	defaultPageSize      = 50
	defaultRowLimit      = 5_000
)

// licenceLimits are the limits by licence size of the vendor's terms pages
// (developer.celonis.com, Knowledge Model API and Event Subscription API, terms).
type licenceLimits struct {
	pageSize, requestsPerDay, subscriptions int
}

func limitsOfLicence(licence string) (licenceLimits, error) {
	switch licence {
	case "S":
		return licenceLimits{pageSize: 50, requestsPerDay: 6_000, subscriptions: 10}, nil
	case "M":
		return licenceLimits{pageSize: 100, requestsPerDay: 12_000, subscriptions: 20}, nil
	case "L":
		return licenceLimits{pageSize: 500, requestsPerDay: 25_000, subscriptions: 50}, nil
	case "XL":
		return licenceLimits{pageSize: 5_000, requestsPerDay: 50_000, subscriptions: 100}, nil
	default:
		return licenceLimits{}, fmt.Errorf("%w: Licence %q is not one of S, M, L, XL", errOptions, licence)
	}
}

// withDefaults fills what is unset and says what is wrong, all of it at once.
func (o Options) withDefaults() (Options, error) {
	if o.Now == nil {
		o.Now = time.Now
	}

	err := errors.Join(
		o.Server.setDefaults(),
		o.OAuth.setDefaults(),
		o.Intelligence.setDefaults(),
		o.Subscriptions.setDefaults(),
		o.SCIM.setDefaults(),
		o.Reports.setDefaults(),
	)

	return o, err
}

// setDefaults fills what is unset and says what is wrong, all of it at once.
func (o *ServerOptions) setDefaults() error {
	if o.Licence == "" {
		o.Licence = defaultLicence
	}

	_, licenceErr := limitsOfLicence(o.Licence)

	return errors.Join(
		licenceErr,
		checkWord("PageSizeAboveMax", &o.PageSizeAboveMax),
		checkWord("PastEnd", &o.PastEnd),
		checkWord("Total", &o.Total),
		checkWord("RateLimitReset", &o.RateLimitReset),
		checkWord("Errors", &o.Errors),
		checkNotNegative("MaxPageSize", o.MaxPageSize),
		checkNotNegative("RequestsPerSecond", o.RequestsPerSecond),
		checkNotNegative("RequestsPerDay", o.RequestsPerDay),
		checkNotNegative("MaxConcurrent", o.MaxConcurrent),
		checkNotNegative("Latency", o.Latency),
	)
}

// setDefaults fills what is unset and says what is wrong, all of it at once.
func (o *OAuthOptions) setDefaults() error {
	if o.Clients == nil {
		o.Clients = []OAuthClient{DefaultClient()}
	}

	if o.ApplicationKeys == nil {
		o.ApplicationKeys = []Key{DefaultApplicationKey()}
	}

	if o.UserKeys == nil {
		o.UserKeys = []Key{DefaultUserKey()}
	}

	if o.TokenLifetime == 0 {
		o.TokenLifetime = defaultTokenLifetime
	}

	return errors.Join(
		checkWord("TokenErrors", &o.TokenErrors),
		checkNotNegative("TokenLifetime", o.TokenLifetime),
		checkClients(o.Clients, o.RawBasicCredentials),
		checkKeys("ApplicationKeys", o.ApplicationKeys),
		checkKeys("UserKeys", o.UserKeys),
	)
}

// setDefaults fills what is unset and says what is wrong, all of it at once.
func (o *IntelligenceOptions) setDefaults() error {
	if o.RowsPerRecord == 0 {
		o.RowsPerRecord = defaultRows
	}

	if o.RowLimit == 0 {
		o.RowLimit = defaultRowLimit
	}

	return errors.Join(
		checkWord("DataNesting", &o.DataNesting),
		checkWord("KPIParameterNesting", &o.KPIParameterNesting),
		checkWord("RowsBeyondLimit", &o.RowsBeyondLimit),
		checkWord("SpecFormat", &o.SpecFormat),
		checkNotNegative("KnowledgeModels", o.KnowledgeModels),
		checkNotNegative("RowsPerRecord", o.RowsPerRecord),
		checkNotNegative("RowLimit", o.RowLimit),
	)
}

// checkNotNegative refuses a negative number or duration.
func checkNotNegative[N ~int | ~int64](option string, value N) error {
	if value < 0 {
		return fmt.Errorf("%w: %s is negative", errOptions, option)
	}

	return nil
}

// maxPageSize is the team's largest page.
func (o *ServerOptions) maxPageSize() int {
	if o.MaxPageSize > 0 {
		return o.MaxPageSize
	}

	limits, _ := limitsOfLicence(o.Licence) // New has checked it.

	return limits.pageSize
}

// requestsPerDay is the announced daily quota.
func (o *ServerOptions) requestsPerDay() int {
	if o.RequestsPerDay > 0 {
		return o.RequestsPerDay
	}

	limits, _ := limitsOfLicence(o.Licence) // New has checked it.

	return limits.requestsPerDay
}
