package memo

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func always(Result[int]) bool { return true }

func never(Result[int]) bool { return false }

func TestMemoKeepsResultsButNotErrors(t *testing.T) {
	t.Parallel()

	var (
		kept  Memo[string, int]
		loads int
	)

	load := func(context.Context) (int, error) {
		loads++
		if loads == 1 {
			return 0, errors.New("the first load fails")
		}

		return loads, nil
	}

	if _, err := kept.Get(t.Context(), "key", time.Time{}, always, load); err == nil {
		t.Error("Get succeeded, want the error of the load")
	}

	for range 2 {
		if got, err := kept.Get(t.Context(), "key", time.Time{}, always, load); err != nil || got.Value != 2 {
			t.Errorf("value = %d, error = %v", got.Value, err)
		}
	}

	kept.Forget("key", never)

	if got, err := kept.Get(t.Context(), "key", time.Time{}, always, load); err != nil || got.Value != 2 {
		t.Errorf("value = %d, error = %v, want the result that is not stale", got.Value, err)
	}

	kept.Forget("key", always)

	if got, err := kept.Get(t.Context(), "key", time.Time{}, always, load); err != nil || got.Value != 3 {
		t.Errorf("value = %d, error = %v, want a new result", got.Value, err)
	}
}

func TestForgetLeavesLoadsInFlightAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var (
			kept  Memo[string, int]
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
				if got, err := kept.Get(t.Context(), "key", time.Time{}, always, load); err != nil || got.Value != 1 {
					t.Errorf("value = %d, error = %v", got.Value, err)
				}
			})
			time.Sleep(100 * time.Millisecond)
			kept.Forget("key", always)
		}

		group.Wait()
	})
}

func TestDropSeparatesLaterCallersFromLoadsInFlight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var (
			kept  Memo[string, int]
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
				if got, err := kept.Get(t.Context(), "key", time.Time{}, always, load); err != nil || got.Value != want {
					t.Errorf("value = %d, error = %v, want %d", got.Value, err, want)
				}
			})
		}

		get(1)
		time.Sleep(500 * time.Millisecond)
		kept.Drop(func(key string) bool { return key == "key" })
		get(2) // This caller must neither join the earlier load nor receive its result.
		group.Wait()
		get(2)
		group.Wait()
	})
}

func TestMemoCancelsALoadWithoutWaiters(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var (
			kept    Memo[string, int]
			stopped bool
		)

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()

		_, err := kept.Get(ctx, "key", time.Time{}, always, func(ctx context.Context) (int, error) {
			<-ctx.Done()

			stopped = true

			return 0, ctx.Err()
		})

		synctest.Wait()

		if !errors.Is(err, context.DeadlineExceeded) || !stopped {
			t.Errorf("error = %v, stopped = %t", err, stopped)
		}

		// The next caller starts a new load.
		if got, err := kept.Get(t.Context(), "key", time.Time{}, always, func(context.Context) (int, error) { return 7, nil }); err != nil || got.Value != 7 {
			t.Errorf("value = %d, error = %v", got.Value, err)
		}
	})
}

func TestExpireRemovesOldResults(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var kept Memo[string, int]

		for _, key := range []string{"old", "new"} {
			if _, err := kept.Get(t.Context(), key, time.Time{}, always, func(context.Context) (int, error) { return 1, nil }); err != nil {
				t.Fatal(err)
			}

			time.Sleep(time.Minute)
		}

		kept.Expire(time.Now().Add(-90 * time.Second))

		if _, isKept := kept.entries["old"]; isKept || len(kept.entries) != 1 {
			t.Errorf("entries = %v", kept.entries)
		}
	})
}

func TestGetDoesNotJoinALoadThatBeganBeforeNotBefore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var (
			kept  Memo[string, int]
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
				if got, err := kept.Get(t.Context(), "key", notBefore, always, load); err != nil || got.Value != want {
					t.Errorf("value = %d, error = %v, want %d", got.Value, err, want)
				}
			})
		}

		get(time.Time{}, slow, 1)
		time.Sleep(time.Second)
		get(time.Now(), quick, 2)
		group.Wait()

		// The result of the load that started last is kept, even if another load ends later.
		get(time.Time{}, slow, 2)
		group.Wait()
	})
}

func TestGetDoesNotJoinACancelledLoad(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var kept Memo[string, int]

		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)

		// This load takes some time to notice that it has no waiters.
		slow := func(context.Context) (int, error) {
			time.Sleep(3 * time.Second)

			return 0, errors.New("cancelled")
		}
		if _, err := kept.Get(ctx, "key", time.Time{}, always, slow); err == nil {
			t.Error("Get succeeded, want the caller's cancellation")
		}

		got, err := kept.Get(t.Context(), "key", time.Time{}, always, func(context.Context) (int, error) { return 7, nil })
		if err != nil || got.Value != 7 {
			t.Errorf("value = %d, error = %v", got.Value, err)
		}

		time.Sleep(5 * time.Second) // Wait until the cancelled load has ended.
	})
}
