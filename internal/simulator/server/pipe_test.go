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

// pipeVisitor asks a team over in-memory connections.
type pipeVisitor struct {
	visitor

	pipe  *server.PipeServer
	dials *atomic.Int32
}

// overPipes starts a server inside the caller's bubble. The bubble itself fails the test if a goroutine is left over.
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

func TestPipeServesInFakeTime(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		v := overPipes(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 120}, Server: server.Options{Latency: time.Hour}})
		start := time.Now()

		for range 3 {
			response, body, err := v.fetch(t.Context(), simulatortest.ModelsPath)
			if err != nil || response.StatusCode != http.StatusOK || !strings.HasPrefix(body, `{"content":[`) {
				t.Fatalf("%v, %v, %.80s", response, err, body)
			}
		}

		if waited := time.Since(start); waited != 3*time.Hour {
			t.Errorf("three requests took %v", waited)
		}

		if dials := v.dials.Load(); dials != 1 {
			t.Errorf("%d connections: they are not kept alive", dials)
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
			t.Errorf("took %v with %d in flight", waited, v.MaxInFlight())
		}
	})
}

func TestPipeCarriesLargeBodiesBothWays(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		v := overPipes(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 5000}, Server: server.Options{Licence: "XL"}})

		if _, body, err := v.fetch(t.Context(), simulatortest.ModelsPath+"?pageSize=5000"); err != nil || len(body) < 400_000 {
			t.Errorf("%d bytes, %v", len(body), err)
		}

		for _, size := range []int{1 << 20, 8 << 20} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, v.url+simulatortest.TokenPath,
				strings.NewReader(strings.Repeat("x", size)))
			if err != nil {
				t.Fatal(err)
			}

			response, err := v.client.Do(r)
			if err != nil {
				t.Fatalf("%d bytes: %v", size, err)
			}

			if err := response.Body.Close(); err != nil || response.StatusCode < 400 {
				t.Errorf("%d bytes: %d, %v", size, response.StatusCode, err)
			}
		}
	})
}

func TestPipeCutsBodies(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		v := overPipes(t, simulator.Options{Intelligence: intelligence.Options{KnowledgeModels: 120}})

		for _, cut := range []int{1, 5000} {
			v.Inject(simulator.Fault{CutBodyAt: cut})

			_, body, err := v.fetch(t.Context(), simulatortest.ModelsPath+"?pageSize=50")
			if !errors.Is(err, io.ErrUnexpectedEOF) || len(body) != min(cut, len(v.Get(simulatortest.ModelsPath).Body)-1) {
				t.Errorf("cut at %d: %d bytes, %v", cut, len(body), err)
			}
		}

		if _, _, err := v.fetch(t.Context(), simulatortest.ModelsPath); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

func TestClosedPipeEndsEverything(t *testing.T) {
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
			t.Error("the hanging request was answered")
		}

		if _, _, err := v.fetch(t.Context(), simulatortest.ModelsPath); !errors.Is(err, net.ErrClosed) {
			t.Errorf("dialling a closed server: %v", err)
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
					t.Errorf("it does not hang: %+v", entries)
				}

				// The bubble fails the test if this never returns.
				if err := v.pipe.Close(); err != nil {
					t.Error(err)
				}

				if err := <-hanging; err == nil {
					t.Error("the hanging request was answered")
				}
			})
		})
	}
}

func TestBodyWithoutAnEndIsCutOff(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		v := overPipes(t, simulator.Options{})

		if response, err := v.send(t.Context(), 18<<20); err == nil {
			_ = response.Body.Close()
			t.Errorf("it was answered: %d", response.StatusCode)
		}
	})
}

// send posts a body of so many bytes.
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

func TestClosingAlsoEndsAConnectionThatIsBeingAccepted(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		tm := simulatortest.NewTeam(t, simulator.Options{})
		start := time.Now()

		// Often enough for the server to close between accepting a connection and knowing of it.
		for range 50 {
			pipe := tm.ServePipe()

			synctest.Wait() // Now the server waits for the connection, so that dialling does not wait for the server.

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
			t.Errorf("a connection lived on for %v", waited)
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
		t.Errorf("got %v", conn)
	}
}
