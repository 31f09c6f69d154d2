package server

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Options apply to all of a team's APIs. The zero value describes a team with licence size S and no limits.
//
// By default, the simulator does not limit requests per second, requests per day or concurrent requests. The default is deliberately less
// strict than the documented limits, so that only tests that set a limit can exceed one. To enforce limits, set RequestsPerSecond,
// RequestsPerDay and MaxConcurrent.
type Options struct {
	// Licence is the size of the team's licence, which determines the maximum page size (50, 100, 500 or 5,000 items), the daily quota that
	// responses report (6,000, 12,000, 25,000 or 50,000 requests) and the maximum number of subscriptions (10, 20, 50 or 100). Defaults to S.
	Licence string
	// MaxPageSize is the maximum page size for Knowledge Model and subscription lists. 0 means the licence's maximum.
	MaxPageSize int
	// PageSizeAboveMax determines the response to a request for a page that is larger than the maximum. Celonis does not document this response.
	PageSizeAboveMax PageSizeAboveMax
	// PastEnd determines the response to a request for a page after the last page. Celonis does not document this response.
	PastEnd PastEnd
	// Total determines what `total` means in list responses. The documented description ("Total elements returned in the page") is ambiguous.
	Total TotalMeaning
	// OmitPageSize omits `pageSize` from list responses.
	OmitPageSize bool
	// SortAsArray returns `sort` as an array in lists and as a string in data pages. By default, lists contain a string and data pages
	// contain an array.
	SortAsArray bool
	// NullFields returns empty optional fields as null instead of omitting them.
	NullFields bool

	// DecomposedText returns accents as separate characters (Unicode NFD), as in names pasted from macOS. Requests may contain NFC or NFD text.
	DecomposedText bool

	// RateLimitReset is the format in which a 429 response specifies when to retry. The documentation page on rate limits specifies seconds,
	// but the OpenAPI file specifies a date-time.
	RateLimitReset RateLimitReset
	// RequestsPerSecond is the maximum number of API requests per second. Requests above the limit receive a 429. The count restarts at every
	// whole second. 0 means no limit; Celonis documents a limit of 20.
	RequestsPerSecond int
	// RequestsPerDay is the maximum number of API requests per day. Requests above the limit receive a 429. The count restarts at midnight UTC.
	// 0 means no limit.
	RequestsPerDay int
	// MaxConcurrent is the maximum number of concurrent API requests. Requests above the limit receive a 429. 0 means no limit.
	MaxConcurrent int

	// Errors is the format of API errors, except 401s and the empty 403 that an inactive API returns. With the default, `problem`, the SCIM API
	// still uses the SCIM error format.
	Errors ErrorShape
	// ErrorsAsJSON sends errors as application/json instead of application/problem+json.
	ErrorsAsJSON bool
	// InactiveAPIs lists the APIs that are not activated for the team. Requests to an inactive API receive a 403 with an empty body. The value
	// `subscriptions` also applies to requests for triggers.
	InactiveAPIs []string

	// Latency is the delay before every response.
	Latency time.Duration
	// Faults make requests fail at random.
	Faults RandomFaults
}

// PageSizeAboveMax determines the response to a pageSize above the team's maximum.
type PageSizeAboveMax string

// The ways to handle a pageSize above the maximum.
const (
	CapPageSize         PageSizeAboveMax = "cap"          // serves a page of the maximum size and reports that size (default)
	CapPageSizeSilently PageSizeAboveMax = "cap-silently" // serves a page of the maximum size but reports the requested size
	RefusePageSize      PageSizeAboveMax = "refuse"       // 400 GENERAL_PARAMETER_ILLEGAL
	HonourPageSize      PageSizeAboveMax = "honour"       // serves a page of the requested size
)

// Words returns the allowed values, with the default first.
func (PageSizeAboveMax) Words() []PageSizeAboveMax {
	return []PageSizeAboveMax{CapPageSize, CapPageSizeSilently, RefusePageSize, HonourPageSize}
}

// PastEnd determines the response to a request for a page after the last page.
type PastEnd string

// The responses to a request for a page after the last page.
const (
	PastEndEmpty      PastEnd = "empty"       // a page without items (default)
	PastEndBadRequest PastEnd = "bad-request" // 400 GENERAL_PARAMETER_ILLEGAL
	PastEndNotFound   PastEnd = "not-found"   // 404 GENERAL_NOTFOUND_PATH
	PastEndLastPage   PastEnd = "last-page"   // the last page again
)

// Words returns the allowed values, with the default first.
func (PastEnd) Words() []PastEnd {
	return []PastEnd{PastEndEmpty, PastEndBadRequest, PastEndNotFound, PastEndLastPage}
}

// TotalMeaning determines what `total` means in list responses. The vendor's description ("Total elements returned in the page") is ambiguous.
type TotalMeaning string

// The meanings of `total`.
const (
	TotalCountsAll  TotalMeaning = "all"    // the number of objects in the whole list (default)
	TotalCountsPage TotalMeaning = "page"   // the number of objects on this page
	TotalAbsent     TotalMeaning = "absent" // `total` is omitted
)

// Words returns the allowed values, with the default first.
func (TotalMeaning) Words() []TotalMeaning {
	return []TotalMeaning{TotalCountsAll, TotalCountsPage, TotalAbsent}
}

