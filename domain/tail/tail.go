// Package tail follows shards in a journal: for each it knows the blocks that have not been dropped, as of a moment after the question.
//
// A snapshot asks the journal for the index of every day from the shard's first to tomorrow, and for the blocks of every stream that is open or
// has numbers above its dropped mark, from the last contiguous number it has. Blocks never change, so what is kept is never stale.
// Questions that arrive while one is under way share the next.
package tail

import (
	"cmp"
	"context"
	"sync"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// Config bounds a tail.
type Config struct {
	Parallel int   // journal calls side by side for a snapshot; default 16
	Keep     int64 // bytes of blocks kept over all shards; default 256 MiB. A block that does not fit is read again at each question
}

// Tail follows shards. It is safe for concurrent use.
type Tail struct {
	cfg     Config
	journal journal.Journal
	dir     journal.Directory
	sched   sched.Scheduler
	observe func(telemetry.Stamp)

	mu     sync.Mutex
	shards map[telemetry.Shard]*follower
	held   Held
}

// Held is what a tail keeps of the journal, over all shards that somebody asked for: blocks above the dropped marks as they stood at the last question.
type Held struct {
	Blocks, Bytes, Readings int64
}

// Held tells what is kept now.
func (t *Tail) Held() Held {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.held
}

// keep counts a block that is kept, or with sign -1 one that is forgotten.
func (t *Tail) keep(b Block, sign int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.count(b, sign)
}

// count is keep with mu held.
func (t *Tail) count(b Block, sign int64) {
	t.held.Blocks += sign
	t.held.Bytes += sign * int64(b.Size)
	if b.View != nil {
		t.held.Readings += sign * int64(b.View.Readings())
	}
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
	return &Tail{cfg: cfg, journal: j, dir: d, sched: s, observe: observe, shards: map[telemetry.Shard]*follower{}}
}

// Snapshot reads a shard. The result is shared: it must not be changed.
func (t *Tail) Snapshot(ctx context.Context, s telemetry.Shard) (*Snapshot, error) {
	r, start := t.join(s)
	if start != nil {
		t.sched.Go("tail", start)
	}
	if err := r.done.Wait(ctx); err != nil {
		return nil, fault.Wrap(fault.Canceled, "tail.snapshot", err)
	}
	return r.snapshot, r.err
}

// join gives the shard's next round; start is the follower's actor if it does not run.
func (t *Tail) join(s telemetry.Shard) (r *round, start func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f := t.shards[s]
	if f == nil {
		f = &follower{tail: t, shard: s, streams: map[telemetry.Stream]*known{}}
		t.shards[s] = f
	}
	f.asked = t.sched.Now()
	if f.next == nil {
		f.next = &round{done: t.sched.NewEvent()}
		if !f.busy {
			f.busy = true
			start = f.run
		}
	}
	return f.next, start
}

// makeRoom forgets blocks while too much is kept: first those of shards that nobody has asked for in the longest time, last those of the
// shard whose actor calls. Without that order blocks of a shard that nobody asks for any more would fill the memory for ever.
func (t *Tail) makeRoom(f *follower) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for t.held.Bytes > t.cfg.Keep {
		idle := t.idlest()
		if idle == nil {
			f.evict()
			return
		}
		idle.evict()
		delete(t.shards, idle.shard)
	}
}

// idlest is the follower without a round that was asked for the longest ago, nil if there is none. Called with mu held.
func (t *Tail) idlest() *follower {
	var out *follower
	for _, f := range t.shards {
		if f.busy {
			continue
		}
		if out == nil || cmp.Or(f.asked.Compare(out.asked), cmp.Compare(f.shard.Tenant, out.shard.Tenant), cmp.Compare(f.shard.Index, out.shard.Index)) < 0 {
			out = f
		}
	}
	return out
}

// evict forgets the shard's blocks, which the next round reads again. Called with Tail.mu held.
func (f *follower) evict() {
	for _, k := range f.streams {
		for _, b := range k.blocks {
			f.tail.count(b, -1)
		}
		k.blocks, k.contiguous = nil, k.state.Mark
	}
}
