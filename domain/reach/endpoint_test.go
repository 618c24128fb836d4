package reach_test

import (
	"context"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/fault"
	"tidemark/domain/reach"
	"tidemark/domain/region"
	"tidemark/ports/sched"
)

// seedOf is TIDEMARK_SEED or another one each time, printed when the test fails.
func seedOf(t *testing.T) uint64 {
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("TIDEMARK_SEED"); text != "" {
		v, err := strconv.ParseUint(text, 0, 64)
		if err != nil {
			t.Fatalf("TIDEMARK_SEED: %v", err)
		}
		seed = v
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("again with TIDEMARK_SEED=%d", seed)
		}
	})
	return seed
}

// onVirtualTime runs a test in an actor of a scheduler of a seed.
func onVirtualTime(t *testing.T, seed uint64, body func(s *memory.Sched)) *memory.Sched {
	t.Helper()
	s := memory.NewSched(seed)
	if err := s.Run(func() { body(s) }); err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	return s
}

// trouble is what is wrong with an endpoint.
type trouble string

const (
	none    trouble = "none"
	refuses trouble = "refuses" // at once
	resets  trouble = "resets"  // after a moment, and it may have happened
	hangs   trouble = "hangs"   // the adapter gives up after a second
	deaf    trouble = "deaf"    // nobody gives up but the caller
)

// endpoint is one that takes some time to answer, and can be in trouble.
type endpoint struct {
	s     sched.Scheduler
	takes func() time.Duration

	mu    sync.Mutex
	is    trouble
	calls int
	most  int // calls under way at once
	under int
}

func (e *endpoint) turn(to trouble) {
	e.mu.Lock()
	e.is = to
	e.mu.Unlock()
}

func (e *endpoint) counted() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.calls
}

// call is a call of it, as an adapter makes it: what it lacks is no fault of the caller's.
func (e *endpoint) call(ctx context.Context) error {
	e.mu.Lock()
	is := e.is
	e.calls++
	e.under++
	e.most = max(e.most, e.under)
	e.mu.Unlock()
	defer func() {
		e.mu.Lock()
		e.under--
		e.mu.Unlock()
	}()
	pause, failed := e.takes(), error(nil)
	switch is {
	case refuses:
		pause, failed = 0, fault.New(fault.Unavailable, "call", "refused")
	case resets:
		failed = fault.New(fault.Indeterminate, "call", "reset")
	case hangs:
		pause, failed = time.Second, fault.Wrap(fault.Indeterminate, "call", context.DeadlineExceeded)
	case deaf:
		pause = 1000 * time.Hour
	}
	if err := e.s.Sleep(ctx, pause); err != nil {
		return fault.Wrap(fault.Canceled, "call", err)
	}
	return failed
}

// after is an endpoint that answers after a time.
func after(s sched.Scheduler, d time.Duration) *endpoint {
	return &endpoint{s: s, is: none, takes: func() time.Duration { return d }}
}

var (
	east, west = region.JournalOf("east"), region.JournalOf("west")
)

// notices collects what a guard tells.
type notices struct {
	mu  sync.Mutex
	all []region.Called
}

func (n *notices) seen(c region.Called) {
	n.mu.Lock()
	n.all = append(n.all, c)
	n.mu.Unlock()
}

// outcomes are what was told since it was last asked.
func (n *notices) outcomes() (out []region.Outcome) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range n.all {
		out = append(out, c.Outcome)
	}
	n.all = nil
	return out
}

// over is an endpoint behind a guard: a call through it, as the decorators make one.
func over(e *endpoint, g *reach.Guard) func(context.Context) error {
	rows := reach.Rows(callingRows{e: e}, g)
	return func(ctx context.Context) error {
		_, err := rows.Expired(ctx)
		return err
	}
}
