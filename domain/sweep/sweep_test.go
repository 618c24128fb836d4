package sweep_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/compaction"
	"tidemark/domain/fault"
	shared "tidemark/domain/internal/house"
	"tidemark/domain/sweep"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/blockcodec"
	"tidemark/ports/journal"
)

var shard = shared.Shard

// house has a sweeper in it.
type house struct {
	*shared.House
	svc *sweep.Service
}

func in(t *testing.T, body func(ctx context.Context, h *house)) {
	t.Helper()
	shared.In(t, compaction.Config{}, func(ctx context.Context, h *shared.House) {
		body(ctx, &house{House: h, svc: sweep.New(h.Journal, h.Journal, 0)})
	})
}

// block is one that says up to where its stream was acknowledged.
func (h *house) block(n, acked telemetry.Number) journal.Append {
	b := &telemetry.Block{At: telemetry.Position{Stream: h.Stream, Number: n}, Acked: acked,
		Stamp: telemetry.StampAt(h.Sched.Now())}
	p, err := blockcodec.Encode(nil, b)
	h.Must(err)
	return journal.Append{At: b.At, Stamp: b.Stamp, Block: p}
}

// put appends a block that says that nothing was acknowledged.
func (h *house) put(ctx context.Context, n telemetry.Number) error {
	_, err := h.Journal.Append(ctx, h.block(n, 0))
	return err
}

// streams are those that the journal lists for the day.
func (h *house) streams(ctx context.Context) []journal.State {
	idx, err := h.Journal.Index(ctx, shard, h.Stream.Day)
	h.Must(err)
	return idx.Streams
}

// TestSweepSealsWithVoids ends a dead stream with a hole: the hole becomes void, the last number stands, and
// everything is dropped.
func TestSweepSealsWithVoids(t *testing.T) {
	in(t, func(ctx context.Context, h *house) {
		h.Must(h.put(ctx, 1))
		h.Must(h.put(ctx, 3)) // number 2 never arrives
		got, err := h.svc.Sweep(ctx)
		h.Must(err)
		if got.Ended != 0 {
			t.Fatal("a live stream was ended")
		}
		h.Sleep(ctx, 61*time.Second)
		got, err = h.svc.Sweep(ctx)
		h.Must(err)
		if got.Ended != 1 || got.Voided != 1 || got.Sealed != 1 || len(got.Work) != 1 {
			t.Fatalf("%+v", got)
		}
		if last, sealed := h.streams(ctx)[0].End(); !sealed || last != 3 {
			t.Fatalf("%+v", h.streams(ctx))
		}
		h.Must(h.Journal.Drop(ctx, h.Stream, 3))
		if left := h.streams(ctx); len(left) != 0 {
			t.Fatalf("%+v", left)
		}
		if err := h.put(ctx, 2); !fault.Is(err, fault.Conflict) {
			t.Errorf("the voided number was appended: %v", err)
		}
	})
}

// TestALostNumberIsNoVoid leaves a hole that a block says was acknowledged, until a journal is retired later than that
// block was closed: then the certificate names it. A stream of after that has no lost number, so a hole of it is an
// error again.
func TestALostNumberIsNoVoid(t *testing.T) {
	in(t, func(ctx context.Context, h *house) {
		peer := journal.Peer{Region: "east", Generation: "e"}
		is := journal.Place{Region: "west", Generation: "w", Peer: peer}
		h.Must(h.Journal.Init(ctx, is))
		stays := func(stream telemetry.Stream, says string) {
			t.Helper()
			h.Sleep(ctx, 2*time.Minute)
			got, err := h.svc.Sweep(ctx)
			if !fault.Is(err, fault.Corrupt) || !strings.Contains(err.Error(), says) || got.Voided != 0 ||
				got.Sealed != 0 {
				t.Fatalf("%+v, %v, want %q", got, err, says)
			}
			if st, err := h.Journal.State(ctx, stream); err != nil || !st.HasEnded() {
				t.Fatalf("%+v, %v", st, err)
			}
		}
		write := func() {
			for _, b := range []journal.Append{h.block(1, 0), h.block(4, 2)} { // 2 was acknowledged, and perhaps 3
				_, err := h.Journal.Append(ctx, b)
				h.Must(err)
			}
		}
		write()
		stays(h.Stream, "number 2 of stream")
		to := is
		to.Peer, to.Retired = journal.Peer{}, []journal.Retired{{Peer: peer, At: h.Sched.Now()}}
		h.Must(h.Journal.Change(ctx, is, to))
		got, err := h.svc.Sweep(ctx)
		if err != nil || got.Voided != 2 || got.Sealed != 1 {
			t.Fatalf("%+v, %v", got, err)
		}
		h.Must(h.Journal.Drop(ctx, h.Stream, 4))
		if left := h.streams(ctx); len(left) != 0 {
			t.Fatalf("%+v", left)
		}
		h.Stream.Writer += "x"
		write()
		stays(h.Stream, "number 2 of stream")
	})
}

