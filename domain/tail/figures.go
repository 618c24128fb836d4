package tail

import (
	"context"
	"time"

	"tidemark/domain/telemetry"
	"tidemark/ports/sched"
)

// Held tells what is known now, over all shards that somebody asked for.
func (t *Tail) Held() Held {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.held
}

// Kept is how many bytes of blocks are in memory now: between rounds at most Config.Keep.
func (t *Tail) Kept() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.kept
}

// Figures are what a tail knows of a tenant's part of the journal.
type Figures struct {
	Held
	// Looked is when the look at the tenant's shards that lies back the longest began, by the node's clock; zero
	// while one of them was never looked at, and then the figures say nothing.
	Looked time.Time
}

// lookEvery is how old figures may grow while somebody asks for them.
const lookEvery = 5 * time.Second

// Figures tells what is known now of the first shards of a tenant, without a call of the journal. Questions and
// compactions keep it up to date; where they have not for a while, a look of its own begins behind it, one at a time
// for a tenant, for whoever asks next.
func (t *Tail) Figures(tenant telemetry.Tenant, shards int) Figures {
	now := t.sched.Now()
	t.mu.Lock()
	out := t.figures(tenant, shards)
	last, before := t.looks[tenant]
	due := now.Sub(out.Looked) >= lookEvery && (!before || last.over && now.Sub(last.began) >= lookEvery)
	if due {
		t.looks[tenant] = look{began: now}
	}
	t.mu.Unlock()
	if due {
		t.sched.Go("tail figures", func() { t.look(tenant, shards, now) })
	}
	return out
}

// figures sums up. Called with mu held.
func (t *Tail) figures(tenant telemetry.Tenant, shards int) Figures {
	var out Figures
	for i := range shards {
		f := t.shards[telemetry.Shard{Tenant: tenant, Index: uint16(i)}]
		if f == nil || f.looked.IsZero() {
			return Figures{}
		}
		out.add(f.held, 1)
		if i == 0 || f.looked.Before(out.Looked) {
			out.Looked = f.looked
		}
	}
	return out
}

// look follows the shards of a tenant anew. What does not answer keeps the figures that it had.
func (t *Tail) look(tenant telemetry.Tenant, shards int, began time.Time) {
	_ = sched.Each(context.Background(), t.sched, shards, t.cfg.Parallel, func(ctx context.Context, i int) error {
		_, _ = t.Part(ctx, telemetry.Shard{Tenant: tenant, Index: uint16(i)}, 0)
		return nil
	})
	t.mu.Lock()
	defer t.mu.Unlock()
	t.looks[tenant] = look{began: began, over: true}
}
