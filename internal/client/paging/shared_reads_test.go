package paging_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
)

func TestWriteInvalidatesTheCachedReadsOfItsArea(t *testing.T) {
	t.Parallel()

	reads := 0

	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			reads++
			_, _ = w.Write([]byte(`{"content": [], "page": 0, "pageSize": 50, "total": 0}`))
		} else {
			w.WriteHeader(http.StatusForbidden) // Even a failed write may have been applied.
		}
	}))
	t.Cleanup(server.Close)

	celonis, err := client.New(client.Options{
		Options: transport.Options{
			BaseURL: server.URL, Credentials: transport.Credentials{Mode: transport.ModeUserKey, Key: transport.NewSecret("some-key")},
			MaxConcurrentRequests: 1, RequestTimeout: time.Minute, MaxRetryWait: time.Second,
		},
		PageSize: 50,
	})
	if err != nil {
		t.Fatal(err)
	}

	list := func(want int) {
		t.Helper()

		if _, err := celonis.KnowledgeModels(t.Context()); err != nil || reads != want {
			t.Errorf("%d reads, want %d; error = %v", reads, want, err)
		}
	}
	write := func(area transport.Area) {
		t.Helper()

		req := transport.Request{Area: area, Method: http.MethodDelete, Path: []string{"x"}}
		if err := celonis.Send(t.Context(), req, func(transport.Reply) error { return nil }); err == nil {
			t.Error("the write succeeded, want an error")
		}
	}

	list(1)
	list(1)
	write(transport.Area{Name: "another area"})
	list(1)
	write(client.AreaKnowledgeModels)
	list(2)
}
