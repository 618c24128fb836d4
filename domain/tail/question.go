package tail

import (
	"context"
	"maps"
	"slices"

	"tidemark/domain/fault"
	"tidemark/domain/planted"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// question is a snapshot under way. It has its own view of every stream, which nobody else changes: what memory held
// when it began, and what it has read since. So an answer is made of what was read for it and of marks that were read
// after that, whatever a part that is read beside it learns, drops or forgets.
type question struct {
	f     *follower
	views map[telemetry.Stream]*view
}

// view is what a question has of a stream.
type view struct {
	memory    []Block            // that was in memory, by number
	forgotten []telemetry.Number // that was seen and was not in memory
	loaded    telemetry.Number   // every number up to it was in memory or is below the mark
	ended     bool               // nothing comes after loaded
	fresh     []Block            // that was read, by number
	read      bool               // all of it
}

// read takes a snapshot. Blocks of streams already known are asked for first, beside the shard's first day, then the
// indexes; a stream that the indexes show and that was not read yet is read, and then the indexes of its day again,
// until nothing new appears: so the marks of each day are always read after its blocks. Of days of which no block was
// read in between the marks stand: they came after what memory held.
func (f *follower) read(ctx context.Context) (*Snapshot, error) {
	t := f.tail
	snap := &Snapshot{Shard: f.shard, Began: t.sched.Now()}
	q := f.ask()
	first, err := q.begin(ctx)
	if fault.Is(err, fault.NotFound) { // nothing was ever stored, and that is as of some time too
		snap.Now, err = t.dir.Now(ctx)
		return snap, err
	}
	if err != nil {
		return nil, err
	}
	indexes, since, err := f.indexes(ctx, first)
	if err != nil {
		return nil, err
	}
	for {
		f.learn(indexes, since)
		q.learn(indexes)
		fresh := q.unread()
		if len(fresh) == 0 {
			return snap, q.fill(snap, first, indexes)
		}
		if err := f.readStreams(ctx, fresh, q.readStream); err != nil {
			return nil, err
		}
		if planted.On(planted.TailMarksFirst) {
			return snap, q.fill(snap, first, indexes)
		}
		if err := f.again(ctx, first, indexes, fresh); err != nil {
			return nil, err
		}
	}
}

// begin reads the shard's first day, and what is not in memory of the streams already known.
func (q *question) begin(ctx context.Context) (first telemetry.Day, err error) {
	t, known := q.f.tail, q.unread()
	err = sched.Each(ctx, t.sched, 1+len(known), t.cfg.Parallel, func(ctx context.Context, i int) (err error) {
		if i > 0 {
			return q.readStream(ctx, known[i-1])
		}
		first, err = t.dir.First(ctx, q.f.shard)
		return err
	})
	return first, err
}

// ask begins a question with what memory holds.
func (f *follower) ask() *question {
	f.tail.mu.Lock()
	defer f.tail.mu.Unlock()
	q := &question{f: f, views: make(map[telemetry.Stream]*view, len(f.streams))}
	for s, k := range f.streams {
		v := &view{memory: k.blocks, loaded: k.loaded, ended: k.ends(k.loaded)}
		if len(k.forgotten) > 0 {
			v.forgotten = slices.AppendSeq(make([]telemetry.Number, 0, len(k.forgotten)), maps.Keys(k.forgotten))
		}
		q.views[s] = v
	}
	return q
}

// unread lists the streams that the question still has to read: open, or with numbers above the mark that were not
// all in memory.
func (q *question) unread() []telemetry.Stream {
	var out []telemetry.Stream
	for s, v := range q.views {
		if !v.read && !v.ended {
			out = append(out, s)
		}
	}
	return sorted(out)
}

// readStream reads everything of a stream that was not in memory.
func (q *question) readStream(ctx context.Context, s telemetry.Stream) error {
	v := q.views[s]
	err := q.f.readStream(ctx, s, v.loaded, func(b Block) bool {
		v.fresh = append(v.fresh, b)
		q.f.remember(s, b)
		return true
	})
	v.read = err == nil
	return err
}

// learn takes over what the indexes say: streams that are new to the question.
func (q *question) learn(indexes []journal.Index) {
	for _, idx := range indexes {
		for _, st := range idx.Streams {
			if q.views[st.Stream] == nil {
				q.views[st.Stream] = &view{loaded: st.Mark, ended: st.HasFinished()}
			}
		}
	}
}

// fill completes the snapshot with what the indexes list.
func (q *question) fill(snap *Snapshot, first telemetry.Day, indexes []journal.Index) error {
	snap.Marks.First = first
	blocks := 0
	for _, v := range q.views {
		blocks += len(v.memory) + len(v.fresh)
	}
	snap.Blocks = make([]Block, 0, blocks)
	for _, idx := range indexes {
		snap.Marks.Versions = append(snap.Marks.Versions, idx.Version)
		if snap.Now.IsZero() || idx.At.Before(snap.Now) {
			snap.Now = idx.At
		}
		snap.Streams = append(snap.Streams, idx.Streams...)
		for _, st := range idx.Streams {
			v := q.views[st.Stream]
			// never silently short: it was there, no mark has passed it, and it was not read again
			if v.lacks(st.Mark) {
				return fault.New(fault.Unavailable, "tail.read",
					"the journal does not give blocks again that it gave before")
			}
			snap.Blocks = v.appendTo(snap.Blocks, st.Mark)
		}
	}
	return nil
}

// lacks reports whether a block above the mark that was seen before was neither in memory nor read.
func (v *view) lacks(mark telemetry.Number) bool {
	return slices.ContainsFunc(v.forgotten, func(n telemetry.Number) bool {
		_, ok := find(v.fresh, n)
		return n > mark && !ok
	})
}

// appendTo adds the blocks above the mark, by number. What is in memory beyond a hole may have been read again.
func (v *view) appendTo(out []Block, mark telemetry.Number) []Block {
	memory, fresh := above(v.memory, mark), above(v.fresh, mark)
	for len(memory) > 0 && len(fresh) > 0 {
		switch m, f := memory[0].At.Number, fresh[0].At.Number; {
		case m < f:
			n, _ := find(memory, f)
			out = append(out, memory[:n]...)
			memory = memory[n:]
		case f < m:
			out = append(out, fresh[0])
			fresh = fresh[1:]
		default:
			fresh = fresh[1:]
		}
	}
	return append(append(out, memory...), fresh...)
}