// TestACopyBeforeTheSeal fills a block in, from another journal, when a sweep has read the stream and seals it: the
// sweep leaves it, and the next one seals it at what is there.
func TestACopyBeforeTheSeal(t *testing.T) {
	in(t, func(ctx context.Context, h *house) {
		h.Must(h.put(ctx, 1))
		h.Sleep(ctx, 2*time.Minute)
		copied := false
		h.During = func(op string) memory.Fault {
			if op == "journal.seal" && !copied {
				copied = true
				h.Must(h.Journal.Fill(ctx, h.Stream, journal.Entry{Number: 3, Block: h.block(3, 0).Block}))
			}
			return memory.FaultNone
		}
		got, err := h.svc.Sweep(ctx)
		h.Must(err)
		if got.Ended != 1 || got.Sealed != 0 || !copied {
			t.Fatalf("%+v, copied %v", got, copied)
		}
		got, err = h.svc.Sweep(ctx)
		h.Must(err)
		if last, sealed := h.streams(ctx)[0].End(); !sealed || last != 3 || got.Voided != 1 || got.Sealed != 1 {
			t.Fatalf("%+v, %+v", got, h.streams(ctx))
		}
	})
}

// TestSweepersRace lets two sweep at once.
func TestSweepersRace(t *testing.T) {
	in(t, func(ctx context.Context, h *house) {
		h.Must(h.put(ctx, 1))
		h.Must(h.put(ctx, 5))
		h.Sleep(ctx, 2*time.Minute)
		left := 3
		for range 3 {
			h.Sched.Go("sweeper", func() {
				if _, err := h.svc.Sweep(ctx); err != nil {
					t.Error(err)
				}
				left--
			})
		}
		for left > 0 {
			h.Sleep(ctx, time.Second)
		}
		if last, sealed := h.streams(ctx)[0].End(); !sealed || last != 5 {
			t.Fatalf("%+v", h.streams(ctx))
		}
	})
}

// TestAShardInTroubleDoesNotStopTheSweep fails everything that is asked of the first shard.
func TestAShardInTroubleDoesNotStopTheSweep(t *testing.T) {
	in(t, func(ctx context.Context, h *house) {
		h.Must(h.Journal.Register(ctx, telemetry.Shard{Tenant: "a"}, h.Stream.Day))
		h.Must(h.put(ctx, 1))
		first := true
		h.During = func(op string) memory.Fault {
			if op == "journal.index" && first {
				first = false
				return memory.FaultFail
			}
			return memory.FaultNone
		}
		got, err := h.svc.Sweep(ctx)
		if err == nil || !slices.Equal(got.Work, []telemetry.Shard{shard}) {
			t.Errorf("work %v, error %v; want the second shard's work and the first's error", got.Work, err)
		}
	})
}

// TestADropThatDiedBeforeItsDeletesIsFinishedByASweep lets the mark reach the last number of a sealed stream while
// the deletes fail, as when the worker is killed between the two: the stream stays listed, and a sweep deletes the
// blocks.
func TestADropThatDiedBeforeItsDeletesIsFinishedByASweep(t *testing.T) {
	in(t, func(ctx context.Context, h *house) {
		h.Must(h.put(ctx, 1))
		h.Must(h.put(ctx, 2))
		_, err := h.Journal.End(ctx, h.Stream)
		h.Must(err)
		h.Must(h.Journal.Seal(ctx, h.Stream, 2, ""))
		h.During = func(op string) memory.Fault {
			if op == "journal.sweep" {
				return memory.FaultFail
			}
			return memory.FaultNone
		}
		if err := h.Journal.Drop(ctx, h.Stream, 2); err == nil {
			t.Fatal("the deletes did not fail")
		}
		h.During = nil
		left := func() int {
			n := 0
			for _, err := range h.Journal.Read(ctx, h.Stream, 0) {
				h.Must(err)
				n++
			}
			return n
		}
		if listed := h.streams(ctx); len(listed) != 1 || left() != 2 {
			t.Fatalf("%+v, %d blocks: want the stream listed and its blocks there", listed, left())
		}
		_, err = h.svc.Sweep(ctx)
		h.Must(err)
		if listed := h.streams(ctx); len(listed) != 0 || left() != 0 {
			t.Fatalf("after a sweep: %+v, %d blocks", listed, left())
		}
	})
}

// TestFirstDayMoves: only over days whose streams are finished, and never past yesterday.
func TestFirstDayMoves(t *testing.T) {
	in(t, func(ctx context.Context, h *house) {
		h.Must(h.put(ctx, 1))
		sweep := func() telemetry.Day {
			_, err := h.svc.Sweep(ctx)
			h.Must(err)
			first, err := h.Journal.First(ctx, shard)
			h.Must(err)
			return first
		}
		h.Sleep(ctx, 5*24*time.Hour)
		if first := sweep(); first > h.Stream.Day {
			t.Fatalf("the first day is %v, a block of %v is still there", first, h.Stream.Day)
		}
		h.Must(h.Journal.Drop(ctx, h.Stream, 1))
		if first, want := sweep(), telemetry.DayOf(h.Sched.Now())-1; first != want {
			t.Errorf("the first day is %v, want %v", first, want)
		}
	})
}
