package transport

// Area is a part of an API that requires its own scope.
type Area struct {
	// Name identifies the area in errors.
	Name string
	// Scopes are the OAuth scopes that calls to the area require, sorted.
	Scopes []string
	// Permission describes the permission that the user or OAuth client needs in addition to the scopes. It is phrased to follow "The credentials
	// need".
	Permission string
	// GoneCodes are error codes, as [path.Match] patterns, or the schemas of error bodies. A 404 that matches one of them means that the object
	// does not exist. Any other 404 is an error.
	GoneCodes []string
}
