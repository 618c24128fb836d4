package inject_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tidemark/simulator/inject"
)

// TestThrottleKeepsToItsRate takes random calls at random times: no window of any length lets more pass than its rate
// and one burst, and whoever waits long enough passes.
func TestThrottleKeepsToItsRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate, burst := rapid.Float64Range(1, 1000).Draw(t, "rate"), rapid.Float64Range(1, 500).Draw(t, "burst")
		throttle := inject.NewThrottle(rate, burst, inject.ByPartition)
		now := start
		var passed []time.Time
		var rows []int
		for range rapid.IntRange(1, 60).Draw(t, "calls") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(time.Second)).Draw(t, "pause")))
			n := rapid.IntRange(1, 100).Draw(t, "rows")
			if throttle.Allow(now, insert, n) {
				passed, rows = append(passed, now), append(rows, n)
			}
		}
		for i := range passed {
			sum := 0.0
			for j := i; j < len(passed); j++ {
				sum += float64(rows[j])
				// The last call of a window may be bigger than the burst: it passes a full bucket and leaves a debt.
				most := burst + rate*passed[j].Sub(passed[i]).Seconds() + max(0, float64(rows[j])-burst)
				if sum > most*(1+1e-9) {
					t.Fatalf("%v rows from %v to %v, at most %v", sum, passed[i], passed[j], most)
				}
			}
		}
		now = now.Add(time.Duration((burst + 100) / rate * float64(time.Second)))
		if !throttle.Allow(now.Add(time.Millisecond), insert, 100) {
			t.Fatal("the bucket does not fill again")
		}
	})
}

func TestBucketsOfTheirOwn(t *testing.T) {
	account := func(c *inject.Call) { c.Account = "other" }
	secondary := func(c *inject.Call) { c.To = "east" }
	partition := func(c *inject.Call) { c.Partition = "p2" }
	table := func(c *inject.Call) { c.Container = "Others" }
	caller := func(c *inject.Call) { c.From, c.Operation = "outside", inject.GetEntity }
	for _, c := range []struct {
		by    inject.By
		other func(*inject.Call)
		own   bool
	}{
		{inject.ByAccount, account, true}, {inject.ByAccount, secondary, true}, {inject.ByAccount, partition, false},
		{inject.ByAccount, table, false},
		{inject.ByPartition, partition, true}, {inject.ByPartition, table, true}, {inject.ByPartition, secondary, true},
		{inject.ByPartition, caller, false},
		{"", account, true}, {"", partition, false},
	} {
		throttle := inject.NewThrottle(1, 1, c.by)
		second := insert
		c.other(&second)
		if !throttle.Allow(start, insert, 1) {
			t.Fatal("a full bucket refuses")
		}
		if got := throttle.Allow(start, second, 1); got != c.own {
			t.Errorf("by %s: %+v passes is %v, want %v", c.by, second, got, c.own)
		}
	}
}

func TestByPartitionAQueueIsOneAndWhoHasNoneIsNotCounted(t *testing.T) {
	throttle := inject.NewThrottle(1, 1, inject.ByPartition)
	put := inject.Call{To: "west", Service: "queue", Account: "acc", Operation: inject.PutMessage, Container: "orders"}
	if !throttle.Allow(start, put, 1) || throttle.Allow(start, put, 1) {
		t.Error("a queue has no bucket of its own")
	}
	query := inject.Call{To: "west", Service: "table", Account: "acc", Operation: inject.QueryEntities,
		Container: "Orders"}
	for range 5 {
		if !throttle.Allow(start, query, 1000) {
			t.Fatal("a query over partitions is counted")
		}
	}
}

func TestThrottleBounds(t *testing.T) {
	throttle := inject.NewThrottle(100, 0, inject.ByAccount) // a burst of one second
	if !throttle.Allow(start, insert, 60) || throttle.Allow(start, insert, 41) || !throttle.Allow(start, insert, 40) {
		t.Error("a second's burst is not 100")
	}
	if throttle.Allow(start.Add(-time.Hour), insert, 1) {
		t.Error("a clock that goes back fills the bucket")
	}
	if throttle.Allow(start.Add(5*time.Millisecond), insert, 0) ||
		!throttle.Allow(start.Add(10*time.Millisecond), insert, 0) {
		t.Error("no rows are not one row")
	}
	big := inject.NewThrottle(100, 10, inject.ByAccount)
	if !big.Allow(start, insert, 50) || big.Allow(start.Add(400*time.Millisecond), insert, 1) ||
		!big.Allow(start.Add(410*time.Millisecond), insert, 1) {
		t.Error("a call over the burst does not pass a full bucket, or leaves no debt")
	}
	if inject.NewThrottle(0, 5, inject.ByAccount) != nil ||
		!inject.NewThrottle(-1, 5, inject.ByAccount).Allow(start, insert, 1e6) {
		t.Error("a rate of 0 throttles")
	}
}

// TestForgottenBucketsAreAsGoodAsNew uses more partitions than are kept; those in use keep their debt.
func TestForgottenBucketsAreAsGoodAsNew(t *testing.T) {
	throttle := inject.NewThrottle(1, 10, inject.ByPartition)
	now, hot := start, insert
	hot.Partition = "hot"
	if !throttle.Allow(now, hot, 2000) {
		t.Fatal("a full bucket refuses")
	}
	for i := range 3000 {
		now = now.Add(50 * time.Millisecond)
		c := insert
		c.Partition = fmt.Sprint(i)
		if !throttle.Allow(now, c, 10) || throttle.Allow(now, c, 1) {
			t.Fatalf("partition %d has no bucket of 10", i)
		}
		if throttle.Allow(now, hot, 1) {
			t.Fatalf("after %d partitions the debt is forgotten", i)
		}
	}
}
