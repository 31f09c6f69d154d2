package client

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// always and never are the two simplest rules for kept answers.
func always(answer[int]) bool { return true }

func never(answer[int]) bool { return false }

func TestMemoKeepsAnswersAndNoErrors(t *testing.T) {
	t.Parallel()

	var (
		kept  memo[string, int]
		loads int
	)

	load := func(context.Context) (int, error) {
		loads++
		if loads == 1 {
			return 0, errors.New("the first load fails")
		}

		return loads, nil
	}

	if _, err := kept.get(t.Context(), "key", time.Time{}, always, load); err == nil {
		t.Error("no error")
	}

	for range 2 {
		if got, err := kept.get(t.Context(), "key", time.Time{}, always, load); err != nil || got.value != 2 {
			t.Errorf("got %d, %v", got.value, err)
		}
	}

	kept.forget("key", never)

	if got, err := kept.get(t.Context(), "key", time.Time{}, always, load); err != nil || got.value != 2 {
		t.Errorf("got %d, %v: what is not stale stays", got.value, err)
	}

	kept.forget("key", always)

	if got, err := kept.get(t.Context(), "key", time.Time{}, always, load); err != nil || got.value != 3 {
		t.Errorf("got %d, %v: what is stale goes", got.value, err)
	}
}

func TestMemoForgetsWithoutDisturbingALoad(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var (
			kept  memo[string, int]
			group sync.WaitGroup
			loads int
		)

		load := func(context.Context) (int, error) {
			loads++

			time.Sleep(time.Second)

			return loads, nil
		}

		for range 3 {
			group.Go(func() {
				if got, err := kept.get(t.Context(), "key", time.Time{}, always, load); err != nil || got.value != 1 {
					t.Errorf("got %d, %v", got.value, err)
				}
			})
			time.Sleep(100 * time.Millisecond)
			kept.forget("key", always)
		}

		group.Wait()
	})
}

func TestMemoDropsWhatWasAskedForBeforeAWrite(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var (
			kept  memo[string, int]
			group sync.WaitGroup
			loads atomic.Int32
		)

		load := func(context.Context) (int, error) {
			mine := loads.Add(1)

			time.Sleep(time.Second)

			return int(mine), nil
		}

		get := func(want int) {
			group.Go(func() {
				if got, err := kept.get(t.Context(), "key", time.Time{}, always, load); err != nil || got.value != want {
					t.Errorf("got %d, %v, want %d", got.value, err, want)
				}
			})
		}

		get(1)
		time.Sleep(500 * time.Millisecond)
		kept.drop(func(key string) bool { return key == "key" })
		get(2) // It must not join the load from before, nor be given its answer.
		group.Wait()
		get(2)
		group.Wait()
	})
}

func TestMemoStopsALoadThatNobodyWaitsFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var (
			kept    memo[string, int]
			stopped bool
		)

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()

		_, err := kept.get(ctx, "key", time.Time{}, always, func(ctx context.Context) (int, error) {
			<-ctx.Done()

			stopped = true

			return 0, ctx.Err()
		})

		synctest.Wait()

		if !errors.Is(err, context.DeadlineExceeded) || !stopped {
			t.Errorf("error %v, stopped %t", err, stopped)
		}

		// The next one starts afresh.
		if got, err := kept.get(t.Context(), "key", time.Time{}, always, func(context.Context) (int, error) { return 7, nil }); err != nil || got.value != 7 {
			t.Errorf("got %d, %v", got.value, err)
		}
	})
}

func TestMemoGivesOldMemoryBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var kept memo[string, int]

		for _, key := range []string{"old", "new"} {
			if _, err := kept.get(t.Context(), key, time.Time{}, always, func(context.Context) (int, error) { return 1, nil }); err != nil {
				t.Fatal(err)
			}

			time.Sleep(time.Minute)
		}

		kept.expire(time.Now().Add(-90 * time.Second))

		if _, known := kept.entries["old"]; known || len(kept.entries) != 1 {
			t.Errorf("entries %v", kept.entries)
		}
	})
}

func TestAWriteDropsTheSharedAnswersOfItsArea(t *testing.T) {
	t.Parallel()

	reads := 0

	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			reads++
			_, _ = w.Write([]byte(`{"content": [], "page": 0, "pageSize": 50, "total": 0}`))
		} else {
			w.WriteHeader(http.StatusForbidden) // Even a write that failed may have been carried out.
		}
	}))
	t.Cleanup(server.Close)

	celonis, err := New(Options{
		BaseURL: server.URL, Credentials: Credentials{Mode: ModeUserKey, Key: NewSecret("some-key")}, PageSize: 50,
		MaxConcurrentRequests: 1, RequestTimeout: time.Minute, MaxRetryWait: time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}

	list := func(want int) {
		t.Helper()

		if _, err := celonis.KnowledgeModels(t.Context()); err != nil || reads != want {
			t.Errorf("%d reads, want %d, %v", reads, want, err)
		}
	}
	write := func(area Area) {
		t.Helper()

		wish := request{area: area, method: http.MethodDelete, path: []string{"x"}}
		if err := celonis.send(t.Context(), wish, func(reply) error { return nil }); err == nil {
			t.Error("no error")
		}
	}

	list(1)
	list(1)
	write("another area")
	list(1)
	write(AreaKnowledgeModels)
	list(2)
}

func TestMemoDoesNotJoinALoadFromBeforeTheQuestion(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var (
			kept  memo[string, int]
			group sync.WaitGroup
		)

		slow := func(context.Context) (int, error) {
			time.Sleep(3 * time.Second)

			return 1, nil
		}
		quick := func(context.Context) (int, error) {
			time.Sleep(time.Second)

			return 2, nil
		}

		get := func(notBefore time.Time, load func(context.Context) (int, error), want int) {
			group.Go(func() {
				if got, err := kept.get(t.Context(), "key", notBefore, always, load); err != nil || got.value != want {
					t.Errorf("got %d, %v, want %d", got.value, err, want)
				}
			})
		}

		get(time.Time{}, slow, 1)
		time.Sleep(time.Second)
		get(time.Now(), quick, 2)
		group.Wait()

		// The load that was asked for last counts, although the other one came in after it.
		get(time.Time{}, slow, 2)
		group.Wait()
	})
}

func TestMemoDoesNotJoinALoadThatWasGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var kept memo[string, int]

		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)

		// A load that takes its time to notice that nobody waits for it.
		slow := func(context.Context) (int, error) {
			time.Sleep(3 * time.Second)

			return 0, errors.New("given up")
		}
		if _, err := kept.get(ctx, "key", time.Time{}, always, slow); err == nil {
			t.Error("no error")
		}

		got, err := kept.get(t.Context(), "key", time.Time{}, always, func(context.Context) (int, error) { return 7, nil })
		if err != nil || got.value != 7 {
			t.Errorf("got %d, %v", got.value, err)
		}

		time.Sleep(5 * time.Second) // Until the given-up load has noticed.
	})
}
