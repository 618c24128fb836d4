package tail

import (
	"cmp"
	"slices"
	"time"

	"tidemark/domain/telemetry"
)

// lasting is for how long a shard that nobody asks for is remembered once none of its blocks is in memory.
const lasting = time.Minute

// makeRoom forgets blocks while too much is kept: first those of shards that nobody has asked for in the longest
// time, last those of the shard whose round is over. Without that order blocks of a shard that nobody asks for any
// more would fill the memory for ever.
func (t *core) makeRoom(f *follower, k kind) {
	now := t.sched.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	if k == some {
		f.needed = 0
	}
	if t.kept <= t.cfg.Keep {
		return
	}
	for t.kept > t.cfg.Keep {
		idle := t.idlest()
		if idle == nil {
			f.evict()
			break
		}
		idle.evict()
	}
	for _, f := range t.shards {
		if f.idle() && f.kept == 0 && now.Sub(f.asked) > lasting {
			t.forget(f)
		}
	}
}

// forget gives up a follower. Called with mu held.
func (t *core) forget(f *follower) {
	t.held.add(f.held, -1)
	delete(t.shards, f.shard)
}

// idlest is the follower without a round that was asked for the longest ago and holds something, nil if there is
// none. Called with mu held.
func (t *core) idlest() *follower {
	var out *follower
	for _, f := range t.shards {
		if !f.idle() || f.kept == 0 {
			continue
		}
		if out == nil || cmp.Or(f.asked.Compare(out.asked), cmp.Compare(f.shard.Tenant, out.shard.Tenant),
			cmp.Compare(f.shard.Index, out.shard.Index)) < 0 {
			out = f
		}
	}
	return out
}

// evict forgets the shard's youngest blocks while too much is kept, but not what a part under way needs. Of each
// stream a prefix stays: what follows is read from a number on, and compaction takes the oldest blocks first. Called
// with Tail.mu held.
func (f *follower) evict() {
	type tip struct {
		k   *known
		age telemetry.Stamp // of the youngest up to this block
	}
	var tips []tip
	for _, k := range f.streams {
		age := telemetry.Stamp(0)
		for _, b := range k.blocks {
			if b.View != nil {
				age = max(age, b.View.Header().Stamp)
			}
			tips = append(tips, tip{k, age})
		}
	}
	slices.SortFunc(tips, func(a, b tip) int {
		return cmp.Or(cmp.Compare(b.age, a.age), b.k.state.Stream.Compare(a.k.state.Stream))
	})
	shorter := map[*known]bool{}
	for _, t := range tips {
		if f.tail.kept <= f.tail.cfg.Keep || f.kept <= f.needed {
			break
		}
		last := len(t.k.blocks) - 1
		b := t.k.blocks[last]
		t.k.blocks = t.k.blocks[:last]
		shorter[t.k] = true
		t.k.forgotten[b.At.Number] = briefly(b)
		t.k.loaded = min(t.k.loaded, b.At.Number-1)
		f.keep(-int64(b.Size))
		f.forgotten++
	}
	for k := range shorter {
		k.blocks = slices.Clone(k.blocks) // questions go on with the old one, and nothing else holds what was forgotten
	}
}
