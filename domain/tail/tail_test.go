package tail_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/blockcodec"
	"tidemark/ports/journal"
)

var shard = telemetry.Shard{Tenant: "t"}

// house is a journal under a tail on virtual time.
type house struct {
	t     *testing.T
	sched *memory.Sched
	j     *memory.Journal
	tail  *tail.Tail
}

// in runs a test body as an actor.
func in(t *testing.T, keep int64, body func(ctx context.Context, h *house)) {
	t.Helper()
	s := memory.NewSched(1)
	h := &house{t: t, sched: s, j: memory.NewJournal(s)}
	h.tail = tail.New(tail.Config{Keep: keep}, h.j, h.j, s, nil)
	err := s.Run(func() {
		ctx := context.Background()
		day := telemetry.DayOf(s.Now())
		h.must(h.j.Prepare(ctx, day))
		h.must(h.j.Register(ctx, shard, day))
		body(ctx, h)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) stream(writer string) telemetry.Stream {
	return telemetry.Stream{Shard: shard, Day: telemetry.DayOf(h.sched.Now()),
		Writer: telemetry.Writer(fmt.Sprintf("%026s", writer))}
}

func (h *house) append(ctx context.Context, s telemetry.Stream, n telemetry.Number) {
	h.t.Helper()
	at := telemetry.Position{Stream: s, Number: n}
	p, err := block(at, telemetry.StampAt(h.sched.Now())+telemetry.Stamp(n))
	h.must(err)
	_, err = h.j.Append(ctx, journal.Append{At: at, Block: p})
	h.must(err)
}

// block is the bytes of a block with one reading: sizeOf of them, nearly.
func block(at telemetry.Position, stamp telemetry.Stamp) ([]byte, error) {
	return blockcodec.Encode(nil, &telemetry.Block{At: at, Stamp: stamp,
		Columns: []telemetry.Column{{Series: telemetry.Series{Source: "s", Metric: "m"},
			Times: []int64{int64(at.Number)}, Values: []float64{1}}}})
}

const sizeOf = 70

func (h *house) numbers(ctx context.Context) []telemetry.Number {
	h.t.Helper()
	snap, err := h.tail.Snapshot(ctx, shard)
	h.must(err)
	var out []telemetry.Number
	for _, b := range snap.Blocks {
		out = append(out, b.At.Number)
	}
	return out
}

func (h *house) want(ctx context.Context, want string) {
	h.t.Helper()
	if got := fmt.Sprint(h.numbers(ctx)); got != want {
		h.t.Fatalf("blocks %s, want %s", got, want)
	}
}

func TestSnapshotFollowsAppendsHolesAndDrops(t *testing.T) {
	for _, keep := range []int64{0, 1} { // 1 byte: everything is read again each time
		in(t, keep, func(ctx context.Context, h *house) {
			s := h.stream("a")
			h.want(ctx, "[]")
			h.append(ctx, s, 1)
			h.append(ctx, s, 3)
			h.want(ctx, "[1 3]")
			h.append(ctx, s, 2) // the hole is asked for again
			h.want(ctx, "[1 2 3]")
			h.must(h.j.Drop(ctx, s, 2))
			h.want(ctx, "[3]")
			_, err := h.j.End(ctx, s)
			h.must(err)
			h.must(h.j.Seal(ctx, s, 3, ""))
			h.want(ctx, "[3]")
			h.must(h.j.Drop(ctx, s, 3))
			h.want(ctx, "[]")
		})
	}
}

func TestMarksChangeWithEveryDropAndOnlyThen(t *testing.T) {
	in(t, 0, func(ctx context.Context, h *house) {
		s := h.stream("a")
		h.append(ctx, s, 1)
		before, err := h.tail.Snapshot(ctx, shard)
		h.must(err)
		h.append(ctx, s, 2)
		after, err := h.tail.Snapshot(ctx, shard)
		h.must(err)
		if !before.Marks.Same(after.Marks) {
			t.Fatal("an append changed the marks")
		}
		h.must(h.j.Drop(ctx, s, 1))
		dropped, err := h.tail.Snapshot(ctx, shard)
		h.must(err)
		if after.Marks.Same(dropped.Marks) {
			t.Fatal("a drop did not change the marks")
		}
	})
}

func TestMarksOfADayGivenUpAreNotTheSame(t *testing.T) {
	old := tail.Marks{First: 10, Versions: []string{"a", "b"}}
	for _, c := range []struct {
		name string
		now  tail.Marks
		want bool
	}{
		{"equal", tail.Marks{First: 10, Versions: []string{"a", "b"}}, true},
		{"a new, quiet day", tail.Marks{First: 10, Versions: []string{"a", "b", ""}}, true},
		{"a new day with a drop", tail.Marks{First: 10, Versions: []string{"a", "b", "c"}}, false},
		{"a mark moved", tail.Marks{First: 10, Versions: []string{"a", "x"}}, false},
		{"the first day was given up", tail.Marks{First: 11, Versions: []string{"b"}}, false},
		{"an older view of the first day", tail.Marks{First: 9, Versions: []string{"z", "a", "b"}}, true},
	} {
		if got := old.Same(c.now); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestSnapshotIsFresh asks at random moments while others append: every block stored before the question is in the
// answer.
func TestSnapshotIsFresh(t *testing.T) {
	in(t, 0, func(ctx context.Context, h *house) {
		s := h.stream("a")
		stored := telemetry.Number(0)
		h.sched.Go("writer", func() {
			for n := telemetry.Number(1); n <= 60; n++ {
				h.append(ctx, s, n)
				stored = n
				_ = h.sched.Sleep(ctx, 30*time.Millisecond)
			}
		})
		for range 50 {
			_ = h.sched.Sleep(ctx, 37*time.Millisecond)
			before := stored
			got := h.numbers(ctx)
			if len(got) < int(before) {
				t.Fatalf("%d blocks, where %d were stored before the question", len(got), before)
			}
		}
	})
}

// TestRoomIsMadeByShardsNobodyAsksFor fills the memory with one shard and then asks for another only: the first one's
// youngest blocks go, as many as have to, and the other's stay.
func TestRoomIsMadeByShardsNobodyAsksFor(t *testing.T) {
	in(t, 0, func(ctx context.Context, h *house) {
		j := h.slowly(4*sizeOf, 0)
		s := h.stream("a")
		h.fill(ctx, s, 1, 3)
		h.want(ctx, "[1 2 3]")
		other := telemetry.Shard{Tenant: "u"}
		h.must(h.j.Register(ctx, other, s.Day))
		_ = h.sched.Sleep(ctx, time.Second)
		o := telemetry.Stream{Shard: other, Day: s.Day, Writer: s.Writer}
		h.fill(ctx, o, 1, 2)
		for again := range 2 {
			if _, err := h.tail.Snapshot(ctx, other); err != nil {
				t.Fatal(err)
			}
			if again > 0 && j.given > 0 {
				t.Fatalf("%d blocks were read again of the shard that is asked for", j.given)
			}
			j.given = 0
		}
		h.want(ctx, "[1 2 3]")
		if j.given != 1 {
			t.Fatalf("%d blocks were read again of the other, want the one that did not fit", j.given)
		}
		_ = h.sched.Sleep(ctx, 2*time.Minute)
		h.fill(ctx, o, 3, 9)
		if _, err := h.tail.Snapshot(ctx, other); err != nil {
			t.Fatal(err)
		}
		if held := h.tail.Held(); held.Blocks != 9 {
			t.Fatalf("%+v, want the 9 of the shard that is asked for: of the other nothing is left", held)
		}
		h.want(ctx, "[1 2 3]")
	})
}

// TestDaysAreTheJournals asks from a node whose clock is days behind.
func TestDaysAreTheJournals(t *testing.T) {
	in(t, 0, func(ctx context.Context, h *house) {
		h.j.SetSkew(5 * 24 * time.Hour)
		s := h.stream("a")
		s.Day += 5
		h.must(h.j.Prepare(ctx, s.Day))
		h.append(ctx, s, 1)
		h.want(ctx, "[1]")
	})
}
