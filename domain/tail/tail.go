// Package tail follows shards in a journal: for each it knows the blocks that have not been dropped, as of a moment
// after the question.
//
// A snapshot asks the journal for the index of every day from the shard's first to tomorrow, and for the blocks of
// every stream that is open or has numbers above its dropped mark, from the last contiguous number it has. Blocks
// never change, so what is kept is never stale. Questions that arrive while one is under way share the next. What
// compaction reads (Part) is read beside them: no question waits for it, and no answer depends on it.
//
// A question gets every block or an error. A round of reading has ten seconds; what it has read when they are over is
// kept, and the next goes on from there. In memory stay, between rounds, at most Config.Keep bytes: of each stream the
// lowest numbers, the oldest blocks first, since they are what compaction takes away first. What does not fit is
// remembered in some fifty bytes a block (number, stamp, size) and read again by each question. Memory therefore holds
// Keep, while a question is answered also the rest of its shard's journal, which is at most what can be read in ten
// seconds, and for each shard under compaction what a pass asks for. A tail follows one journal: of two journals there
// are two tails, each with its own Keep, and one that nobody asks keeps what it has. Compaction asks for parts (Part):
// they work at any size of the journal.
package tail

import (
	"context"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// Tail follows shards. It is safe for concurrent use.
type Tail struct {
	*core
	looks map[telemetry.Tenant]look // of tenants whose figures somebody asked for; guarded by mu
}

// New makes a tail. observe hears the stamp of every block seen and may be nil.
func New(cfg Config, j journal.Journal, d journal.Directory, s sched.Scheduler, observe func(telemetry.Stamp)) *Tail {
	if cfg.Parallel == 0 {
		cfg.Parallel = 16
	}
	if cfg.Keep == 0 {
		cfg.Keep = 256 << 20
	}
	if observe == nil {
		observe = func(telemetry.Stamp) {}
	}
	c := &core{cfg: cfg, journal: j, dir: d, sched: s, observe: observe, shards: map[telemetry.Shard]*follower{}}
	return &Tail{core: c, looks: map[telemetry.Tenant]look{}}
}

// Snapshot reads a shard: every block of it, or an error. One of kind fault.Unavailable says that the journal could
// not be read in time; what was read stays, and another call goes on from there. The result is shared: it must not be
// changed.
func (t *Tail) Snapshot(ctx context.Context, s telemetry.Shard) (*Snapshot, error) {
	r, start := t.join(s, whole, 0)
	if err := t.wait(ctx, r, start); err != nil {
		return nil, err
	}
	return r.snapshot, nil
}

// Part reads of a shard what fits into memory, which is at least some bytes if the journal has as many, and goes over
// the rest without keeping it. It is an error only when the time did not suffice for a single block; a block that
// cannot be read is told in the result. The result is shared: it must not be changed.
func (t *Tail) Part(ctx context.Context, s telemetry.Shard, atLeast int64) (*Part, error) {
	r, start := t.join(s, some, atLeast)
	if err := t.wait(ctx, r, start); err != nil {
		return nil, err
	}
	return r.part, nil
}

func (t *Tail) wait(ctx context.Context, r *round, start func()) error {
	if start != nil {
		t.sched.Go("tail", start)
	}
	if err := r.done.Wait(ctx); err != nil {
		return fault.Wrap(fault.Canceled, "tail.snapshot", err)
	}
	return r.err
}

// join gives the shard's next round of a kind; start is the follower's actor for it if that does not run.
func (t *Tail) join(s telemetry.Shard, k kind, atLeast int64) (r *round, start func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f := t.shards[s]
	if f == nil {
		f = &follower{tail: t.core, shard: s, streams: map[telemetry.Stream]*known{}}
		t.shards[s] = f
	}
	f.asked = t.sched.Now()
	if f.next[k] == nil {
		f.next[k] = &round{done: t.sched.NewEvent()}
	}
	r = f.next[k]
	r.atLeast = max(r.atLeast, atLeast)
	if !f.busy[k] {
		f.busy[k] = true
		start = func() { f.run(k) }
	}
	return r, start
}

// look is the last look at a tenant's shards for the figures alone.
type look struct {
	began time.Time
	over  bool
}
