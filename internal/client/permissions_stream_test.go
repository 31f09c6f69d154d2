package client_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/team"
)

// roundTrips is a function that responds to requests in place of the network.
type roundTrips func(*http.Request) (*http.Response, error)

func (r roundTrips) RoundTrip(req *http.Request) (*http.Response, error) { return r(req) }

func okBody(body io.Reader) *http.Response {
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(body), ContentLength: -1,
	}
}

// streamClient returns a client that sends its requests to the given network without signing in.
func streamClient(t *testing.T, network roundTrips, change ...func(*client.Options)) *client.Client {
	t.Helper()

	options := client.Options{
		Options: transport.Options{
			BaseURL: "http://localhost", Credentials: transport.Credentials{Mode: transport.ModeAccessToken, Key: transport.NewSecret("opaque-token")},
			Network: network, MaxConcurrentRequests: 10, RequestTimeout: time.Minute, MaxRetries: 2, MaxRetryWait: time.Minute,
		},
		PageSize: 50,
	}
	for _, apply := range change {
		apply(&options)
	}

	made, err := client.New(options)
	if err != nil {
		t.Fatal(err)
	}

	return made
}

// bigExport returns an export with the given number of permissions, about 10 KiB each, for a hundred subjects. Before it writes a permission, it
// calls the at function with the permission's index.
func bigExport(permissions int, at func(index int)) io.Reader {
	reader, writer := io.Pipe()
	name := strings.Repeat("An object with a long name. ", 360)

	go func() {
		var block bytes.Buffer

		block.WriteString(`{"before": {"a": [1, {"b": null}]}, "permissions": [`)

		for index := range permissions {
			at(index)

			if index > 0 {
				block.WriteByte(',')
			}

			fmt.Fprintf(&block, `{"subjectName": "Subject %d", "subjectId": "s-%d", "objectId": "o-%d", "objectName": "%s", "actions": ["USE", "EDIT"]}`,
				index%100, index%100, index, name)

			if block.Len() > 1<<20 {
				if _, err := block.WriteTo(writer); err != nil {
					return
				}
			}
		}

		block.WriteString(`], "after": [[]]}`)
		_, err := block.WriteTo(writer)
		_ = writer.CloseWithError(err)
	}()

	return reader
}

// This test measures memory, so it does not run in parallel with other tests.
func TestLargePermissionsExportIsFilteredInBoundedMemory(t *testing.T) { //nolint:paralleltest // See above.
	const (
		permissions = 4000 // The export has about 40 MiB of JSON.
		laterOnes   = 400
		filters     = 10
		kept        = 8 << 20
		limit       = 24 << 20
	)

	var (
		requests  atomic.Int32
		peak      uint64
		late      = make(chan struct{})
		startLate = sync.OnceFunc(func() { close(late) })
	)

	measure := func() uint64 {
		runtime.GC()

		var memory runtime.MemStats

		runtime.ReadMemStats(&memory)

		return memory.HeapAlloc
	}
	before := measure()

	network := func(*http.Request) (*http.Response, error) {
		if requests.Add(1) > 1 {
			return okBody(bigExport(laterOnes, func(int) {})), nil
		}

		return okBody(bigExport(permissions, func(index int) {
			if index%400 == 0 {
				peak = max(peak, measure())
			}

			if index == 3400 {
				startLate()
			}
		})), nil
	}
	celonis := streamClient(t, network, func(options *client.Options) { options.MaxPermissions = kept })

	read := func(subject, exported int) error {
		found, err := celonis.Permissions(t.Context(), client.PermissionFilter{SubjectName: fmt.Sprintf("Subject %d", subject)})

		switch {
		case err != nil:
			return err
		case len(found.Items) != exported/100:
			return fmt.Errorf("%d permissions of subject %d", len(found.Items), subject)
		case found.Unknown != client.PermissionFilter{}:
			return fmt.Errorf("unknown: %+v", found.Unknown)
		default:
			return nil
		}
	}

	var group sync.WaitGroup

	for subject := range filters {
		group.Go(func() {
			if err := read(subject, permissions); err != nil {
				t.Error(err)
			}
		})
	}

	group.Go(func() {
		_, err := celonis.Permissions(t.Context(), client.PermissionFilter{Action: "use"})
		clienttest.WantError(t, err, transport.ReasonTooLarge, "more permissions than the provider keeps in memory (8 MiB)")
	})

	group.Go(func() {
		<-late

		// This filter is added while the export is being read, so it requires a second request.
		if err := read(99, laterOnes); err != nil {
			t.Error(err)
		}
	})
	group.Wait()

	if got := requests.Load(); got != 2 {
		t.Errorf("%d requests, want one for the %d concurrent filters and one for the late filter", got, filters)
	}

	if peak-before > limit {
		t.Errorf("reading the export took %d MiB of memory, want at most %d", (peak-before)>>20, limit>>20)
	}

	t.Logf("peak %d MiB", (peak-before)>>20)
}

