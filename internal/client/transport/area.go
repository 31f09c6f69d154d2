package transport

// Area is a part of an API that requires its own scope.
type Area struct {
	// Name identifies the area in errors.
	Name string
	// Scopes are the OAuth scopes that calls to the area require, sorted.
	Scopes []string
	// Permission describes the permission that the user or OAuth client needs in addition to the scopes. The text is worded to follow "The
	// credentials need".
	Permission string
	// GoneCodes identify the 404 responses which mean that an object does not exist. Each entry is either a [path.Match] pattern for the error code,
	// or a schema of the error body. Any other 404 is an error.
	GoneCodes []string
}