// RateLimitReset is the format in which a 429 response specifies when to retry. The vendor's page
// developer.celonis.com/celonis-apis/rate-limiting specifies a number of seconds, but the vendor's OpenAPI file specifies a date-time.
type RateLimitReset string

// The formats of the retry time.
const (
	ResetInSeconds    RateLimitReset = "seconds"     // x-ratelimit-reset in seconds (default)
	ResetAsDateTime   RateLimitReset = "date-time"   // x-ratelimit-reset as an RFC 3339 time in UTC
	ResetAsHTTPDate   RateLimitReset = "http-date"   // x-ratelimit-reset as an RFC 9110 date
	ResetAsRetryAfter RateLimitReset = "retry-after" // Retry-After in seconds, without x-ratelimit-reset
	ResetAbsent       RateLimitReset = "absent"      // neither header
)

// Words returns the allowed values, with the default first.
func (RateLimitReset) Words() []RateLimitReset {
	return []RateLimitReset{ResetInSeconds, ResetAsDateTime, ResetAsHTTPDate, ResetAsRetryAfter, ResetAbsent}
}

// ErrorShape is the format of API errors. Celonis documents several formats. The format that a client receives depends on the API and on
// the gateways in front of the API.
type ErrorShape string

// The formats of API errors.
const (
	ErrorProblem   ErrorShape = "problem"   // {"title","status","detail","errorCode"} (default)
	ErrorFrontend  ErrorShape = "frontend"  // {"frontendErrorKey","errorInformation"}
	ErrorList      ErrorShape = "list"      // {"errors":[{"attribute","error","errorCode","additionalInfo"}]}
	ErrorReference ErrorShape = "reference" // {"reference","message","shortMessage"}
	ErrorSCIM      ErrorShape = "scim"      // SCIM error as in RFC 7644, section 3.12
	ErrorText      ErrorShape = "text"      // plain text
	ErrorEmpty     ErrorShape = "empty"     // without a body
)

// Words returns the allowed values, with the default first.
func (ErrorShape) Words() []ErrorShape {
	return []ErrorShape{
		ErrorProblem, ErrorFrontend, ErrorList, ErrorReference, ErrorSCIM, ErrorText, ErrorEmpty,
	}
}

// word is the interface of option types that have a fixed set of values.
type word[T any] interface {
	~string
	Words() []T
}

// CheckWord replaces an empty value with the default and returns an error if the value is unknown.
func CheckWord[T word[T]](option string, value *T) error {
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

	return fmt.Errorf("%w: %s %q is not one of %s", ErrOptions, option, *value, strings.Join(allowed, ", "))
}

// ErrOptions is wrapped by every error that simulator.New returns.
var ErrOptions = errors.New("simulator options")

const defaultLicence = "S"

// DefaultPageSize is the page size of requests that do not specify one.
const DefaultPageSize = 50

// licenceLimits are the limits of a licence size, from the vendor's terms pages (developer.celonis.com, Knowledge Model API and Event
// Subscription API, terms).
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
		return licenceLimits{}, fmt.Errorf("%w: Licence %q is not one of S, M, L, XL", ErrOptions, licence)
	}
}

// SetDefaults fills in the defaults and returns an error that lists all invalid options.
func (o *Options) SetDefaults() error {
	if o.Licence == "" {
		o.Licence = defaultLicence
	}

	_, licenceErr := limitsOfLicence(o.Licence)

	return errors.Join(
		licenceErr,
		CheckWord("PageSizeAboveMax", &o.PageSizeAboveMax),
		CheckWord("PastEnd", &o.PastEnd),
		CheckWord("Total", &o.Total),
		CheckWord("RateLimitReset", &o.RateLimitReset),
		CheckWord("Errors", &o.Errors),
		CheckNotNegative("MaxPageSize", o.MaxPageSize),
		CheckNotNegative("RequestsPerSecond", o.RequestsPerSecond),
		CheckNotNegative("RequestsPerDay", o.RequestsPerDay),
		CheckNotNegative("MaxConcurrent", o.MaxConcurrent),
		CheckNotNegative("Latency", o.Latency),
		o.Faults.setDefaults(),
	)
}

// CheckNotNegative returns an error if the number or duration is negative.
func CheckNotNegative[N ~int | ~int64](option string, value N) error {
	if value < 0 {
		return fmt.Errorf("%w: %s must not be negative", ErrOptions, option)
	}

	return nil
}

func (o *Options) maxPageSize() int {
	if o.MaxPageSize > 0 {
		return o.MaxPageSize
	}

	limits, _ := limitsOfLicence(o.Licence) // simulator.New has already validated the licence.

	return limits.pageSize
}

// requestsPerDay returns the daily quota that responses report.
func (o *Options) requestsPerDay() int {
	if o.RequestsPerDay > 0 {
		return o.RequestsPerDay
	}

	limits, _ := limitsOfLicence(o.Licence) // simulator.New has already validated the licence.

	return limits.requestsPerDay
}

// MaxSubscriptions returns the number of event subscriptions that the licence allows.
func (o *Options) MaxSubscriptions() int {
	limits, _ := limitsOfLicence(o.Licence) // simulator.New has already validated the licence.

	return limits.subscriptions
}