func TestIncompletePermissionsExportIsReadAgain(t *testing.T) {
	t.Parallel()

	for cut := 1; cut < 20_000; cut += 1999 {
		clienttest.InBubble(t, simulator.Options{Reports: team.Options{Permissions: 100}}, func(t *testing.T, env clienttest.Env) {
			env.Team.Inject(simulator.Fault{Path: clienttest.PermissionsPath, CutBodyAt: cut})

			permissions, err := env.Client().Permissions(t.Context(), client.PermissionFilter{})
			if err != nil || len(permissions.Items) != 100 {
				t.Errorf("truncated after %d bytes: %d permissions, error = %v", cut, len(permissions.Items), err)
			}

			env.WantCount(2, http.MethodGet, clienttest.PermissionsPath)
		})
	}
}

func TestPermissionsExportThatIsAlwaysIncompleteIsAnError(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{Reports: team.Options{Permissions: 100}}, func(t *testing.T, env clienttest.Env) {
		env.Team.Inject(simulator.Fault{Path: clienttest.PermissionsPath, CutBodyAt: 5000, Times: -1})

		got, err := env.Client().Permissions(t.Context(), client.PermissionFilter{})
		clienttest.WantError(t, err, transport.ReasonConnection, "the connection was lost after")

		if len(got.Items) != 0 {
			t.Errorf("%d permissions", len(got.Items))
		}

		env.WantCount(1+transport.DefaultMaxRetries, http.MethodGet, clienttest.PermissionsPath)
	})
}

func TestStalledPermissionsExportEndsWithTheRequestTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		celonis := streamClient(t, func(req *http.Request) (*http.Response, error) {
			reader, writer := io.Pipe()

			go func() {
				_, _ = writer.Write([]byte(`{"permissions": [{"subjectId": "a"},`))

				<-req.Context().Done()

				_ = writer.CloseWithError(req.Context().Err())
			}()

			return okBody(reader), nil
		})

		took := clienttest.Elapsed(func() {
			_, err := celonis.Permissions(t.Context(), client.PermissionFilter{})
			clienttest.WantError(t, err, transport.ReasonTimeout, "1m0s")
		})
		if took < 3*time.Minute || took > 4*time.Minute {
			t.Errorf("three attempts took %s", took)
		}
	})
}

