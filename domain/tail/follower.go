package tail

import (
	"context"
	"slices"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// round is one reading of the journal, shared by everybody who asked before it began.
type round struct {
	done     sched.Event
	snapshot *Snapshot
	err      error
}

// follower is a tail's memory of one shard. The actor that runs a round owns streams; of one that is not busy Tail.mu guards them.
type follower struct {
	tail    *Tail
	shard   telemetry.Shard
	streams map[telemetry.Stream]*known

	busy  bool      // guarded by Tail.mu
	next  *round    // guarded by Tail.mu
	asked time.Time // when somebody last wanted it; guarded by Tail.mu
}

// known is what is remembered of a stream: blocks by number, rising.
type known struct {
	blocks     []Block
	contiguous telemetry.Number // every number up to it is known or below the mark
	state      journal.State
	read       int // the round's pass in which it was last read
}

func (f *follower) run() {
	t := f.tail
	for {
		t.mu.Lock()
		r := f.next
		f.next = nil
		if r == nil {
			f.busy = false
			t.mu.Unlock()
			return
		}
		t.mu.Unlock()
		ctx, cancel := t.sched.WithTimeout(context.Background(), 10*time.Second)
		r.snapshot, r.err = f.read(ctx)
		cancel()
		r.done.Set()
	}
}

// read takes a snapshot. Blocks of streams already known are asked for first, then the indexes; a stream that the indexes show and that
// was not read yet is read, and then the indexes again, until nothing new appears: so the marks are always read after the blocks.
func (f *follower) read(ctx context.Context) (*Snapshot, error) {
	t := f.tail
	snap := &Snapshot{Shard: f.shard, Began: t.sched.Now()}
	first, err := t.dir.First(ctx, f.shard)
	if fault.Is(err, fault.NotFound) {
		return snap, nil
	}
	if err != nil {
		return nil, err
	}
	pass := 1
	f.forgetReads()
	if err := f.readStreams(ctx, f.worth(pass), pass); err != nil {
		return nil, err
	}
	for {
		indexes, err := f.indexes(ctx, first)
		if err != nil {
			return nil, err
		}
		f.learn(first, indexes)
		fresh := f.worth(pass)
		if len(fresh) == 0 {
			f.fill(snap, first, indexes)
			return snap, nil
		}
		if err := f.readStreams(ctx, fresh, pass); err != nil {
			return nil, err
		}
	}
}

func (f *follower) forgetReads() {
	for _, k := range f.streams {
		k.read = 0
	}
}

// worth lists the streams that have to be read in this pass: open, or with numbers above the mark that are not all known.
func (f *follower) worth(pass int) []telemetry.Stream {
	var out []telemetry.Stream
	for s, k := range f.streams {
		if k.read < pass && !(k.state.Sealed && k.contiguous >= k.state.Last) {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, telemetry.Stream.Compare)
	return out
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
func (f *follower) learn(first telemetry.Day, indexes []journal.Index) {
	listed := map[telemetry.Stream]bool{}
	for _, idx := range indexes {
		for _, st := range idx.Streams {
			listed[st.Stream] = true
			k := f.streams[st.Stream]
			if k == nil {
				k = &known{}
				f.streams[st.Stream] = k
			}
			k.state = st
			f.forget(k, st.Mark)
		}
	}
	for s, k := range f.streams {
		if !listed[s] {
			f.forget(k, 1<<63)
			delete(f.streams, s)
		}
	}
}

// forget drops what is at or below a mark.
func (f *follower) forget(k *known, mark telemetry.Number) {
	n := 0
	for n < len(k.blocks) && k.blocks[n].At.Number <= mark {
		f.tail.keep(k.blocks[n], -1)
		n++
	}
	k.blocks = slices.Delete(k.blocks, 0, n)
	k.contiguous = max(k.contiguous, mark)
	k.advance()
}

func (k *known) advance() {
	for _, b := range k.blocks {
		if b.At.Number == k.contiguous+1 {
			k.contiguous++
		}
	}
}

func (f *follower) readStreams(ctx context.Context, streams []telemetry.Stream, pass int) error {
	t := f.tail
	got := make([][]Block, len(streams))
	err := sched.Each(ctx, t.sched, len(streams), t.cfg.Parallel, func(ctx context.Context, i int) error {
		var err error
		got[i], err = f.readStream(ctx, streams[i], f.streams[streams[i]].contiguous)
		return err
	})
	if err != nil {
		return err
	}
	for i, s := range streams {
		k := f.streams[s]
		k.read = pass
		k.add(f.tail, got[i])
	}
	return nil
}

// add merges blocks that were read; both lists rise.
func (k *known) add(t *Tail, blocks []Block) {
	for _, b := range blocks {
		i, found := slices.BinarySearchFunc(k.blocks, b.At.Number, func(x Block, n telemetry.Number) int {
			switch {
			case x.At.Number < n:
				return -1
			case x.At.Number > n:
				return 1
			}
			return 0
		})
		if !found {
			k.blocks = slices.Insert(k.blocks, i, b)
			t.keep(b, 1)
		}
	}
	k.advance()
}

func (f *follower) readStream(ctx context.Context, s telemetry.Stream, after telemetry.Number) ([]Block, error) {
	var out []Block
	for e, err := range f.tail.journal.Read(ctx, s, after) {
		if err != nil {
			return nil, err
		}
		b := Block{At: telemetry.Position{Stream: s, Number: e.Number}, Size: len(e.Block)}
		if !e.Void {
			v, err := telemetry.OpenBlock(e.Block)
			if err == nil && v.Header().At != b.At {
				err = fault.New(fault.Corrupt, "tail.read", "the block at %s says it is %s", b.At, v.Header().At)
			}
			if err != nil {
				return nil, fault.Wrap(fault.Corrupt, "tail.read", err)
			}
			f.tail.observe(v.Header().Stamp)
			b.View = v
		}
		out = append(out, b)
	}
	return out, nil
}

// fill completes the snapshot with what is known now.
func (f *follower) fill(snap *Snapshot, first telemetry.Day, indexes []journal.Index) {
	snap.Marks.First = first
	for _, idx := range indexes {
		snap.Marks.Versions = append(snap.Marks.Versions, idx.Version)
		if snap.Now.IsZero() || idx.At.Before(snap.Now) {
			snap.Now = idx.At
		}
		snap.Streams = append(snap.Streams, idx.Streams...)
		for _, st := range idx.Streams {
			snap.Blocks = append(snap.Blocks, f.streams[st.Stream].blocks...)
		}
	}
	f.tail.makeRoom(f)
}
