package tail

import (
	"cmp"
	"context"
	"slices"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// readSome takes a part. The indexes come first, so that there are marks when the time is over. What is asked is
// answered by what was stored before the indexes were read: a stream born later has later blocks, and a mark that
// moved since hides nothing but what was settled.
func (f *follower) readSome(ctx context.Context, atLeast int64) (*Part, error) {
	first, err := f.tail.dir.First(ctx, f.shard)
	if fault.Is(err, fault.NotFound) {
		return &Part{All: true, Oldest: never}, nil
	}
	if err != nil {
		return nil, err
	}
	indexes, since, err := f.indexes(ctx, first)
	if err != nil {
		return nil, err
	}
	f.learn(indexes, since)
	var unreadable error // guarded by mu
	err = f.readStreams(ctx, f.unread(), func(ctx context.Context, s telemetry.Stream) error {
		err := f.readPart(ctx, s, atLeast)
		if !fault.Is(err, fault.Corrupt) {
			return err
		}
		f.tail.mu.Lock()
		defer f.tail.mu.Unlock()
		unreadable = cmp.Or(unreadable, err)
		return nil
	})
	part := f.part(indexes)
	part.All, part.Unreadable = err == nil && unreadable == nil, unreadable
	if err != nil && (ctx.Err() == nil || len(part.Blocks) == 0) {
		return nil, err
	}
	return part, nil
}

// unread lists the streams that are not all in memory, by the oldest block that is not: those are the first to use
// the room that there is.
func (f *follower) unread() []telemetry.Stream {
	f.tail.mu.Lock()
	defer f.tail.mu.Unlock()
	var out []telemetry.Stream
	oldest := map[telemetry.Stream]telemetry.Stamp{}
	for s, k := range f.streams {
		if !k.complete() {
			out = append(out, s)
			oldest[s] = k.oldestForgotten()
		}
	}
	slices.SortStableFunc(sorted(out), func(a, b telemetry.Stream) int { return cmp.Compare(oldest[a], oldest[b]) })
	return out
}

// readPart reads what is not in memory while there is room, and then what was not seen yet, of which only a few words
// are kept.
func (f *follower) readPart(ctx context.Context, s telemetry.Stream, atLeast int64) error {
	from, more, version := f.begin(s, atLeast)
	for more {
		more = false
		err := f.readStream(ctx, s, from, func(b Block) bool {
			next, skip := f.consider(s, b, atLeast)
			if skip {
				from, more = next, f.goesOn(s, next)
			}
			return !skip
		})
		if err != nil {
			return err
		}
	}
	f.ended(s, version)
	return nil
}

// ended notes that a part has read a stream to its end, which had a version before that.
func (f *follower) ended(s telemetry.Stream, version string) {
	f.tail.mu.Lock()
	defer f.tail.mu.Unlock()
	if k := f.streams[s]; k != nil {
		k.version = version
	}
}

// begin is the number after which a part reads a stream, false if nothing comes after it, and the stream's version.
func (f *follower) begin(s telemetry.Stream, atLeast int64) (from telemetry.Number, more bool, version string) {
	f.tail.mu.Lock()
	defer f.tail.mu.Unlock()
	k := f.streams[s]
	if k == nil {
		return 0, false, ""
	}
	from = k.seen
	if f.hasRoom(atLeast) {
		from = k.loaded
	}
	return from, !k.ends(from), k.state.Version
}

// goesOn reports whether something may come after a number of a stream.
func (f *follower) goesOn(s telemetry.Stream, after telemetry.Number) bool {
	f.tail.mu.Lock()
	defer f.tail.mu.Unlock()
	k := f.streams[s]
	return k != nil && !k.ends(after)
}

// consider takes a block that a part has read, into memory if it has room there. With skip the part goes on after
// next: what is before that is in memory, because a question was faster, or was seen before and there is no room for
// it.
func (f *follower) consider(s telemetry.Stream, b Block, atLeast int64) (next telemetry.Number, skip bool) {
	f.tail.mu.Lock()
	defer f.tail.mu.Unlock()
	k := f.streams[s]
	if k == nil {
		return 0, false // it is finished, as a question has learned meanwhile
	}
	if b.At.Number < k.loaded {
		return k.loaded, true
	}
	// What was forgotten is older: it has the room.
	hold := f.hasRoom(atLeast) && (b.At.Number <= k.seen || f.forgotten == 0)
	if !hold && b.At.Number < k.seen {
		return k.seen, true
	}
	f.add(k, b, hold)
	return 0, false
}

// part is what is known now.
func (f *follower) part(indexes []journal.Index) *Part {
	f.tail.mu.Lock()
	defer f.tail.mu.Unlock()
	p := &Part{Oldest: never}
	for _, idx := range indexes {
		p.Streams = append(p.Streams, idx.Streams...)
		for _, st := range idx.Streams {
			k := f.streams[st.Stream]
			if k == nil {
				continue // it is finished since, and nothing of it is left
			}
			p.Blocks = append(p.Blocks, k.blocks...)
			p.Total += len(k.blocks) + len(k.forgotten)
			p.Oldest = min(p.Oldest, k.oldest())
		}
	}
	return p
}