func TestFaultyPermissionsExportsAreErrors(t *testing.T) {
	t.Parallel()

	const item = `{"subjectId": "a"}`

	for name, test := range map[string]struct {
		body   string
		reason transport.Reason
	}{
		"ends within the list":      {`{"permissions": [` + item + `,`, transport.ReasonInvalidResponse},
		"ends after an item":        {`{"permissions": [` + item, transport.ReasonInvalidResponse},
		"ends after the list":       {`{"permissions": [` + item + `]`, transport.ReasonInvalidResponse},
		"trailing text":             {`{"permissions": [` + item + `]} {`, transport.ReasonInvalidResponse},
		"second export":             {`{"permissions": [` + item + `]}{"permissions": []}`, transport.ReasonInvalidResponse},
		"null":                      {`{"permissions": null}`, transport.ReasonInvalidResponse},
		"object as a list":          {`{"permissions": {}}`, transport.ReasonInvalidResponse},
		"none":                      {`{"other": []}`, transport.ReasonInvalidResponse},
		"an array":                  {`[` + item + `]`, transport.ReasonInvalidResponse},
		"empty":                     {``, transport.ReasonInvalidResponse},
		"item without subject":      {`{"permissions": [` + item + `, {}]}`, transport.ReasonInvalidResponse},
		"text as an item":           {`{"permissions": ["a"]}`, transport.ReasonInvalidResponse},
		"a web page":                {`<html><title>Login</title>`, transport.ReasonHTML},
		"item above the size limit": {`{"permissions": [{"subjectId": "` + strings.Repeat("a", 3<<20) + `"}]}`, transport.ReasonInvalidResponse},
		"large unknown field":       {`{"other": [` + strings.Repeat("0,", 2<<20) + `0], "permissions": []}`, transport.ReasonInvalidResponse},
		"large whitespace":          {`{` + strings.Repeat(" ", 3<<20) + `"permissions": []}`, transport.ReasonInvalidResponse},
		"excessive nesting":         {`{"permissions": [{"subjectId": ` + strings.Repeat("[", 20_000), transport.ReasonInvalidResponse},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			var requests int

			celonis := streamClient(t, func(*http.Request) (*http.Response, error) {
				requests++

				return okBody(strings.NewReader(test.body)), nil
			})

			permissions, err := celonis.Permissions(t.Context(), client.PermissionFilter{})

			failed, ok := errors.AsType[*transport.Error](err)
			if !ok || failed.Reason != test.reason || len(permissions.Items) != 0 || requests != 1 {
				t.Errorf("%d permissions from %d requests, error = %v", len(permissions.Items), requests, err)
			}

			if failed != nil && len(failed.Error()) > 500 {
				t.Errorf("the error is %d characters long", len(failed.Error()))
			}
		})
	}
}

func TestPermissionsExportMayStartWithAByteOrderMark(t *testing.T) {
	t.Parallel()

	celonis := streamClient(t, func(*http.Request) (*http.Response, error) {
		return okBody(strings.NewReader("\ufeff" + `{"permissions": [{"subjectId": "a", "subjectName": "\u0041\n"}]}` + "\n")), nil
	})

	got, err := celonis.Permissions(t.Context(), client.PermissionFilter{})
	if err != nil || len(got.Items) != 1 || got.Items[0].SubjectName != "A\n" {
		t.Errorf("Permissions() = %+v, %v", got, err)
	}
}

func TestFilterValueWithoutAPermissionIsUnknown(t *testing.T) {
	t.Parallel()

	options := simulator.Options{Reports: team.Options{Grants: []team.Grant{
		{SubjectType: "USER", SubjectName: "Ada", SubjectID: "1", Service: "s", ObjectType: "A", ObjectID: "o", Actions: []string{"USE"}},
		{SubjectType: "GROUP", SubjectName: "Bob", SubjectID: "2", Service: "t", ObjectType: "B", ObjectID: "p", Actions: []string{"EDIT"}},
	}}}
	clienttest.InBubble(t, options, func(t *testing.T, env clienttest.Env) {
		celonis := env.Client()

		for _, test := range []struct {
			filter, unknown client.PermissionFilter
			items           int
		}{
			{client.PermissionFilter{SubjectName: "Ada", Action: "use"}, client.PermissionFilter{}, 1},
			{client.PermissionFilter{SubjectName: "Ada", Action: "edit"}, client.PermissionFilter{}, 0}, // Both values exist, but in different permissions.
			{client.PermissionFilter{SubjectName: "ada"}, client.PermissionFilter{SubjectName: "ada"}, 0},
			{
				client.PermissionFilter{SubjectType: "x", SubjectID: "x", Service: "S", ObjectType: "x", ObjectID: "x", Action: "x"},
				client.PermissionFilter{SubjectType: "x", SubjectID: "x", ObjectType: "x", ObjectID: "x", Action: "x"},
				0,
			},
		} {
			got, err := celonis.Permissions(t.Context(), test.filter)
			if err != nil || len(got.Items) != test.items || got.Unknown != test.unknown {
				t.Errorf("%+v: Permissions() = %+v, %v", test.filter, got, err)
			}
		}

		env.WantCount(1, http.MethodGet, clienttest.PermissionsPath)
	})
}
