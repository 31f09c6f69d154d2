package transport

// Area is a part of an API that needs a scope of its own.
type Area struct {
	// Name identifies the area in errors.
	Name string
	// Scopes are the OAuth scopes that a call needs, sorted.
	Scopes []string
	// Permission describes the permission that the identity needs in addition to the scopes. It is written as the object of a sentence.
	Permission string
	// GoneCodes are the error codes, or error body schemas, with which a 404 means that an object does not exist. They are [path.Match]
	// patterns. A 404 with any other code is an error.
	GoneCodes []string
}
