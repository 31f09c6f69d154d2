// Package contract compares the client and the simulator with the vendor's OpenAPI files, which are not part of the project.
package contract

import (
	"errors"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// folderVariable is the environment variable that specifies the folder with the vendor's files.
const folderVariable = "CELONIS_OPENAPI_DIR"

// file is one of the vendor's OpenAPI files.
type file struct {
	document *openapi3.T
	router   routers.Router
}

// files returns the vendor's files, or skips the test if they are not available.
func files(t *testing.T) []file {
	t.Helper()

	if os.Getenv(folderVariable) == "" {
		t.Skipf("%s is not set. It must be the folder that contains the vendor's OpenAPI files: %s", folderVariable, strings.Join(names(), ", "))
	}

	loaded, err := loadOnce()
	if err != nil {
		t.Fatal(err)
	}

	return loaded
}

var loadOnce = sync.OnceValues(func() ([]file, error) {
	var (
		loaded []file
		errs   []error
	)

	for _, name := range names() {
		vendorFile, err := load(filepath.Join(os.Getenv(folderVariable), name))
		loaded, errs = append(loaded, vendorFile), append(errs, err)
	}

	return loaded, errors.Join(errs...)
})

func names() []string {
	return []string{"knowledge-model.yaml", "subscription.yaml", "team.yaml", "permissions.yaml"}
}

func load(path string) (file, error) {
	loader := openapi3.NewLoader()

	document, err := loader.LoadFromFile(path)
	if err != nil {
		return file{}, err
	}

	normalise(document)

	// Do not validate the examples against their schemas, because several examples contradict them. TestClientReadsTheExamples covers the
	// examples instead.
	if err := document.Validate(loader.Context, openapi3.DisableExamplesValidation()); err != nil {
		return file{}, err
	}

	router, err := gorillamux.NewRouter(document)

	return file{document: document, router: router}, err
}

// normalise changes those parts of a document that no request or response can conform to:
//
//   - The page schemas forbid additional properties. Their common properties, however, are declared in allOf, which
//     additionalProperties does not take into account.
//   - Paths is the schema of the paths in the document that /spec returns. Paths forbids additional properties and declares none, so
//     only a document without paths would be valid.
//   - The bounds of a time range have the date-time format, which requires a zone, but their description and example contain no zone.
//     The pattern in the description replaces the format.
//   - The server is the mock server of the vendor's documentation.
//
// The [undeclared] function detects the keys that the schemas no longer forbid.
func normalise(document *openapi3.T) {
	document.Servers = nil

	for _, path := range document.Paths.Map() {
		for _, operation := range path.Operations() {
			for _, parameter := range operation.Parameters {
				if strings.HasSuffix(parameter.Value.Description, "yyyy-MM-ddTHH:mm:ss") {
					parameter.Value.Schema.Value.Format = ""
					parameter.Value.Schema.Value.Pattern = `^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$`
				}
			}
		}
	}

	for _, name := range slices.Sorted(maps.Keys(document.Components.Schemas)) {
		schema := document.Components.Schemas[name].Value
		forbids := schema.AdditionalProperties.Has != nil && !*schema.AdditionalProperties.Has

		if forbids && (len(schema.AllOf) > 0 || len(schema.Properties) == 0) {
			schema.AdditionalProperties = openapi3.AdditionalProperties{}
		}
	}
}

// operationOf returns the operation that a request calls.
func operationOf(vendorFiles []file, r *http.Request) (*routers.Route, map[string]string, error) {
	var errs []error

	for _, vendorFile := range vendorFiles {
		route, variables, err := vendorFile.router.FindRoute(r)
		if err == nil {
			return route, variables, nil
		}

		errs = append(errs, err)
	}

	return nil, nil, errors.Join(errs...)
}
