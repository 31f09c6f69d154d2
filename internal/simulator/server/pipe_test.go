package server_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/celonis-community/terraform-provider-celonis/internal/simulator"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/intelligence"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/server"
	"github.com/celonis-community/terraform-provider-celonis/internal/simulator/simulatortest"
)

// pipeVisitor sends requests to a team over in-memory connections.
type pipeVisitor struct {
	visitor

	pipe  *server.PipeServer
	dials *atomic.Int32
}

// overPipes starts a server in the caller's synctest bubble. If a goroutine is still running at the end, the bubble fails the test.
func overPipes(t *testing.T, opts simulator.Options) pipeVisitor {
	t.Helper()

	tm := simulatortest.NewTeam(t, opts)
	pipe := tm.ServePipe()
	dials := &atomic.Int32{}
	transport := &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		dials.Add(1)

		return pipe.DialContext(ctx, network, addr)
	}}

	t.Cleanup(func() {
		transport.CloseIdleConnections()

		if err := pipe.Close(); err != nil {
			t.Error(err)
		}
	})

	return pipeVisitor{
		visitor: visitor{Team: tm, url: "http://team.test", client: &http.Client{Transport: transport}},
		pipe:    pipe, dials: dials,
	}
}

func TestPipeUsesTheFakeClock(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		v := overPipes(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 120}, Server: server.Options{Latency: time.Hour}})
		start := time.Now()

		for range 3 {
			response, body, err := v.fetch(t.Context(), simulatortest.ModelsPath)
			if err != nil || response.StatusCode != http.StatusOK || !strings.HasPrefix(body, `{"content":[`) {
				t.Fatalf("response = %v, error = %v, body = %.80s", response, err, body)
			}
		}

		if waited := time.Since(start); waited != 3*time.Hour {
			t.Errorf("three requests took %v", waited)
		}

		if dials := v.dials.Load(); dials != 1 {
			t.Errorf("%d connections, want one that is reused", dials)
		}
	})
}

func TestPipeServesConcurrently(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		const requests = 40

		v := overPipes(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 120}, Server: server.Options{Latency: time.Second}})
		start := time.Now()

		var waiting sync.WaitGroup

		for range requests {
			waiting.Go(func() {
				if _, _, err := v.fetch(t.Context(), simulatortest.ModelsPath); err != nil {
					t.Error(err)
				}
			})
		}

		waiting.Wait()

		if waited := time.Since(start); waited != time.Second || v.MaxInFlight() != requests {
			t.Errorf("the requests took %v, with at most %d in flight", waited, v.MaxInFlight())
		}
	})
}

func TestPipeTransfersLargeBodiesInBothDirections(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		v := overPipes(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 5000}, Server: server.Options{Licence: "XL"}})

		if _, body, err := v.fetch(t.Context(), simulatortest.ModelsPath+"?pageSize=5000"); err != nil || len(body) < 400_000 {
			t.Errorf("%d bytes, error = %v", len(body), err)
		}

		for _, size := range []int{1 << 20, 8 << 20} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, v.url+simulatortest.TokenPath,
				strings.NewReader(strings.Repeat("x", size)))
			if err != nil {
				t.Fatal(err)
			}

			response, err := v.client.Do(r)
			if err != nil {
				t.Fatalf("%d bytes: error = %v", size, err)
			}

			if err := response.Body.Close(); err != nil || response.StatusCode < 400 {
				t.Errorf("%d bytes: status %d, error = %v", size, response.StatusCode, err)
			}
		}
	})
}

func TestPipeTruncatesBodies(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		v := overPipes(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 120}})

		for _, cut := range []int{1, 5000} {
			v.Inject(simulator.Fault{CutBodyAt: cut})

			_, body, err := v.fetch(t.Context(), simulatortest.ModelsPath+"?pageSize=50")
			if !errors.Is(err, io.ErrUnexpectedEOF) || len(body) != min(cut, len(v.Get(simulatortest.ModelsPath).Body)-1) {
				t.Errorf("truncated after %d bytes: received %d bytes, error = %v", cut, len(body), err)
			}
		}

		if _, _, err := v.fetch(t.Context(), simulatortest.ModelsPath); err != nil {
			t.Errorf("next request: error = %v", err)
		}
	})
}

