package tail

import (
	"context"
	"slices"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/blockcodec"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// patience is how long a round has. What it has read by then is kept, and the next goes on from there.
const patience = 10 * time.Second

// kind is what a round reads for. Rounds of one kind follow one another; those of the two kinds run beside one
// another, so that a question never waits for what compaction reads.
type kind uint8

const (
	whole kind = iota // a snapshot
	some              // a part
	kinds
)

// round is one reading of the journal, shared by everybody who asked before it began.
type round struct {
	done     sched.Event
	atLeast  int64 // of a part
	snapshot *Snapshot
	part     *Part
	err      error
}

// follower is a tail's memory of one shard. Tail.mu guards it.
type follower struct {
	tail  *Tail
	shard telemetry.Shard

	streams  map[telemetry.Stream]*known
	readings uint64        // of indexes, begun so far
	next     [kinds]*round // of each kind; nil: nobody has asked
	busy     [kinds]bool   // an actor runs rounds of the kind

	asked     time.Time // when somebody last wanted it
	kept      int64     // bytes of blocks in memory
	needed    int64     // of these, by the part under way
	forgotten int       // blocks that were seen and are not in memory
	held      Held      // blocks that were seen, in memory or not
	looked    time.Time // when the last round began that saw all there was; zero before the first
}

// run runs rounds of a kind until nobody asks for one.
func (f *follower) run(k kind) {
	for r := f.take(k); r != nil; r = f.take(k) {
		f.serve(k, r)
	}
}

// take gives the round that was asked for; without any the follower is not busy with the kind any more.
func (f *follower) take(k kind) *round {
	f.tail.mu.Lock()
	defer f.tail.mu.Unlock()
	r := f.next[k]
	f.next[k], f.busy[k] = nil, r != nil
	if k == some {
		f.needed = 0
		if r != nil {
			f.needed = r.atLeast
		}
	}
	return r
}

// idle reports whether no round is under way.
func (f *follower) idle() bool { return !f.busy[whole] && !f.busy[some] }

func (f *follower) serve(k kind, r *round) {
	began := f.tail.sched.Now()
	ctx, cancel := f.tail.sched.WithTimeout(context.Background(), patience)
	var err error
	switch k {
	case whole:
		r.snapshot, err = f.read(ctx)
	case some:
		r.part, err = f.readSome(ctx, r.atLeast)
	}
	if err != nil && ctx.Err() != nil {
		err = &fault.Error{Kind: fault.Unavailable, Op: "tail.read", RetryAfter: time.Second, Cause: err,
			Message: "the journal could not be read in time: what was read is remembered, ask again and it goes on " +
				"from there"}
	}
	r.err = err
	cancel()
	if err == nil && (r.part == nil || r.part.All) {
		f.sawAll(began)
	}
	f.tail.makeRoom(f, k)
	r.done.Set()
}

// sawAll notes that a round which began then saw everything there was.
func (f *follower) sawAll(began time.Time) {
	f.tail.mu.Lock()
	defer f.tail.mu.Unlock()
	if began.After(f.looked) { // a part beside it may have begun later, and ended before
		f.looked = began
	}
}

// indexes reads the index of every day. since numbers the reading: what was learned before it began is older.
func (f *follower) indexes(ctx context.Context, first telemetry.Day) (out []journal.Index, since uint64, err error) {
	t := f.tail
	t.mu.Lock()
	f.readings++
	since = f.readings
	t.mu.Unlock()
	last := max(first, telemetry.DayOf(t.sched.Now())+1)
	for n := int(last - first + 1); len(out) < n; {
		from := len(out)
		out = append(out, make([]journal.Index, n-from)...)
		err := sched.Each(ctx, t.sched, n-from, t.cfg.Parallel, func(ctx context.Context, i int) error {
			var err error
			out[from+i], err = t.journal.Index(ctx, f.shard, first+telemetry.Day(from+i))
			return err
		})
		if err != nil {
			return nil, since, err
		}
		// Streams have their day by the journal's clock: this node's may be days behind.
		n = max(n, int(telemetry.DayOf(out[n-1].At)+1-first)+1)
	}
	return out, since, nil
}

// learn takes over what the indexes say: new streams, marks that moved, streams that are finished and gone. The other
// kind of round may have learned from later ones meanwhile: nothing goes back, and a stream that is not listed is
// gone only if it was known before the reading began.
func (f *follower) learn(indexes []journal.Index, since uint64) {
	f.tail.mu.Lock()
	defer f.tail.mu.Unlock()
	listed := map[telemetry.Stream]bool{}
	for _, idx := range indexes {
		for _, st := range idx.Streams {
			listed[st.Stream] = true
			k := f.streams[st.Stream]
			if k == nil {
				k = newKnown(f.readings)
				f.streams[st.Stream] = k
			}
			k.learn(st)
			f.drop(k, k.state.Mark)
		}
	}
	for s, k := range f.streams {
		if !listed[s] && k.since < since {
			f.drop(k, 1<<63)
			delete(f.streams, s)
		}
	}
}

// readStreams reads streams side by side. What arrived stays, whatever becomes of the others.
func (f *follower) readStreams(ctx context.Context, streams []telemetry.Stream,
	read func(context.Context, telemetry.Stream) error) error {
	return sched.Each(ctx, f.tail.sched, len(streams), f.tail.cfg.Parallel, func(ctx context.Context, i int) error {
		return read(ctx, streams[i])
	})
}

// readStream gives a stream's blocks above a number to take, until that says no.
func (f *follower) readStream(ctx context.Context, s telemetry.Stream, after telemetry.Number,
	take func(Block) bool) error {
	for e, err := range f.tail.journal.Read(ctx, s, after) {
		if err != nil {
			return err
		}
		b := Block{At: telemetry.Position{Stream: s, Number: e.Number}, Size: len(e.Block)}
		if !e.Void {
			v, err := blockcodec.Open(e.Block)
			if err == nil && v.Header().At != b.At {
				err = fault.New(fault.Corrupt, "tail.read", "the block at %s says it is %s", b.At, v.Header().At)
			}
			if err != nil {
				return fault.Wrap(fault.Corrupt, "tail.read", err)
			}
			f.tail.observe(v.Header().Stamp)
			b.View = v
		}
		if !take(b) {
			return nil
		}
	}
	return nil
}

// sorted are streams in their order.
func sorted(streams []telemetry.Stream) []telemetry.Stream {
	slices.SortFunc(streams, telemetry.Stream.Compare)
	return streams
}
