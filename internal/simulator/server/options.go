package server

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Options describe what all APIs of the team have in common. The zero value has the licence S and no limits.
//
// No limits are enforced by default: neither requests per second or per day nor requests at once. That is deliberately less strict than
// documented, so that tests of other things do not run into limits. RequestsPerSecond, RequestsPerDay and MaxConcurrent enforce them.
type Options struct {
	// Licence is the size of the licence. It sets the largest page (50, 100, 500 or 5,000 items), the announced daily quota (6,000,
	// 12,000, 25,000 or 50,000 requests) and the number of subscriptions (10, 20, 50 or 100). Defaults to S.
	Licence string
	// MaxPageSize is the largest page of the Knowledge Model and subscription lists. 0 means that of the licence.
	MaxPageSize int
	// PageSizeAboveMax selects what happens if a request asks for a larger page than allowed. Not documented.
	PageSizeAboveMax PageSizeAboveMax
	// PastEnd selects the response to a request for a page after the last one. Not documented.
	PastEnd PastEnd
	// Total selects what `total` counts in a list. The documentation ("Total elements returned in the page") fits both.
	Total TotalMeaning
	// OmitPageSize omits `pageSize` from lists.
	OmitPageSize bool
	// SortAsArray writes `sort` in the other documented form: as an array in lists, and as a string in data pages.
	SortAsArray bool
	// NullFields writes empty optional fields as null instead of omitting them.
	NullFields bool

	// DecomposedText writes accents as separate characters (Unicode NFD), as in names pasted from macOS. Requests may use either
	// form.
	DecomposedText bool

	// RateLimitReset selects how a 429 states when to try again. One page documents seconds, and the OpenAPI file a date-time.
	RateLimitReset RateLimitReset
	// RequestsPerSecond is the number of API requests per second before a 429. The windows start at whole seconds. 0 means no limit;
	// Celonis documents 20.
	RequestsPerSecond int
	// RequestsPerDay is the number of API requests per day before a 429. The windows start at midnight UTC. 0 means no limit.
	RequestsPerDay int
	// MaxConcurrent is the number of API requests at the same time before a 429. 0 means no limit.
	MaxConcurrent int

	// Errors selects the form of API errors, except 401 and the empty 403 of an inactive API. The default leaves SCIM its own form.
	Errors ErrorShape
	// ErrorsAsJSON sends errors as application/json instead of application/problem+json.
	ErrorsAsJSON bool
	// InactiveAPIs lists the APIs that are not activated. They respond with 403 and an empty body. Without subscriptions, there are no
	// triggers either.
	InactiveAPIs []string

	// Latency is the delay before every response.
	Latency time.Duration
	// Faults are the requests that fail at random.
	Faults RandomFaults
}

// PageSizeAboveMax is the response to a pageSize above the team's maximum.
type PageSizeAboveMax string

// The ways to handle a pageSize above the maximum.
const (
	CapPageSize         PageSizeAboveMax = "cap"          // serves the largest page and states its size (default)
	CapPageSizeSilently PageSizeAboveMax = "cap-silently" // serves the largest page and states the requested size
	RefusePageSize      PageSizeAboveMax = "refuse"       // 400 GENERAL_PARAMETER_ILLEGAL
	HonourPageSize      PageSizeAboveMax = "honour"       // serves the requested size
)

// Words lists the allowed values, the default first.
func (PageSizeAboveMax) Words() []PageSizeAboveMax {
	return []PageSizeAboveMax{CapPageSize, CapPageSizeSilently, RefusePageSize, HonourPageSize}
}

// PastEnd is the response to a request for a page after the last one.
type PastEnd string

// The responses to a request for a page after the last one.
const (
	PastEndEmpty      PastEnd = "empty"       // a page without items (default)
	PastEndBadRequest PastEnd = "bad-request" // 400 GENERAL_PARAMETER_ILLEGAL
	PastEndNotFound   PastEnd = "not-found"   // 404 GENERAL_NOTFOUND_PATH
	PastEndLastPage   PastEnd = "last-page"   // the last page again
)

// Words lists the allowed values, the default first.
func (PastEnd) Words() []PastEnd {
	return []PastEnd{PastEndEmpty, PastEndBadRequest, PastEndNotFound, PastEndLastPage}
}

// TotalMeaning is what `total` counts. The vendor's description ("Total elements returned in the page") is ambiguous.
type TotalMeaning string

// The meanings of `total`.
const (
	TotalCountsAll  TotalMeaning = "all"    // all objects of the list (default)
	TotalCountsPage TotalMeaning = "page"   // the objects of this page
	TotalAbsent     TotalMeaning = "absent" // `total` is omitted
)

// Words lists the allowed values, the default first.
func (TotalMeaning) Words() []TotalMeaning {
	return []TotalMeaning{TotalCountsAll, TotalCountsPage, TotalAbsent}
}

// RateLimitReset is the form in which a 429 states when to try again. The vendor's page developer.celonis.com/celonis-apis/rate-limiting
// documents seconds, its OpenAPI file a date-time.
type RateLimitReset string

// The forms of the reset.
const (
	ResetInSeconds    RateLimitReset = "seconds"     // x-ratelimit-reset: 1 (default)
	ResetAsDateTime   RateLimitReset = "date-time"   // x-ratelimit-reset: RFC 3339, UTC
	ResetAsHTTPDate   RateLimitReset = "http-date"   // x-ratelimit-reset: RFC 9110 date
	ResetAsRetryAfter RateLimitReset = "retry-after" // Retry-After in seconds, no x-ratelimit-reset
	ResetAbsent       RateLimitReset = "absent"      // neither header
)

// Words lists the allowed values, the default first.
func (RateLimitReset) Words() []RateLimitReset {
	return []RateLimitReset{ResetInSeconds, ResetAsDateTime, ResetAsHTTPDate, ResetAsRetryAfter, ResetAbsent}
}

// ErrorShape is the form of the APIs' errors. Celonis documents several; which one a client receives depends on the API and on gateways in
// front of it.
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

// word is an option with a fixed list of values.
type word[T any] interface {
	~string
	Words() []T
}

// CheckWord replaces an empty value with the default, and rejects unknown values.
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

// ErrOptions wraps every error of New.
var ErrOptions = errors.New("simulator options")

const defaultLicence = "S"

// DefaultPageSize is the page size of requests that do not specify one.
const DefaultPageSize = 50

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
		return licenceLimits{}, fmt.Errorf("%w: Licence %q is not one of S, M, L, XL", ErrOptions, licence)
	}
}

// SetDefaults sets defaults and returns an error with all invalid options.
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

// CheckNotNegative rejects a negative number or duration.
func CheckNotNegative[N ~int | ~int64](option string, value N) error {
	if value < 0 {
		return fmt.Errorf("%w: %s is negative", ErrOptions, option)
	}

	return nil
}

// maxPageSize returns the team's maximum page size.
func (o *Options) maxPageSize() int {
	if o.MaxPageSize > 0 {
		return o.MaxPageSize
	}

	limits, _ := limitsOfLicence(o.Licence) // New has validated it.

	return limits.pageSize
}

// requestsPerDay returns the daily quota.
func (o *Options) requestsPerDay() int {
	if o.RequestsPerDay > 0 {
		return o.RequestsPerDay
	}

	limits, _ := limitsOfLicence(o.Licence) // New has validated it.

	return limits.requestsPerDay
}

// MaxSubscriptions returns the number of event subscriptions that the licence allows.
func (o *Options) MaxSubscriptions() int {
	limits, _ := limitsOfLicence(o.Licence) // New has validated it.

	return limits.subscriptions
}
