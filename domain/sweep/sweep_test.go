package sweep_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/fault"
	"tidemark/domain/sweep"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

var shard = telemetry.Shard{Tenant: "t"}

// house is a sweeper over a journal in memory on virtual time. during is called at every operation of the journal.
type house struct {
	*testing.T
	sched  *memory.Sched
	j      *memory.Journal
	svc    *sweep.Service
	during func(op string) memory.Fault
	stream telemetry.Stream
}

func in(t *testing.T, body func(ctx context.Context, h *house)) {
	t.Helper()
	h := &house{T: t, sched: memory.NewSched(5)}
	h.j = memory.NewJournal(h.sched, memory.WithFault(func(op string) memory.Fault {
		if h.during != nil {
			return h.during(op)
		}
		return memory.FaultNone
	}))
	h.svc = sweep.New(h.j, h.j, 0)
	err := h.sched.Run(func() {
		ctx := context.Background()
		day := telemetry.DayOf(h.sched.Now())
		h.must(h.j.Prepare(ctx, day))
		h.must(h.j.Register(ctx, shard, day))
		h.stream = telemetry.Stream{Shard: shard, Day: day, Writer: telemetry.Writer(fmt.Sprintf("%026d", 1))}
		body(ctx, h)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) sleep(ctx context.Context, d time.Duration) { _ = h.sched.Sleep(ctx, d) }

// put appends a block of some bytes.
func (h *house) put(ctx context.Context, n telemetry.Number) error {
	_, err := h.j.Append(ctx, journal.Append{At: telemetry.Position{Stream: h.stream, Number: n}, Block: []byte("b")})
	return err
}

// streams are those that the journal lists for the day.
func (h *house) streams(ctx context.Context) []journal.State {
	idx, err := h.j.Index(ctx, shard, h.stream.Day)
	h.must(err)
	return idx.Streams
}

// TestSweepSealsWithVoids ends a dead stream with a hole: the hole becomes void, the last number stands, and
// everything is dropped.
func TestSweepSealsWithVoids(t *testing.T) {
	in(t, func(ctx context.Context, h *house) {
		h.must(h.put(ctx, 1))
		h.must(h.put(ctx, 3)) // number 2 never arrives
		got, err := h.svc.Sweep(ctx)
		h.must(err)
		if got.Ended != 0 {
			t.Fatal("a live stream was ended")
		}
		h.sleep(ctx, 61*time.Second)
		got, err = h.svc.Sweep(ctx)
		h.must(err)
		if got.Ended != 1 || got.Voided != 1 || got.Sealed != 1 || len(got.Work) != 1 {
			t.Fatalf("%+v", got)
		}
		if last, sealed := h.streams(ctx)[0].End(); !sealed || last != 3 {
			t.Fatalf("%+v", h.streams(ctx))
		}
		h.must(h.j.Drop(ctx, h.stream, 3))
		if left := h.streams(ctx); len(left) != 0 {
			t.Fatalf("%+v", left)
		}
		if err := h.put(ctx, 2); !fault.Is(err, fault.Conflict) {
			t.Errorf("the voided number was appended: %v", err)
		}
	})
}

// TestSweepersRace lets two sweep at once.
func TestSweepersRace(t *testing.T) {
	in(t, func(ctx context.Context, h *house) {
		h.must(h.put(ctx, 1))
		h.must(h.put(ctx, 5))
		h.sleep(ctx, 2*time.Minute)
		left := 3
		for range 3 {
			h.sched.Go("sweeper", func() {
				if _, err := h.svc.Sweep(ctx); err != nil {
					t.Error(err)
				}
				left--
			})
		}
		for left > 0 {
			h.sleep(ctx, time.Second)
		}
		if last, sealed := h.streams(ctx)[0].End(); !sealed || last != 5 {
			t.Fatalf("%+v", h.streams(ctx))
		}
	})
}

// TestAShardInTroubleDoesNotStopTheSweep fails everything that is asked of the first shard.
func TestAShardInTroubleDoesNotStopTheSweep(t *testing.T) {
	in(t, func(ctx context.Context, h *house) {
		h.must(h.j.Register(ctx, telemetry.Shard{Tenant: "a"}, h.stream.Day))
		h.must(h.put(ctx, 1))
		first := true
		h.during = func(op string) memory.Fault {
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
		h.must(h.put(ctx, 1))
		h.must(h.put(ctx, 2))
		_, err := h.j.End(ctx, h.stream)
		h.must(err)
		h.must(h.j.Seal(ctx, h.stream, 2))
		h.during = func(op string) memory.Fault {
			if op == "journal.sweep" {
				return memory.FaultFail
			}
			return memory.FaultNone
		}
		if err := h.j.Drop(ctx, h.stream, 2); err == nil {
			t.Fatal("the deletes did not fail")
		}
		h.during = nil
		left := func() int {
			n := 0
			for _, err := range h.j.Read(ctx, h.stream, 0) {
				h.must(err)
				n++
			}
			return n
		}
		if listed := h.streams(ctx); len(listed) != 1 || left() != 2 {
			t.Fatalf("%+v, %d blocks: want the stream listed and its blocks there", listed, left())
		}
		_, err = h.svc.Sweep(ctx)
		h.must(err)
		if listed := h.streams(ctx); len(listed) != 0 || left() != 0 {
			t.Fatalf("after a sweep: %+v, %d blocks", listed, left())
		}
	})
}

// TestFirstDayMoves: only over days whose streams are finished, and never past yesterday.
func TestFirstDayMoves(t *testing.T) {
	in(t, func(ctx context.Context, h *house) {
		h.must(h.put(ctx, 1))
		sweep := func() telemetry.Day {
			_, err := h.svc.Sweep(ctx)
			h.must(err)
			first, err := h.j.First(ctx, shard)
			h.must(err)
			return first
		}
		h.sleep(ctx, 5*24*time.Hour)
		if first := sweep(); first > h.stream.Day {
			t.Fatalf("the first day is %v, a block of %v is still there", first, h.stream.Day)
		}
		h.must(h.j.Drop(ctx, h.stream, 1))
		if first, want := sweep(), telemetry.DayOf(h.sched.Now())-1; first != want {
			t.Errorf("the first day is %v, want %v", first, want)
		}
	})
}