func TestClosingThePipeEndsAllRequests(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		v := overPipes(t, simulator.Options{})
		v.Inject(simulator.Fault{Hang: true})

		hanging := make(chan error, 1)

		go func() {
			_, _, err := v.fetch(t.Context(), simulatortest.ModelsPath)
			hanging <- err
		}()

		synctest.Wait()

		for range 2 {
			if err := v.pipe.Close(); err != nil {
				t.Error(err)
			}
		}

		if err := <-hanging; err == nil {
			t.Error("the hanging request received a response")
		}

		if _, _, err := v.fetch(t.Context(), simulatortest.ModelsPath); !errors.Is(err, net.ErrClosed) {
			t.Errorf("dialling a closed server: error = %v", err)
		}
	})
}

func TestHangOnALargeBodyEndsWithTheServer(t *testing.T) {
	t.Parallel()

	for _, size := range []int{1 << 20, 1<<20 + 1, 4 << 20} {
		t.Run(strconv.Itoa(size), func(t *testing.T) {
			t.Parallel()

			synctest.Test(t, func(t *testing.T) {
				v := overPipes(t, simulator.Options{})
				v.Inject(simulator.Fault{Hang: true})

				hanging := make(chan error, 1)

				go func() {
					response, err := v.send(t.Context(), size)
					if err == nil {
						err = response.Body.Close()
					}

					hanging <- err
				}()

				synctest.Wait()

				if entries := v.Journal(); len(entries) != 1 || entries[0].Fault != "hang" {
					t.Errorf("the request does not hang: %+v", entries)
				}

				// If Close never returns, the bubble fails the test.
				if err := v.pipe.Close(); err != nil {
					t.Error(err)
				}

				if err := <-hanging; err == nil {
					t.Error("the hanging request received a response")
				}
			})
		})
	}
}

func TestEndlessBodyIsRejected(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		v := overPipes(t, simulator.Options{})

		if response, err := v.send(t.Context(), 18<<20); err == nil {
			_ = response.Body.Close()
			t.Errorf("the request received a response: status %d", response.StatusCode)
		}
	})
}

// send posts a body of the given size in bytes.
func (v pipeVisitor) send(ctx context.Context, size int) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, v.url+simulatortest.TokenPath, strings.NewReader(strings.Repeat("x", size)))
	if err != nil {
		return nil, fmt.Errorf("make the request: %w", err)
	}

	response, err := v.client.Do(r)
	if err != nil {
		return nil, fmt.Errorf("send the request: %w", err)
	}

	return response, nil
}

func TestClosingEndsAConnectionThatIsBeingAccepted(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		tm := simulatortest.NewTeam(t, simulator.Options{})
		start := time.Now()

		// In some of the 50 repetitions, the server is closed after it has accepted the connection but before it tracks the connection.
		for range 50 {
			pipe := tm.ServePipe()

			synctest.Wait() // The server is waiting for a connection, so dialling does not block.

			conn, err := pipe.DialContext(t.Context(), "tcp", "team.test:80")
			if err != nil {
				t.Fatal(err)
			}

			if err := pipe.Close(); err != nil {
				t.Error(err)
			}

			if err := conn.Close(); err != nil {
				t.Error(err)
			}
		}

		if waited := time.Since(start); waited != 0 {
			t.Errorf("a connection stayed open for %v", waited)
		}
	})
}

func TestDialEndsWithItsContext(t *testing.T) {
	t.Parallel()

	pipe := simulatortest.NewTeam(t, simulator.Options{}).ServePipe()
	if err := pipe.Close(); err != nil {
		t.Fatal(err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	if conn, err := pipe.DialContext(ctx, "tcp", "team.test:80"); err == nil {
		t.Errorf("conn = %v", conn)
	}
}
