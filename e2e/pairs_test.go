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

	"tidemark/simulator/check"
	"tidemark/simulator/history"
)

// Two nodes share only storage. What one has acknowledged the other shows, every time, while a worker compacts, and
// while somebody puts older values back into Redis.
func TestReadYourWritesAcrossNodes(t *testing.T) {
	t.Parallel()
	sc := play(t)
	s := newSite(t).withRedis()
	nodes := []*node{s.start(quick(asBoth)...), s.start(quick(asAPI)...)}
	g := plant(t, s.Redis.Addr(), sc.rng.Uint64())
	p := &pairs{scenario: sc}
	began := time.Now()
	n := 0
	// a quick machine has its pairs before a chunk changes twice
	const planted = 20
	for n < count(300, 10_000) || g.planted.Load() < planted && time.Since(began) < time.Minute {
		p.pair(nodes[n%2], nodes[(n+1)%2])
		n++
	}
	took := time.Since(began)
	g.stop()
	t.Logf("%d pairs in %s, %.1f ms each; %d values were planted in place of newer ones, over %d keys", n,
		took.Round(time.Millisecond), float64(took.Milliseconds())/float64(n), g.planted.Load(), len(g.history))
	if got := g.planted.Load(); got < planted {
		t.Errorf("%d stale values were planted: this proves too little", got)
	}
	for _, n := range nodes {
		sc.whole(n, numbered("s", 0, pairSpan))
	}
	sc.judge(check.Demand{Acked: n, Answers: n + 8})
}

// pairs writes to one node and reads from another.
type pairs struct {
	*scenario
	known []int // the readings that there are
	stamp history.Stamp
}

const pairSpan = 20_000 // readings that may be written: some 39 hours

// pair writes one reading, new or a correction, and reads it, or a span around it: also readings whose blocks were
// dropped since.
func (p *pairs) pair(writer, reader *node) {
	p.t.Helper()
	k := p.rng.IntN(pairSpan)
	if len(p.known) > 0 && p.rng.IntN(3) == 0 {
		k = p.known[p.rng.IntN(len(p.known))] // a correction
	}
	p.known = append(p.known, k)
	c := fresh("s", 1).Of(k, k+1)
	c.Readings[0].Values[0], c.After = float64(p.rng.IntN(1_000_000)), p.stamp
	p.stamp = p.do(writer, c).Answer.Origin.Stamp
	from, to := k, k+1
	if p.rng.IntN(2) == 0 {
		from, to = max(0, k-2000), min(pairSpan, k+2000)
	}
	p.do(reader, numbered("s", from, to).of(history.Read))
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
