package tail

import (
	"context"
	"slices"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// never is later than every stamp.
const never = telemetry.Stamp(1<<64 - 1)

// known is what is remembered of a stream: every block that was seen above the mark, in memory or as a few words about it.
type known struct {
	state     journal.State
	blocks    []Block                    // in memory, by number
	forgotten map[telemetry.Number]brief // seen and not in memory
	held      telemetry.Number           // every number up to it is in memory or below the mark
	seen      telemetry.Number           // every number up to it was seen or is below the mark; held or more
	read      bool                       // in this round
}

// brief is what is remembered of a block that is not in memory.
type brief struct {
	stamp    telemetry.Stamp // never of a void
	size     int
	readings int
}

func newKnown() *known { return &known{forgotten: map[telemetry.Number]brief{}} }

func briefly(b Block) brief {
	if b.View == nil {
		return brief{stamp: never}
	}
	return brief{stamp: b.View.Header().Stamp, size: b.Size, readings: b.View.Readings()}
}

// ends reports whether nothing comes after a number.
func (k *known) ends(n telemetry.Number) bool { return k.state.Sealed && n >= k.state.Last }

func (k *known) find(n telemetry.Number) (int, bool) {
	return slices.BinarySearchFunc(k.blocks, n, func(b Block, n telemetry.Number) int {
		switch {
		case b.At.Number < n:
			return -1
		case b.At.Number > n:
			return 1
		}
		return 0
	})
}

// advance moves the two cursors over what is contiguous.
func (k *known) advance() {
	for i, ok := k.find(k.held + 1); ok && i < len(k.blocks) && k.blocks[i].At.Number == k.held+1; i++ {
		k.held++
	}
	for k.seen = max(k.seen, k.held); ; k.seen++ {
		if _, ok := k.forgotten[k.seen+1]; ok {
			continue
		}
		if _, ok := k.find(k.seen + 1); !ok {
			return
		}
	}
}

// oldest is the least stamp of all blocks seen.
func (k *known) oldest() telemetry.Stamp {
	out := k.oldestForgotten()
	for _, b := range k.blocks {
		out = min(out, briefly(b).stamp)
	}
	return out
}

func (k *known) oldestForgotten() telemetry.Stamp {
	out := never
	for _, b := range k.forgotten {
		out = min(out, b.stamp)
	}
	return out
}

// add takes a block that was read, into memory or as a few words.
func (f *follower) add(k *known, b Block, hold bool) {
	n, note := b.At.Number, briefly(b)
	i, found := k.find(n)
	_, before := k.forgotten[n]
	if found || before && !hold {
		return
	}
	if !before {
		f.count(note, 1)
	}
	if hold {
		k.blocks = slices.Insert(k.blocks, i, b)
		delete(k.forgotten, n)
	} else {
		k.forgotten[n] = note
	}
	switch {
	case hold && before:
		f.keep(int64(note.size), -1)
	case hold:
		f.keep(int64(note.size), 0)
	default:
		f.keep(0, 1)
	}
	k.advance()
}

// drop gives up what is at or below a mark.
func (f *follower) drop(k *known, mark telemetry.Number) {
	n := 0
	for n < len(k.blocks) && k.blocks[n].At.Number <= mark {
		note := briefly(k.blocks[n])
		f.count(note, -1)
		f.keep(-int64(note.size), 0)
		n++
	}
	k.blocks = slices.Delete(k.blocks, 0, n)
	if len(k.forgotten) > 0 && mark > k.held { // up to held nothing is forgotten
		for n, note := range k.forgotten {
			if n <= mark {
				f.count(note, -1)
				f.keep(0, -1)
				delete(k.forgotten, n)
			}
		}
	}
	k.held = max(k.held, mark)
	k.advance()
}

// readStreams reads streams side by side. What arrived stays, whatever becomes of the others.
func (f *follower) readStreams(ctx context.Context, streams []telemetry.Stream, read func(context.Context, telemetry.Stream, *known) error) error {
	return sched.Each(ctx, f.tail.sched, len(streams), f.tail.cfg.Parallel, func(ctx context.Context, i int) error {
		k := f.streams[streams[i]]
		err := read(ctx, streams[i], k)
		k.read = err == nil
		return err
	})
}

// readWhole reads everything of a stream that is not in memory.
func (f *follower) readWhole(ctx context.Context, s telemetry.Stream, k *known) error {
	return f.readStream(ctx, s, k.held, func(b Block) bool {
		f.add(k, b, true)
		return true
	})
}

// readPart reads what is not in memory while there is room, and then what was not seen yet, of which only a few words are kept.
func (f *follower) readPart(ctx context.Context, s telemetry.Stream, k *known, atLeast int64) error {
	from, skip := k.seen, true
	if f.hasRoom(atLeast) {
		from = k.held
	}
	for skip && !k.ends(from) {
		skip = false
		err := f.readStream(ctx, s, from, func(b Block) bool {
			hold := f.hasRoom(atLeast) && (b.At.Number <= k.seen || f.remembersAll()) // what was forgotten is older: it has the room
			if skip = !hold && b.At.Number < k.seen; !skip {
				f.add(k, b, hold)
			}
			return !skip
		})
		if err != nil {
			return err
		}
		from = k.seen
	}
	return nil
}

// readStream gives a stream's blocks above a number to take, until that says no.
func (f *follower) readStream(ctx context.Context, s telemetry.Stream, after telemetry.Number, take func(Block) bool) error {
	for e, err := range f.tail.journal.Read(ctx, s, after) {
		if err != nil {
			return err
		}
		b := Block{At: telemetry.Position{Stream: s, Number: e.Number}, Size: len(e.Block)}
		if !e.Void {
			v, err := telemetry.OpenBlock(e.Block)
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
