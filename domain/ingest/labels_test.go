package ingest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/fault"
	"tidemark/domain/ingest"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/blockcodec"
)

// labelled is n readings of a source with its label; smooth ones compress to almost nothing, others hardly.
func labelled(source string, n int, smooth bool, seed uint64) *telemetry.Batch {
	var b telemetry.Batch
	src := telemetry.Source(source)
	of := b.AddSeries(telemetry.Series{Source: src, Metric: "m"}, "")
	rng := rand.New(rand.NewPCG(seed, 1))
	at := int64(0)
	for range n {
		v := 1.0
		at++
		if !smooth {
			v, at = rng.NormFloat64(), at+rng.Int64N(1<<40)
		}
		b.Add(of, at, v)
	}
	b.Sources = []telemetry.Description{{Source: src, Labels: []telemetry.Label{{Name: "is", Value: source}}}}
	return &b
}

// blocks are those in the journal.
func (h *house) blocks(ctx context.Context) []*telemetry.Block {
	h.Helper()
	var all []*telemetry.Block
	_, streams := h.stored(ctx)
	for _, st := range streams {
		for e, err := range h.j.Read(ctx, st.Stream, st.Mark) {
			if err != nil {
				h.Fatal(err)
			}
			b, err := blockcodec.Decode(e.Block)
			if err != nil {
				h.Fatal(err)
			}
			all = append(all, b)
		}
	}
	return all
}

// describes lists the sources that the blocks in the journal describe.
func (h *house) describes(ctx context.Context) map[telemetry.Source]bool {
	h.Helper()
	out := map[telemetry.Source]bool{}
	for _, b := range h.blocks(ctx) {
		for _, d := range b.Sources {
			out[d.Source] = true
		}
	}
	return out
}

// descriptions counts the blocks that describe a source.
func (h *house) descriptions(ctx context.Context) (n int) {
	h.Helper()
	for _, b := range h.blocks(ctx) {
		n += min(len(b.Sources), 1)
	}
	return n
}

// says is the first label in the block with a stamp.
func (h *house) says(ctx context.Context, at telemetry.Stamp) string {
	h.Helper()
	for _, b := range h.blocks(ctx) {
		if b.Stamp == at && len(b.Sources) > 0 {
			return b.Sources[0].Labels[0].Value
		}
	}
	return ""
}

// TestLabelsOfPiecesThatDidNotFit teaches the writer that readings compress well and then sends many at once that do
// not: what the block has no room for goes into the next one with its labels.
func TestLabelsOfPiecesThatDidNotFit(t *testing.T) {
	in(t, ingest.Config{Flights: 1}, func(ctx context.Context, h *house) {
		for range 12 {
			if _, err := h.svc.Write(ctx, "t", labelled("smooth", 20_000, true, 0), ingest.Options{}); err != nil {
				t.Fatal(err)
			}
		}
		const n = 24
		left, blocks := n, map[telemetry.Position]bool{}
		for i := range n {
			h.sched.Go("client", func() {
				rec, err := h.svc.Write(ctx, "t", labelled(fmt.Sprintf("s%d", i), 8_000, false, uint64(i)),
					ingest.Options{})
				if err != nil {
					t.Error(err)
				}
				for _, at := range rec.Blocks {
					blocks[at] = true
				}
				left--
			})
		}
		for left > 0 {
			_ = h.sched.Sleep(ctx, 100*time.Millisecond)
		}
		if len(blocks) < 2 {
			t.Fatal("everything fitted into one block: the test tests nothing")
		}
		have := h.describes(ctx)
		for i := range n {
			if s := telemetry.Source(fmt.Sprintf("s%d", i)); !have[s] {
				t.Errorf("no block carries the labels of %s", s)
			}
		}
	})
}

// TestLabelsOfABlockThatNeverLanded keeps the block that first carries a source's labels from landing until its time
// is over, while a later one with the same labels is sent again in a new stream: it has to carry them itself.
func TestLabelsOfABlockThatNeverLanded(t *testing.T) {
	set := ingest.Config{Bound: 10 * time.Second, Patience: time.Minute}
	in(t, set, func(ctx context.Context, h *house) {
		h.write(ctx, 1)
		down := true
		h.fault = func(op string) memory.Fault {
			if down && op == "journal.append" {
				return memory.FaultFail
			}
			return memory.FaultNone
		}
		var lost, kept error
		done := 0
		send := func(out *error, seed uint64) {
			_, *out = h.svc.Write(ctx, "t", labelled("late", 1, true, seed), ingest.Options{})
			done++
		}
		h.sched.Go("first", func() { send(&lost, 1) })
		_ = h.sched.Sleep(ctx, 900*time.Millisecond) // labels that are known need not be said again for a second
		h.sched.Go("second", func() { send(&kept, 2) })
		// Tries are a second apart by then: the second lands, and the time of the first is over at its next.
		_ = h.sched.Sleep(ctx, 9500*time.Millisecond)
		down = false
		_ = h.sched.Sleep(ctx, 100*time.Millisecond)
		down = true
		_ = h.sched.Sleep(ctx, 100*time.Millisecond)
		down = false
		for done < 2 {
			_ = h.sched.Sleep(ctx, 100*time.Millisecond)
		}
		if lost == nil || kept != nil {
			t.Fatalf("the first was to be lost (%v) and the second to land (%v)", lost, kept)
		}
		if !h.describes(ctx)["late"] {
			t.Error("no block carries the labels of an acknowledged request")
		}
	})
}

