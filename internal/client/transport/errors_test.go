package transport_test

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/client"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/clienttest"
	"github.com/celonis-community/terraform-provider-celonis/internal/client/transport"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
)

// The status determines the error's reason and the number of retries, even if the body cannot be read.
func TestUnreadableErrorBodyKeepsTheStatus(t *testing.T) {
	t.Parallel()

	gzipped := http.Header{"Content-Type": {clienttest.JSONType}, "Content-Encoding": {"gzip"}}

	for name, fault := range map[string]simulator.Fault{
		"not gzip":        {Body: `{"title": "Bad", "errorCode": "KM_MODEL_NOTFOUND"}`, Header: gzipped},
		"truncated gzip":  {Body: "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff", Header: gzipped},
		"incomplete body": {Body: `{"title": "Bad", "errorCode": "KM_MODEL_NOTFOUND"}`, CutBodyAt: 10},
	} {
		for status, want := range map[int]struct {
			reason   transport.Reason
			attempts int
		}{
			http.StatusBadRequest:         {transport.ReasonStatus, 3},
			http.StatusUnauthorized:       {transport.ReasonUnauthorized, 4}, // Three of the four attempts use a new token.
			http.StatusForbidden:          {transport.ReasonForbidden, 3},
			http.StatusNotFound:           {transport.ReasonStatus, 3}, // An unreadable 404 does not mean that the object does not exist.
			http.StatusTooManyRequests:    {transport.ReasonRateLimited, 3},
			http.StatusServiceUnavailable: {transport.ReasonStatus, 3},
		} {
			t.Run(name+" "+strconv.Itoa(status), func(t *testing.T) {
				t.Parallel()
				clienttest.InBubble(t, simulator.Options{Intelligence: intelligence.Options{Models: clienttest.Models("One")}}, func(t *testing.T, env clienttest.Env) {
					broken := fault
					broken.Path, broken.Status, broken.Times = aModel, status, -1
					env.Team.Inject(broken)

					_, err := env.Client(func(o *client.Options) { o.MaxRetries = 2 }).KnowledgeModel(t.Context(), "package.model-a")
					got := clienttest.WantError(t, err, want.reason, fmt.Sprintf("status %d: the connection was lost after", status))

					if got.Attempts != want.attempts {
						t.Errorf("%d attempts, want %d", got.Attempts, want.attempts)
					}
				})
			})
		}
	}
}

func TestEndlessErrorBodyKeepsTheStatus(t *testing.T) {
	t.Parallel()

	for _, test := range []struct {
		cancelAfter time.Duration
		reason      transport.Reason
		part        string
	}{
		{time.Hour, transport.ReasonForbidden, "status 403: the connection was lost after 0 bytes of the response body: no complete response within 30s"},
		{time.Second, transport.ReasonCanceled, transport.DetailCanceled},
	} {
		clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
			ctx, cancel := context.WithTimeout(t.Context(), test.cancelAfter)
			defer cancel()

			celonis := env.Client(func(o *client.Options) {
				o.Network = hangingNetwork{}
				o.Credentials = transport.Credentials{Mode: transport.ModeUserKey, Key: transport.NewSecret("some-user-key")}
			})

			_, err := celonis.KnowledgeModel(ctx, "package.model-a")
			clienttest.WantError(t, err, test.reason, test.part)
		})
	}
}

func TestEachFormatOfErrorBodyIsRead(t *testing.T) {
	t.Parallel()

	for _, shape := range server.ErrorShape("").Words() {
		t.Run(string(shape), func(t *testing.T) {
			t.Parallel()
			clienttest.InBubble(t, simulator.Options{Server: server.Options{Errors: shape, PageSizeAboveMax: server.RefusePageSize}}, func(t *testing.T, env clienttest.Env) {
				_, err := env.Client(func(o *client.Options) { o.PageSize = 60 }).KnowledgeModels(t.Context())
				got := clienttest.WantError(t, err, transport.ReasonStatus, "status 400")

				if text := got.Code + got.Title + got.Detail; (text == "") != (shape == server.ErrorEmpty) {
					t.Errorf("the error contains %q from the body", text)
				}
			})
		})
	}
}

func TestWebPagesAreDetected(t *testing.T) {
	t.Parallel()

	for _, body := range []string{
		"<!DOCTYPE HTML><p>x", "\n <HTML>", "\ufeff<html>", "<?xml version=\"1.0\"?><html/>", "<title>x</title>", "<center>403</center>", "<!-- x --><html>",
	} {
		for _, status := range []int{http.StatusOK, http.StatusForbidden, http.StatusNotFound} {
			clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
				env.Respond(aModel, status, "application/octet-stream", body)

				_, err := env.Client().KnowledgeModel(t.Context(), "package.model-a")
				clienttest.WantError(t, err, transport.ReasonHTML)
			})
		}
	}
}

func TestErrorCodeIsReadBesideInvalidFields(t *testing.T) {
	t.Parallel()
	clienttest.InBubble(t, simulator.Options{}, func(t *testing.T, env clienttest.Env) {
		env.Respond(aModel, http.StatusNotFound, clienttest.JSONType, "\ufeff"+`{"errorCode": "KM_MODEL_NOTFOUND", "detail": [], "errors": {}, "title": 7}`)

		_, err := env.Client().KnowledgeModel(t.Context(), "package.model-a")
		clienttest.WantError(t, err, transport.ReasonNotFound, "KM_MODEL_NOTFOUND")
	})
}

func TestFullStopOfAServiceMessageIsNotDoubled(t *testing.T) {
	t.Parallel()

	failure := transport.Error{Status: http.StatusBadRequest, Title: "Bad request.", Detail: "The name is taken."}

	for want, got := range map[string]string{
		"status 400: Bad request: The name is taken.":                           failure.Error(),
		"status 400: Bad request: The name is taken. Look for the user":         failure.WithNote("look for the user.").Error(),
		"status 400: Bad request: The name is taken. Look for it. Check the id": failure.WithNote("look for it.").WithNote("check the id").Error(),
	} {
		if got != want {
			t.Errorf("error = %q, want %q", got, want)
		}
	}
}
