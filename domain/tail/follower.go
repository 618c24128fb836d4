package tail

import (
	"context"
	"fmt"
	"slices"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/blockcodec"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

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

// again reads the indexes once more of the days that streams are of. What was learned since the first reading began is
// still no older than the others.
func (f *follower) again(ctx context.Context, first telemetry.Day, indexes []journal.Index,
	of []telemetry.Stream) error {
	var days []telemetry.Day
	for _, s := range of { // sorted
		if len(days) == 0 || days[len(days)-1] != s.Day {
			days = append(days, s.Day)
		}
	}
	return sched.Each(ctx, f.tail.sched, len(days), f.tail.cfg.Parallel, func(ctx context.Context, i int) error {
		idx, err := f.tail.journal.Index(ctx, f.shard, days[i])
		indexes[days[i]-first] = idx
		return err
	})
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
				err = fmt.Errorf("it says that it is %s", v.Header().At)
			}
			if err != nil {
				return &fault.Error{Kind: fault.Corrupt, Op: "tail.read", Cause: err,
					Message: fmt.Sprintf("the block at %s cannot be read", b.At)}
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

// remember takes a block that a question has read into memory.
func (f *follower) remember(s telemetry.Stream, b Block) {
	f.tail.mu.Lock()
	defer f.tail.mu.Unlock()
	if k := f.streams[s]; k != nil {
		f.add(k, b, true)
	}
}

// add takes a block that was read, into memory or as a few words. Into memory comes none of which the number before
// was forgotten: that happens when room was made beside the reading, and memory is to hold a stream's lowest numbers.
// Called with Tail.mu held.
func (f *follower) add(k *known, b Block, hold bool) {
	n, note := b.At.Number, briefly(b)
	if n <= k.state.Mark {
		return // the mark has moved since it was read
	}
	if _, behind := k.forgotten[n-1]; behind {
		hold = false
	}
	i, found := find(k.blocks, n)
	_, before := k.forgotten[n]
	if found || before && !hold {
		return
	}
	if !before {
		f.count(note, 1)
	}
	switch {
	case !hold:
		k.forgotten[n] = note
		f.forgotten++
	case i == len(k.blocks):
		k.blocks = append(k.blocks, b)
	default:
		k.blocks = slices.Concat(k.blocks[:i], []Block{b}, k.blocks[i:])
	}
	if hold {
		f.keep(int64(note.size))
	}
	if hold && before {
		delete(k.forgotten, n)
		f.forgotten--
	}
	k.advance()
}

// drop gives up what is at or below a mark. Called with Tail.mu held.
func (f *follower) drop(k *known, mark telemetry.Number) {
	gone := len(k.blocks) - len(above(k.blocks, mark))
	for _, b := range k.blocks[:gone] {
		note := briefly(b)
		f.count(note, -1)
		f.keep(-int64(note.size))
	}
	if gone > 0 {
		k.blocks = slices.Clone(k.blocks[gone:])
	}
	if len(k.forgotten) > 0 && mark > k.loaded { // up to loaded nothing is forgotten
		for n, note := range k.forgotten {
			if n <= mark {
				f.count(note, -1)
				f.forgotten--
				delete(k.forgotten, n)
			}
		}
	}
	k.loaded = max(k.loaded, mark)
	k.advance()
}