// TestALateAppendIsNotAcknowledged lets the journal take longer than the bound and succeed: the floor may have passed
// the block's stamp.
func TestALateAppendIsNotAcknowledged(t *testing.T) {
	set := ingest.Config{Bound: 10 * time.Second, AppendTimeout: time.Minute, Patience: time.Minute}
	in(t, set, func(ctx context.Context, h *house) {
		h.write(ctx, 1)
		slow := true
		h.fault = func(op string) memory.Fault {
			if op == "journal.append" && slow {
				slow = false
				_ = h.sched.Sleep(ctx, 15*time.Second)
			}
			return memory.FaultNone
		}
		if _, err := h.svc.Write(ctx, "t", batch(2), ingest.Options{}); !fault.Is(err, fault.Indeterminate) {
			t.Errorf("got %v for a block stored 15 s after its stamp, want indeterminate", err)
		}
		h.write(ctx, 3)
	})
}

// TestWhatIsSentAgainKeepsItsStamp ends the stream while an append is on its way: the readings go to a new stream as
// old as they are.
func TestWhatIsSentAgainKeepsItsStamp(t *testing.T) {
	in(t, ingest.Config{AppendTimeout: time.Minute}, func(ctx context.Context, h *house) {
		first := h.write(ctx, 1)
		slow := true
		h.fault = func(op string) memory.Fault {
			if op == "journal.append" && slow {
				slow = false
				if _, err := h.j.End(ctx, first.Blocks[0].Stream); err != nil {
					t.Error(err)
				}
				_ = h.sched.Sleep(ctx, 5*time.Second)
			}
			return memory.FaultNone
		}
		sent := h.sched.Now()
		second := h.write(ctx, 2)
		if second.Blocks[0].Stream == first.Blocks[0].Stream || second.Stamp.Time().Sub(sent) > time.Second {
			t.Errorf("sent at %v, stamped %v in %v", sent, second.Stamp.Time(), second.Blocks)
		}
	})
}

// TestLabelsSaidAgain has two nodes describe a source in turns: what was acknowledged last holds, whichever node said
// the same before.
func TestLabelsSaidAgain(t *testing.T) {
	room := func(name string) *telemetry.Batch {
		b := batch(1)
		b.Sources = []telemetry.Description{{Source: "s", Labels: []telemetry.Label{{Name: "room", Value: name}}}}
		return b
	}
	for _, c := range []struct {
		name  string
		pause time.Duration
		after bool // the client sends stamps back
	}{{"after a second", time.Second, false}, {"at once, with the stamp", 0, true}} {
		t.Run(c.name, func(t *testing.T) {
			in(t, ingest.Config{}, func(ctx context.Context, h *house) {
				other := h.node(ingest.Config{}, h.sched, nil)
				var r ingest.Receipt
				say := func(svc *ingest.Service, name string) {
					_ = h.sched.Sleep(ctx, c.pause)
					o := ingest.Options{}
					if c.after {
						o.After = r.Stamp
					}
					r = must(t, svc, ctx, room(name), o)
				}
				for range 2 {
					say(h.svc, "kitchen")
					say(other, "cellar")
				}
				say(h.svc, "kitchen")
				if got := h.says(ctx, r.Stamp); got != "kitchen" {
					t.Errorf("the block acknowledged last says %q", got)
				}
			})
		})
	}
}

// TestLabelsAreNotSaidInEveryBlock bounds what they cost.
func TestLabelsAreNotSaidInEveryBlock(t *testing.T) {
	in(t, ingest.Config{}, func(ctx context.Context, h *house) {
		const blocks = 50
		for i := range blocks {
			must(t, h.svc, ctx, labelled("s", 1, true, uint64(i)), ingest.Options{})
			_ = h.sched.Sleep(ctx, 100*time.Millisecond)
		}
		if n := h.descriptions(ctx); n < 3 || n > blocks/5 {
			t.Errorf("%d of %d blocks in 5 s carry the labels", n, blocks)
		}
	})
}
