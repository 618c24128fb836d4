package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// Two nodes share only storage. What one has acknowledged the other shows, every time, while a worker compacts, and
// while somebody puts older values back into Redis.
func TestReadYourWritesAcrossNodes(t *testing.T) {
	t.Parallel()
	rng := seeded(t)
	s := newSite(t)
	s.withRedis()
	nodes := []*node{s.start(quick(asBoth)...), s.start(quick(asAPI)...)}
	g := plant(t, s.Redis.Addr(), rng.Uint64())
	p := &pairs{t: t, rng: rng, truth: map[int]float64{}}
	began := time.Now()
	n := 0
	// a quick machine has its pairs before a chunk changes twice
	for n < count(300, 10_000) || g.planted.Load() < 20 && time.Since(began) < time.Minute {
		p.pair(nodes[n%2], nodes[(n+1)%2])
		n++
	}
	took := time.Since(began)
	g.stop()
	t.Logf("%d pairs in %s, %.1f ms each; %d misses; %d values were planted in place of newer ones, over %d keys",
		n, took.Round(time.Millisecond), float64(took.Milliseconds())/float64(n), p.misses, g.planted.Load(),
		len(g.history))
	if g.planted.Load() == 0 {
		t.Error("no stale value was planted: this proves too little")
	}
	p.everything(nodes)
}

// pairs writes to one node and reads from another.
type pairs struct {
	t      *testing.T
	rng    *rand.Rand
	truth  map[int]float64
	stamp  string
	misses int
}

const pairSpan = 20_000 // readings that may be written: some 39 hours

// pair writes one reading, new or a correction, and reads it, or what it changes.
func (p *pairs) pair(writer, reader *node) {
	p.t.Helper()
	k := p.rng.IntN(pairSpan)
	if len(p.truth) > 0 && p.rng.IntN(3) == 0 {
		for k = range p.truth { // any: a correction
			break
		}
	}
	value := float64(p.rng.IntN(1_000_000))
	doc := series{Source: "s", Metric: "m"}
	doc.add(timeOf(k), value)
	header := map[string]string{"Content-Type": "application/json"}
	if p.stamp != "" {
		header["Tidemark-After"] = p.stamp
	}
	var w written
	writer.decode(writer.ask("POST", "/v1/readings", header, document(doc)).body, &w)
	p.stamp, p.truth[k] = w.Stamp, value
	p.read(reader, k)
}

// read asks for the reading itself, or for a span around it, and wants the truth in all of it: also of readings whose
// blocks were dropped since.
func (p *pairs) read(n *node, k int) {
	p.t.Helper()
	from, to := k, k+1
	if p.rng.IntN(2) == 0 {
		from, to = max(0, k-2000), min(pairSpan, k+2000)
	}
	p.compare(n, from, to)
}

// compare holds the readings of a span against the truth.
func (p *pairs) compare(n *node, from, to int) {
	p.t.Helper()
	wrong := 0
	got := map[int]float64{}
	for _, r := range n.readings("s", "m", timeOf(from), timeOf(to)) {
		k := indexOf(r.Time)
		got[k] = r.Value
		if want, ok := p.truth[k]; !ok || want != r.Value {
			wrong++
			p.t.Errorf("reading %d is %v, acknowledged was %v", k, r.Value, want)
		}
	}
	for k := range p.truth {
		if _, ok := got[k]; !ok && k >= from && k < to {
			wrong++
			p.t.Errorf("reading %d was acknowledged and is not there", k)
		}
	}
	p.misses += min(wrong, 1)
	if wrong > 0 && p.misses > 10 {
		p.t.FailNow()
	}
}

// everything compares all readings, from both nodes.
func (p *pairs) everything(nodes []*node) {
	p.t.Helper()
	for _, n := range nodes {
		p.compare(n, 0, pairSpan)
		if c := n.aggregate("count", "s", "m", timeOf(0), timeOf(pairSpan)); int(c) != len(p.truth) {
			p.t.Errorf("in the end aggregates count %v, should be %d", c, len(p.truth))
		}
	}
}

// gremlin remembers every value that Redis ever held, as far as it sees them, and puts older ones back.
type gremlin struct {
	client  *redis.Client
	rng     *rand.Rand
	history map[string][]string
	planted atomic.Int64
	cancel  context.CancelFunc
	over    sync.WaitGroup
}

func plant(t testing.TB, addr string, seed uint64) *gremlin {
	ctx, cancel := context.WithCancel(context.Background())
	g := &gremlin{client: redis.NewClient(&redis.Options{Addr: addr}), rng: rand.New(rand.NewPCG(seed, 1)),
		history: map[string][]string{}, cancel: cancel}
	g.over.Go(func() {
		for ctx.Err() == nil {
			if err := g.round(ctx); err != nil && ctx.Err() == nil {
				t.Errorf("plant: %v", err)
				return
			}
			time.Sleep(time.Duration(g.rng.IntN(8)) * time.Millisecond)
		}
	})
	t.Cleanup(g.stop)
	return g
}

func (g *gremlin) stop() {
	g.cancel()
	g.over.Wait()
	_ = g.client.Close()
}

// round looks at every key, and puts back an older value of some.
func (g *gremlin) round(ctx context.Context) error {
	for keys := g.client.Scan(ctx, 0, "*", 1000).Iterator(); keys.Next(ctx); {
		k := keys.Val()
		v, err := g.client.Get(ctx, k).Result()
		if err == redis.Nil {
			continue
		}
		if err != nil {
			return fmt.Errorf("get %q: %w", k, err)
		}
		old := g.history[k]
		if len(old) == 0 || old[len(old)-1] != v {
			old = append(old, v)
			g.history[k] = old
		}
		if len(old) < 2 || g.rng.IntN(4) != 0 {
			continue
		}
		if err := g.client.Set(ctx, k, old[g.rng.IntN(len(old)-1)], redis.KeepTTL).Err(); err != nil {
			return fmt.Errorf("set %q: %w", k, err)
		}
		g.planted.Add(1)
	}
	return nil
}
