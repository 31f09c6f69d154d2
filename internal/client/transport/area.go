package transport

// Area is a part of an API that needs a scope of its own.
type Area struct {
	// Name identifies the area, and is what errors call it.
	Name string
	// Scopes are the OAuth scopes that a call needs, sorted.
	Scopes []string
	// Permission describes what the identity needs beside the scopes, as the object of a sentence.
	Permission string
	// GoneCodes are the error codes, or the schemas of an error body, with which a 404 means that an object does not exist. They are
	// patterns as [path.Match] defines them. A 404 with any other code is a fault.
	GoneCodes []string
}
