package account

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tidemark/adapters/goruntime"
	"tidemark/simulator/georep"
)

// guard ends a test that hangs.
const guard = time.Minute

func part(key string) georep.Partition {
	return georep.Partition{Service: georep.Table, Container: "t", Key: key}
}

var whole = georep.Partition{Service: georep.Table, Container: "t", Whole: true}

// TestHold: partitions of a container side by side, one at a time each, none while the container is held; in the
// order in which they came.
func TestHold(t *testing.T) {
	l := newLocks(goruntime.New())
	a := hold(t, l, part("a"))
	b := hold(t, l, part("b"))
	order := make(chan string, 3)
	var waiting sync.WaitGroup
	for i, w := range []struct {
		name string
		p    georep.Partition
	}{{"whole", whole}, {"a", part("a")}, {"c", part("c")}} {
		waiting.Go(func() {
			h, err := l.hold(context.Background(), w.p)
			if err != nil {
				t.Error(err)
				return
			}
			order <- w.name
			h.release()
		})
		waits(t, l, i+1)
	}
	a.release()
	select {
	case who := <-order:
		t.Errorf("%s holds while b does", who)
	case <-time.After(10 * time.Millisecond):
	}
	b.release()
	if first := <-order; first != "whole" {
		t.Errorf("%s came before the one who waited longest", first)
	}
	waiting.Wait()
	l.empty(t)
}

func hold(t *testing.T, l *locks, p georep.Partition) holding {
	t.Helper()
	h, err := l.hold(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// waits waits until so many wait for the container.
func waits(t *testing.T, l *locks, n int) {
	t.Helper()
	s := l.shard(whole)
	for end := time.Now().Add(guard); ; time.Sleep(time.Millisecond) {
		s.mu.Lock()
		got := 0
		if k := s.held[whole]; k != nil {
			got = len(k.waiting)
		}
		s.mu.Unlock()
		if got == n {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d wait, want %d", got, n)
		}
	}
}

// empty holds that nothing is kept of what nobody holds.
func (l *locks) empty(t *testing.T) {
	t.Helper()
	for i := range l.shards {
		if n := len(l.shards[i].held); n != 0 {
			t.Errorf("%d locks are kept", n)
		}
	}
}

// TestGivingUp does not hold up who waits behind, and keeps nothing.
func TestGivingUp(t *testing.T) {
	l := newLocks(goruntime.New())
	a := hold(t, l, part("a"))
	ctx, cancel := context.WithCancel(t.Context())
	var waiting sync.WaitGroup
	waiting.Go(func() {
		if _, err := l.hold(ctx, whole); err == nil {
			t.Error("held a container whose partition is held")
		}
	})
	waits(t, l, 1)
	waiting.Go(func() {
		h, err := l.hold(t.Context(), part("b"))
		if err != nil {
			t.Error(err)
			return
		}
		h.release()
	})
	waits(t, l, 2)
	cancel()
	waiting.Wait()
	a.release()
	l.empty(t)
}

// TestHoldUnderLoad: never two at a partition, never one beside the container.
func TestHoldUnderLoad(t *testing.T) {
	l := newLocks(goruntime.New())
	var at [3]atomic.Int32
	var alone, inside atomic.Int32
	var workers sync.WaitGroup
	for w := range 16 {
		random := rand.New(rand.NewPCG(uint64(w), 1))
		workers.Go(func() {
			for range 300 {
				i := random.IntN(4)
				p := whole
				if i < 3 {
					p = part(fmt.Sprint(i))
				}
				ctx, cancel := context.WithTimeout(context.Background(),
					time.Duration(random.IntN(2000))*time.Microsecond)
				h, err := l.hold(ctx, p)
				cancel()
				if err != nil {
					continue
				}
				if i == 3 {
					if alone.Add(1) != 1 || inside.Load() != 0 {
						t.Error("somebody is beside the one who holds the container")
					}
					alone.Add(-1)
				} else {
					inside.Add(1)
					if at[i].Add(1) != 1 || alone.Load() != 0 {
						t.Error("two hold a partition")
					}
					at[i].Add(-1)
					inside.Add(-1)
				}
				h.release()
			}
		})
	}
	workers.Wait()
	l.empty(t)
}
