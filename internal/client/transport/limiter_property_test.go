package transport

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// trip describes one request: when it is made, how long it takes to reach the service, and how long the response or failure then takes to arrive.
// The response may request a pause.
type trip struct {
	start, toService, toCaller time.Duration
	pause                      time.Duration
}

func drawTrips(t *rapid.T) []trip {
	milliseconds := func(most int, name string) time.Duration {
		return time.Duration(rapid.IntRange(0, most).Draw(t, name)) * time.Millisecond
	}

	trips := make([]trip, rapid.IntRange(1, 120).Draw(t, "requests"))
	for index := range trips {
		trips[index] = trip{
			start: milliseconds(3000, "start"), toService: milliseconds(1500, "to the service"), toCaller: milliseconds(1500, "to the caller"),
		}
		if rapid.IntRange(0, 19).Draw(t, "response requests a pause") == 0 {
			trips[index].pause = milliseconds(5000, "pause")
		}
	}

	return trips
}

// The limit must hold for all latencies, even if they vary between requests.
func TestNoSecondHasMoreArrivalsThanSlots(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		perSecond := rapid.IntRange(1, 25).Draw(rt, "requests per second")
		concurrent := rapid.IntRange(1, 50).Draw(rt, "concurrent requests")
		trips := drawTrips(rt)

		var problem string

		synctest.Test(t, func(t *testing.T) {
			limiter := newLimiter(concurrent, perSecond, time.Minute)

			var (
				group          sync.WaitGroup
				mu             sync.Mutex
				arrivals       []time.Time
				inFlight, most int
			)

			for _, request := range trips {
				group.Go(func() {
					time.Sleep(request.start)

					if err := limiter.acquire(t.Context()); err != nil {
						t.Error(err)

						return
					}
					defer limiter.release()

					mu.Lock()
					inFlight++
					most = max(most, inFlight)
					mu.Unlock()

					time.Sleep(request.toService)

					mu.Lock()
					arrivals = append(arrivals, time.Now())
					mu.Unlock()

					time.Sleep(request.toCaller)
					limiter.pauseFor(request.pause)

					mu.Lock()
					inFlight--
					mu.Unlock()
				})
			}

			group.Wait()
			slices.SortFunc(arrivals, time.Time.Compare)

			for index := perSecond; index < len(arrivals); index++ {
				if span := arrivals[index].Sub(arrivals[index-perSecond]); span < time.Second {
					problem = fmt.Sprintf("%d requests arrived within %s at %d per second", perSecond+1, span, perSecond)
				}
			}

			if most > concurrent || len(arrivals) != len(trips) {
				problem = fmt.Sprintf("%d of %d requests arrived; up to %d were in flight, and the limit is %d", len(arrivals), len(trips), most, concurrent)
			}
		})

		if problem != "" { // Fail outside the synctest bubble, so that rapid can find the smallest failing example.
			rt.Fatal(problem)
		}
	})
}

func TestSlotOfAnUnsentRequestIsFreeImmediately(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		limiter := newLimiter(1, 1, time.Minute)

		if err := limiter.acquire(t.Context()); err != nil {
			t.Fatal(err)
		}

		const waiters = 3

		var group sync.WaitGroup
		for range waiters {
			group.Go(func() {
				if err := limiter.acquire(t.Context()); err != nil {
					t.Error(err)
				}

				limiter.release()
			})
		}

		synctest.Wait()
		limiter.pauseFor(10 * time.Second)
		limiter.release()

		start := time.Now()

		group.Wait()

		// The total time is the pause plus one second between consecutive requests.
		if took := time.Since(start); took != 10*time.Second+(waiters-1)*time.Second {
			t.Errorf("the requests took %s", took)
		}
	})
}
