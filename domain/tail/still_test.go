package tail_test

import (
	"context"
	"testing"

	"tidemark/adapters/memory"
	"tidemark/domain/telemetry"
)

// TestAPartReadsNoStreamThatIsAsItWas takes one part after another of a stream that is open: it is read when its
// version is another one than before it was read the last time, and when something of it is not in memory.
func TestAPartReadsNoStreamThatIsAsItWas(t *testing.T) {
	for _, c := range []struct {
		name string
		keep int64
		want int // reads of a stream that is as it was
	}{{"in memory", 0, 0}, {"forgotten", 1, 1}} {
		t.Run(c.name, func(t *testing.T) {
			in(t, c.keep, func(ctx context.Context, h *house) {
				calls := map[string]int{}
				h.j.SetFault(func(op string) memory.Fault { calls[op]++; return memory.FaultNone })
				s := h.stream("a")
				part := func(when string, blocks, reads int) {
					t.Helper()
					clear(calls)
					p, err := h.tail.Part(ctx, shard, 0)
					h.must(err)
					if p.Total != blocks || !p.All || calls["journal.read"] != reads {
						t.Errorf("%s: %d blocks (all: %v) with %d reads, want %d with %d", when, p.Total, p.All,
							calls["journal.read"], blocks, reads)
					}
				}
				h.append(ctx, s, 1)
				part("new", 1, 1)
				part("as it was", 1, c.want)
				h.append(ctx, s, 3) // over a hole
				part("with one more", 2, 1)
				part("as it was", 2, c.want)
				h.append(ctx, s, 2)
				part("with the hole filled", 3, 1)
				h.must(h.j.Drop(ctx, s, 3))
				part("dropped", 0, 0)
				_, err := h.j.End(ctx, s)
				h.must(err)
				part("ended", 0, 1)
				part("ended, as it was", 0, 0)
			})
		})
	}
}

// TestMarksOfTheDayThatWasRead: blocks of a stream that the indexes show are read before the marks of its day, and the
// indexes of other days are not read again for that.
func TestMarksOfTheDayThatWasRead(t *testing.T) {
	in(t, 0, func(ctx context.Context, h *house) {
		s := h.stream("a")
		h.append(ctx, s, 1)
		h.append(ctx, s, 2)
		indexes, dropped := 0, false
		h.j.SetFault(func(op string) memory.Fault {
			switch op {
			case "journal.index":
				indexes++
			case "journal.read": // a mark moves while the blocks are read
				if !dropped {
					dropped = true
					h.sched.Go("drop", func() { h.must(h.j.Drop(ctx, s, 1)) })
				}
			}
			return memory.FaultNone
		})
		snap, err := h.tail.Snapshot(ctx, shard)
		h.must(err)
		now, err := h.j.Index(ctx, shard, s.Day)
		h.must(err)
		if got := snap.Marks.Versions[s.Day-snap.Marks.First]; got != now.Version || len(snap.Blocks) != 1 ||
			snap.Blocks[0].At.Number != telemetry.Number(2) {
			t.Errorf("marks %q and %d blocks, want %q and the one that is left", got, len(snap.Blocks), now.Version)
		}
		if indexes != 3+1+1 { // of three days, of one again, and above
			t.Errorf("%d indexes were read", indexes)
		}
	})
}
