package tail

import (
	"cmp"
	"context"
	"slices"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// patience is how long a round has. What it has read by then is kept, and the next goes on from there.
const patience = 10 * time.Second

// round is one reading of the journal, shared by everybody who asked before it began.
type round struct {
	done     sched.Event
	atLeast  int64 // of a part
	snapshot *Snapshot
	part     *Part
	err      error
}

// follower is a tail's memory of one shard. The actor that runs a round owns streams; of one that is not busy Tail.mu guards them.
type follower struct {
	tail    *Tail
	shard   telemetry.Shard
	streams map[telemetry.Stream]*known

	// Guarded by Tail.mu:
	busy      bool
	whole     *round    // the next for a snapshot
	some      *round    // the next for a part
	asked     time.Time // when somebody last wanted it
	kept      int64     // bytes of blocks in memory
	forgotten int       // blocks that were seen and are not in memory
	held      Held      // blocks that were seen, in memory or not
	looked    time.Time // when the last round began that saw all there was; zero before the first
}

func (f *follower) run() {
	for {
		whole, some := f.take()
		if whole == nil && some == nil {
			return
		}
		f.serve(whole, func(ctx context.Context, r *round) (err error) {
			r.snapshot, err = f.read(ctx)
			return err
		})
		f.serve(some, func(ctx context.Context, r *round) (err error) {
			r.part, err = f.readSome(ctx, r.atLeast)
			return err
		})
	}
}

// take gives what was asked for; without any the follower is not busy any more.
func (f *follower) take() (whole, some *round) {
	f.tail.mu.Lock()
	defer f.tail.mu.Unlock()
	whole, some = f.whole, f.some
	f.whole, f.some = nil, nil
	f.busy = whole != nil || some != nil
	return whole, some
}

func (f *follower) serve(r *round, read func(context.Context, *round) error) {
	if r == nil {
		return
	}
	began := f.tail.sched.Now()
	ctx, cancel := f.tail.sched.WithTimeout(context.Background(), patience)
	err := read(ctx, r)
	if err != nil && ctx.Err() != nil {
		err = &fault.Error{Kind: fault.Unavailable, Op: "tail.read", RetryAfter: time.Second, Cause: err,
			Message: "the journal could not be read in time: what was read is remembered, ask again and it goes on from there"}
	}
	r.err = err
	cancel()
	if err == nil && (r.part == nil || r.part.All) {
		f.sawAll(began)
	}
	f.tail.makeRoom(f)
	r.done.Set()
}

// sawAll notes that a round which began then saw everything there was.
func (f *follower) sawAll(began time.Time) {
	f.tail.mu.Lock()
	defer f.tail.mu.Unlock()
	f.looked = began
}

// read takes a snapshot. Blocks of streams already known are asked for first, then the indexes; a stream that the indexes show and that
// was not read yet is read, and then the indexes again, until nothing new appears: so the marks are always read after the blocks.
func (f *follower) read(ctx context.Context) (*Snapshot, error) {
	t := f.tail
	snap := &Snapshot{Shard: f.shard, Began: t.sched.Now()}
	first, err := t.dir.First(ctx, f.shard)
	if fault.Is(err, fault.NotFound) { // nothing was ever stored, and that is as of some time too
		snap.Now, err = t.dir.Now(ctx)
		return snap, err
	}
	if err != nil {
		return nil, err
	}
	f.begin()
	if err := f.readStreams(ctx, f.unread(), f.readWhole); err != nil {
		return nil, err
	}
	for {
		indexes, err := f.indexes(ctx, first)
		if err != nil {
			return nil, err
		}
		f.learn(indexes)
		fresh := f.unread()
		if len(fresh) == 0 {
			return snap, f.fill(snap, first, indexes)
		}
		if err := f.readStreams(ctx, fresh, f.readWhole); err != nil {
			return nil, err
		}
	}
}

// readSome takes a part. The indexes come first, so that there are marks when the time is over. What is asked is answered by what was stored
// before the indexes were read: a stream born later has later blocks, and a mark that moved since hides nothing but what was settled.
func (f *follower) readSome(ctx context.Context, atLeast int64) (*Part, error) {
	first, err := f.tail.dir.First(ctx, f.shard)
	if fault.Is(err, fault.NotFound) {
		return &Part{All: true, Oldest: never}, nil
	}
	if err != nil {
		return nil, err
	}
	indexes, err := f.indexes(ctx, first)
	if err != nil {
		return nil, err
	}
	f.learn(indexes)
	f.begin()
	err = f.readStreams(ctx, f.byNeed(f.unread()), func(ctx context.Context, s telemetry.Stream, k *known) error {
		return f.readPart(ctx, s, k, atLeast)
	})
	part := f.part(indexes)
	part.All = err == nil
	if err != nil && (ctx.Err() == nil || len(part.Blocks) == 0) {
		return nil, err
	}
	return part, nil
}

// begin forgets which streams the round before has read.
func (f *follower) begin() {
	for _, k := range f.streams {
		k.read = false
	}
}

// unread lists the streams that the round still has to read: open, or with numbers above the mark that are not all in memory.
func (f *follower) unread() []telemetry.Stream {
	var out []telemetry.Stream
	for s, k := range f.streams {
		if !k.read && !k.ends(k.held) {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, telemetry.Stream.Compare)
	return out
}

// byNeed sorts streams by the oldest block that is not in memory: those are the first to use the room that there is.
func (f *follower) byNeed(streams []telemetry.Stream) []telemetry.Stream {
	oldest := make(map[telemetry.Stream]telemetry.Stamp, len(streams))
	for _, s := range streams {
		oldest[s] = f.streams[s].oldestForgotten()
	}
	slices.SortStableFunc(streams, func(a, b telemetry.Stream) int { return cmp.Compare(oldest[a], oldest[b]) })
	return streams
}

func (f *follower) indexes(ctx context.Context, first telemetry.Day) ([]journal.Index, error) {
	t := f.tail
	last := max(first, telemetry.DayOf(t.sched.Now())+1)
	var out []journal.Index
	for n := int(last - first + 1); len(out) < n; {
		from := len(out)
		out = append(out, make([]journal.Index, n-from)...)
		err := sched.Each(ctx, t.sched, n-from, t.cfg.Parallel, func(ctx context.Context, i int) error {
			var err error
			out[from+i], err = t.journal.Index(ctx, f.shard, first+telemetry.Day(from+i))
			return err
		})
		if err != nil {
			return nil, err
		}
		n = max(n, int(telemetry.DayOf(out[n-1].At)+1-first)+1) // streams have their day by the journal's clock: this node's may be days behind
	}
	return out, nil
}

// learn takes over what the indexes say: new streams, marks that moved, streams that are finished and gone.
func (f *follower) learn(indexes []journal.Index) {
	listed := map[telemetry.Stream]bool{}
	for _, idx := range indexes {
		for _, st := range idx.Streams {
			listed[st.Stream] = true
			k := f.streams[st.Stream]
			if k == nil {
				k = newKnown()
				f.streams[st.Stream] = k
			}
			k.state = st
			f.drop(k, st.Mark)
		}
	}
	for s, k := range f.streams {
		if !listed[s] {
			f.drop(k, 1<<63)
			delete(f.streams, s)
		}
	}
}

// fill completes the snapshot with what is known now.
func (f *follower) fill(snap *Snapshot, first telemetry.Day, indexes []journal.Index) error {
	snap.Marks.First = first
	for _, idx := range indexes {
		snap.Marks.Versions = append(snap.Marks.Versions, idx.Version)
		if snap.Now.IsZero() || idx.At.Before(snap.Now) {
			snap.Now = idx.At
		}
		snap.Streams = append(snap.Streams, idx.Streams...)
		for _, st := range idx.Streams {
			k := f.streams[st.Stream]
			if len(k.forgotten) > 0 { // never silently short: it was there, no mark has passed it, and it was not read again
				return fault.New(fault.Unavailable, "tail.read", "the journal does not give blocks again that it gave before")
			}
			snap.Blocks = append(snap.Blocks, k.blocks...)
		}
	}
	return nil
}

// part is what is known now.
func (f *follower) part(indexes []journal.Index) *Part {
	p := &Part{Oldest: never}
	for _, idx := range indexes {
		p.Streams = append(p.Streams, idx.Streams...)
		for _, st := range idx.Streams {
			k := f.streams[st.Stream]
			p.Blocks = append(p.Blocks, k.blocks...)
			p.Total += len(k.blocks) + len(k.forgotten)
			p.Oldest = min(p.Oldest, k.oldest())
		}
	}
	return p
}
