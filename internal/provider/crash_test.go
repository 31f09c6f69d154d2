package provider

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/celonis-community/terraform-provider-celonis/internal/cli"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/oauth"
)

// crashVariable makes this test binary serve a provider that crashes (see [TestMain]).
const crashVariable = "CELONIS_TEST_CRASH"

// The kinds of crashes.
const (
	crashWithError  = "panic with an error"
	crashWithValues = "panic with everything that the provider keeps"
	crashOfRuntime  = "concurrent map writes"
)

// crashingProvider is a provider that crashes while a request is in flight.
type crashingProvider struct{ celonisProvider }

// serveCrashingProvider serves the crashing provider, which the CLI starts in place of the real one.
func serveCrashingProvider() {
	_ = providerserver.Serve(context.Background(), func() provider.Provider {
		return &crashingProvider{celonisProvider{version: "test", env: os.Getenv}}
	}, providerserver.ServeOpts{Address: "registry.terraform.io/celonis-community/celonis"})
}

// Configure configures the provider and triggers the crash.
func (p *crashingProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	p.celonisProvider.Configure(ctx, req, resp)

	var config providerModel

	_ = req.Config.Get(ctx, &config)

	if connected, ok := resp.ResourceData.(*connection); ok && connected.client != nil {
		read := &settings{env: p.env}

		go crash(context.WithoutCancel(ctx), connected, config, read.signInValues(config), read.signIn(config))
	}
}

func crash(ctx context.Context, connected *connection, values ...any) {
	_, failed := connected.client.KnowledgeModel(ctx, echoID)

	// The team delays the response to this request until another request is in flight.
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, connected.client.BaseURL()+crashPath, http.NoBody)
	if err != nil {
		return
	}

	resp, err := (&http.Client{}).Do(req)
	if err != nil {
		return
	}
	defer resp.Body.Close()

	way, _ := io.ReadAll(resp.Body)

	switch string(way) {
	case crashWithError:
		panic(failed)
	case crashOfRuntime:
		shared := map[int]int{}

		for range 8 {
			go func() {
				for {
					shared[0]++
				}
			}()
		}

		select {}
	default:
		var shown strings.Builder
		for _, value := range append(values, *connected, connected.client, connected.client.Credentials(), failed) {
			fmt.Fprintf(&shown, "%v\n%+v\n%#v\n%s\n%q\n", value, value, value, value, value)
		}

		panic(shown.String())
	}
}

const (
	crashPath = "/crash"
	echoID    = "echo.echo"
)

// startHeldTeam starts a server in front of the team, and returns the server's URL. Once another request is in flight, the server responds
// to the request for crashPath. The way parameter is the body of this response, and selects the kind of crash. The server never responds to
// requests for the list of models, and echoes the request for the model echoID.
func startHeldTeam(t *testing.T, team *simulator.Simulator, way string) string {
	t.Helper()

	inFlight := make(chan struct{})
	arrived := sync.OnceFunc(func() { close(inFlight) })

	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case modelsPath:
			arrived()
			<-r.Context().Done()
		case modelsPath + "/" + echoID:
			request, _ := httputil.DumpRequest(r, true)

			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write(request) //nolint:gosec // The response is not displayed in a browser, so the echo is safe.
		case crashPath:
			select {
			case <-inFlight:
			case <-r.Context().Done():
			}

			_, _ = io.WriteString(w, way)
		default:
			team.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)

	return server.URL
}

// TestAccCrashShowsNoSecret crashes the provider during a CLI run, once for each sign-in method, with Go's most detailed stack traces and
// TRACE logs. Neither the CLI's output nor the log may contain a secret.
func TestAccCrashShowsNoSecret(t *testing.T) {
	t.Parallel()
	skipWithoutCLI(t)

	known := oauth.DefaultClient()
	known.Secret, known.RefreshTokens = "client-secret/of+a=crash", []string{"refresh-token/of+a=crash"}

	team, err := simulator.New(simulator.Options{OAuth: oauth.Options{Clients: []oauth.Client{known}}})
	if err != nil {
		t.Fatal(err)
	}

	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}

	folder := t.TempDir()
	launcher := filepath.Join(folder, "terraform-provider-celonis")
	// Disable core dumps, because a dump would contain every secret.
	write(t, launcher, fmt.Sprintf("#!/bin/sh\nulimit -c 0\nexec %q\n", binary))

	if err := os.Chmod(launcher, 0o700); err != nil { //nolint:gosec // The launcher must be executable.
		t.Fatal(err)
	}

	var configuration strings.Builder

	for index, crash := range []struct{ way, credentials string }{
		{crashWithError, fmt.Sprintf("client_id = %q\nclient_secret = %q", known.ID, known.Secret)},
		{crashWithValues, fmt.Sprintf("client_id = %q\nclient_secret = %q\nauth_method = %q", known.ID, known.Secret, "client_secret_post")},
		{crashWithValues, fmt.Sprintf("client_id = %q\nclient_secret = %q\nrefresh_token = %q", known.ID, known.Secret, known.RefreshTokens[0])},
		{crashWithValues, `access_token = "access-token/of+a=crash"`},
		{crashWithValues, `app_key = "application-key/of+a=crash"`},
		{crashOfRuntime, `api_key = "user-key/of+a=crash"`},
	} {
		fmt.Fprintf(&configuration, "provider \"celonis\" {\nalias = \"p%[1]d\"\nbase_url = %[2]q\n%[3]s\n}\n"+
			"data \"celonis_knowledge_models\" \"m%[1]d\" { provider = celonis.p%[1]d }\n", index, startHeldTeam(t, team, crash.way), crash.credentials)
	}

	made, err := cli.NewWorkspace(t.TempDir(), launcher, environment{crashVariable: "1", "GOTRACEBACK": "crash", "TF_LOG": "TRACE"})
	if err != nil {
		t.Fatal(err)
	}

	w := workspace{Workspace: made, t: t}
	w.reconfigure(configuration.String())
	w = w.with("TF_LOG_PATH", filepath.Join(w.Folder, "trace.log"))

	output, err := w.run("plan")
	if err == nil || strings.Count(output, "Error: ") < 6 {
		t.Errorf("the providers did not crash: %v\n%s", err, output)
	}

	for _, part := range []string{"panic: ", "fatal error: concurrent map", "goroutine ", "status 400: GET"} {
		if !strings.Contains(output, part) && !strings.Contains(read(t, filepath.Join(w.Folder, "trace.log")), part) {
			t.Errorf("%q is missing from\n%s", part, output)
		}
	}

	write(t, filepath.Join(w.Folder, "printed.txt"), output)

	var secrets []string
	for _, secret := range []string{known.Secret, known.RefreshTokens[0], "access-token/of+a=crash", "application-key/of+a=crash", "user-key/of+a=crash"} {
		secrets = append(secrets, secret, url.QueryEscape(secret), fmt.Sprintf("%x", secret), strings.Trim(fmt.Sprintf("%d", []byte(secret)), "[]"),
			base64.StdEncoding.EncodeToString([]byte(known.ID + ":" + secret))[len(known.ID)*4/3+4:])
	}

	searchForSecrets(t, w.Folder, append(secrets, "eyJhbGciOiJFUzM4NCI")...)
}
