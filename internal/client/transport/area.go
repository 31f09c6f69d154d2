package transport

// Area is a part of an API that requires its own scope.
type Area struct {
	// Name identifies the area in errors.
	Name string
	// Scopes are the OAuth scopes that a call needs, sorted.
	Scopes []string
	// Permission describes the permission that the identity needs in addition to the scopes, phrased as the object of a sentence.
	Permission string
	// GoneCodes are [path.Match] patterns for error codes, or error body schemas. A 404 that matches a pattern means that the object does not
	// exist. Any other 404 is an error.
	GoneCodes []string
}
