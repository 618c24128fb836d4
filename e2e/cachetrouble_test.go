package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"tidemark/simulator/check"
	"tidemark/simulator/history"
	"tidemark/simulator/traffic"
)

// With Redis stopped, hung, and flushed under load answers stay right, and nothing is refused or left open. How long
// things took is printed.
func TestRedisInTrouble(t *testing.T) {
	t.Parallel()
	sc := play(t)
	s := newSite(t).withRedis()
	n := s.start(quick(asBoth)...)
	d := newDataset(sc.rng)
	d.load(sc, n)
	s.lookout().drained()
	list := fixed(d.questions())
	sc.asks(n, list)
	node := func() traffic.Node { return sc.at(n) }
	for i := range 4 {
		sc.start(sc.client(fmt.Sprintf("asker-%d", i), node, traffic.Again(list).Next))
	}
	load := &writeAndRead{Fresh: fresh("load", 1)}
	sc.start(sc.client("load", node, load.Next))

	enough := count(200, 2000) // operations while something is wrong
	places := []int{sc.log.Enter("redis runs")}
	names := []string{"redis runs"}
	sc.meanwhile(enough, 0, func() {})
	for _, trouble := range []struct {
		name  string
		do    func() // again and again
		least int    // how often
	}{
		{"redis is killed", sync.OnceFunc(s.Redis.Kill), 1},
		{"redis is back", sync.OnceFunc(func() { s.must(s.Redis.Restart(context.Background())) }), 1},
		{"redis hangs", sync.OnceFunc(func() { s.must(s.Redis.Pause()) }), 1},
		{"redis goes on", sync.OnceFunc(func() { s.must(s.Redis.Resume()) }), 1},
		{"redis is flushed all the time", func() { s.must(s.Redis.FlushAll(context.Background())) }, 20},
		{"redis hangs and goes on", alternately(func() { s.must(s.Redis.Pause()) },
			func() { s.must(s.Redis.Resume()) }), 2 * period},
	} {
		places, names = append(places, sc.log.Enter(trouble.name)), append(names, trouble.name)
		sc.meanwhile(enough, trouble.least, trouble.do)
	}
	s.must(s.Redis.Resume())
	h := sc.judge(check.Demand{Acked: len(d.writes) + 1 + 5*len(names), Answers: enough * 7 / 2, Clients: 6})
	for i, name := range names {
		to := len(h.Ops) + 1<<40
		if i+1 < len(places) {
			to = places[i+1]
		}
		t.Logf("%-28s %s", name, distribution(durationsOf(h, places[i], to)))
	}
	for _, op := range h.Ops {
		if op.Outcome != history.Done {
			t.Errorf("a %v by %s: %v: %s", op.Call.Kind, op.Process, op.Outcome, op.Why)
		}
	}
}

// writeAndRead writes the next reading, and then asks for the last hundred.
type writeAndRead struct {
	*traffic.Fresh
	wrote bool
}

// Next is a write, then the questions about it.
func (w *writeAndRead) Next(*rand.Rand) (history.Call, bool) {
	if w.wrote = !w.wrote; w.wrote {
		return w.Take(1), true
	}
	last := numbered(w.Series.Source, max(0, w.Taken()-100), w.Taken()).of(history.Fold)
	last.Step = int64(time.Hour)
	return last, true
}

// meanwhile does something again and again, at least so often, until so many more operations have ended.
func (sc *scenario) meanwhile(enough, least int, do func()) {
	sc.t.Helper()
	ended := func() int { return sc.ended(history.Done, func(*history.Op) bool { return true }) }
	before := ended()
	began := time.Now()
	for n := 0; n < least || ended() < before+enough; n++ {
		time.Sleep(5 * time.Millisecond) // its pace
		if do(); time.Since(began) > 4*patience {
			sc.t.Fatalf("not within %s: %d operations are done", 4*patience, enough)
		}
	}
}

// period is how often alternately is called from one thing to the next of the same.
const period = 40

// alternately does one thing, and half a period later the other.
func alternately(one, other func()) func() {
	n := 0
	return func() {
		switch n++; n % period {
		case 1:
			one()
		case 1 + period/2:
			other()
		}
	}
}

func (s *site) must(err error) {
	if err != nil {
		s.t.Errorf("%v", err)
	}
}

// distribution says how long things took.
func distribution(took []time.Duration) string {
	at := func(q float64) time.Duration { return quantile(took, q).Round(100 * time.Microsecond) }
	return fmt.Sprintf("%5d requests: p50 %s, p90 %s, p99 %s, p99.9 %s, max %s", len(took), at(.5), at(.9), at(.99),
		at(.999), at(1))
}

func quantile(took []time.Duration, q float64) time.Duration {
	sorted := slices.Sorted(slices.Values(took))
	return sorted[int(q*float64(len(sorted)-1))]
}
