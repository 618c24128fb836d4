package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"
)

// cacheTimeout is what a call to the cache takes at most (docs/operations.md), and so what a cache in trouble may
// add; ten times that is the guard.
const cacheTimeout = 50 * time.Millisecond

// With Redis stopped, hung, and flushed under load answers stay right, there is no 5xx, and the added latency is
// bounded.
func TestRedisInTrouble(t *testing.T) {
	rng := seeded(t)
	s := newSite(t)
	s.withRedis()
	n := s.start(quick(asBoth)...)
	d := newDataset(rng)
	d.load(n)
	s.lookout().drained()
	list := d.questions()
	want := answers(n, list)

	phase := time.Duration(count(2, 20)) * time.Second
	run := func(name string, trouble func(stop <-chan struct{})) []time.Duration {
		l := &load{t: t, n: n, list: list, want: want}
		took := l.run(phase, rng.Uint64(), trouble)
		t.Logf("%-28s %s", name, distribution(took))
		return took
	}
	calm := run("redis runs", func(<-chan struct{}) {})
	bound := slices.Max(calm) + 10*cacheTimeout
	for _, trouble := range []struct {
		name string
		do   func(stop <-chan struct{})
	}{
		{"redis is killed", func(<-chan struct{}) { s.Redis.Kill() }},
		{"redis is back", func(<-chan struct{}) { s.must(s.Redis.Restart(context.Background())) }},
		{"redis hangs", func(<-chan struct{}) { s.must(s.Redis.Pause()) }},
		{"redis goes on", func(<-chan struct{}) { s.must(s.Redis.Resume()) }},
		{"redis is flushed all the time", func(stop <-chan struct{}) {
			for !over(stop) {
				s.must(s.Redis.FlushAll(context.Background()))
				time.Sleep(5 * time.Millisecond)
			}
		}},
		{"redis hangs and goes on", func(stop <-chan struct{}) {
			for !over(stop) {
				s.must(s.Redis.Pause())
				time.Sleep(150 * time.Millisecond)
				s.must(s.Redis.Resume())
				time.Sleep(150 * time.Millisecond)
			}
		}},
	} {
		// Not the slowest: on a machine that does other things too, one in a thousand requests says nothing of the
		// cache.
		if slow := quantile(run(trouble.name, trouble.do), .99); slow > bound {
			t.Errorf("%s: one request in a hundred took %s and more; without trouble the slowest took %s, and a "+
				"cache may add %s (guard: ten times)",
				trouble.name, slow, slices.Max(calm), cacheTimeout)
		}
	}
}

func (s *site) must(err error) {
	if err != nil {
		s.t.Errorf("%v", err)
	}
}

func over(stop <-chan struct{}) bool {
	select {
	case <-stop:
		return true
	default:
		return false
	}
}

// load is clients that ask and write side by side.
type load struct {
	t    *testing.T
	n    *node
	list []question
	want []string

	mu   sync.Mutex
	took []time.Duration
}

var loadSeries int // every run writes series of its own

// run loads the node for a time, with trouble in it.
func (l *load) run(d time.Duration, seed uint64, trouble func(stop <-chan struct{})) []time.Duration {
	stop := make(chan struct{})
	loadSeries++
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() { l.ask(stop, rand.New(rand.NewPCG(seed, uint64(i)))) })
	}
	all.Go(func() { l.writeAndRead(stop, fmt.Sprintf("load-%d", loadSeries)) })
	all.Go(func() { trouble(stop) })
	time.Sleep(d)
	close(stop)
	all.Wait()
	return l.took
}

// ask asks questions about series that nobody writes to any more. Lists of everything are left out: they show the
// load.
func (l *load) ask(stop <-chan struct{}, rng *rand.Rand) {
	for !over(stop) {
		i := rng.IntN(len(l.list))
		q := l.list[i]
		if !q.fixed() {
			continue
		}
		r, err := q.send(l.n)
		l.note(r, err, q.path)
		if err == nil && r.status == http.StatusOK && string(r.body) != l.want[i] {
			l.t.Errorf("%s: %s", q.path, difference(l.want[i], string(r.body)))
		}
	}
}

// writeAndRead wants to read what it wrote.
func (l *load) writeAndRead(stop <-chan struct{}, source string) {
	for k := 0; !over(stop); k++ {
		s := series{Source: source, Metric: "m"}
		s.add(timeOf(k), valueOf(k))
		r, err := send(http.MethodPost, l.n.url+"/v1/readings", asJSON, document(s))
		l.note(r, err, "write")
		got, err := send(http.MethodGet, l.n.url+query("/v1/aggregates",
			append(spanOf(timeOf(0), timeOf(k+1)), "source", source, "step", "1y", "fn", "count,last")...), nil, nil)
		l.note(got, err, "read")
		var body struct {
			Groups []struct{ Values map[string][]float64 }
		}
		l.n.decode(got.body, &body)
		if len(body.Groups) != 1 || body.Groups[0].Values["count"][0] != float64(k+1) ||
			body.Groups[0].Values["last"][0] != valueOf(k) {
			l.t.Errorf("after write %d: %s", k, got.body)
		}
	}
}

func (l *load) note(r reply, err error, what string) {
	if err != nil || r.status != http.StatusOK {
		l.t.Errorf("%s: %d %v %s", what, r.status, err, r.body)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.took = append(l.took, r.took)
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
