package readpath_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"tidemark/domain/compaction"
	"tidemark/domain/fault"
	"tidemark/domain/readpath"
	"tidemark/domain/telemetry"
)

// grow writes readings of a series that lie seconds to years apart, so that its windows are split: every other pass
// leaves them in the journal. It gives their times.
func (h *house) grow(ctx context.Context, rnd *rand.Rand, s telemetry.Series) (times []int64) {
	h.Helper()
	for i := range 12 {
		at := year(1 + rnd.Int64N(3))
		for range 9 {
			at += int64(time.Second) << rnd.IntN(18)
			times = append(times, at)
		}
		h.Write(ctx, s, times[len(times)-9:]...)
		if i%3 == 1 {
			h.Settle(ctx)
		}
	}
	slices.Sort(times)
	return slices.Compact(times)
}

// TestLeavesInEitherDirection visits spans that begin and end anywhere: what is between is given once, in windows that
// rise, or fall.
func TestLeavesInEitherDirection(t *testing.T) {
	for seed := uint64(1); seed <= 3; seed++ {
		in(t, compaction.Config{ChunkReadings: 5}, func(ctx context.Context, h *house) {
			rnd, s := rand.New(rand.NewPCG(seed, 0)), of("s", "m")
			all := h.grow(ctx, rnd, s)
			source, err := h.open(ctx, "s").Source(ctx, "s")
			h.Must(err)
			series, known, err := source.Series(ctx, "m")
			h.Must(err)
			sizes := map[telemetry.WindowSize]bool{}
			for range 60 {
				span := readpath.Span{From: all[rnd.IntN(len(all))], To: all[rnd.IntN(len(all))],
					Backwards: rnd.IntN(2) == 0}
				var got []int64
				var before telemetry.Window
				for l, err := range series.Leaves(ctx, span) {
					h.Must(err)
					sizes[l.Window.Size] = true
					if before != (telemetry.Window{}) && (l.Window.Start() > before.Start()) == span.Backwards {
						t.Errorf("seed %d, %+v: window %v behind %v", seed, span, l.Window, before)
					}
					before = l.Window
					if span.Backwards {
						got = append(slices.Clone(l.Times), got...)
					} else {
						got = append(got, l.Times...)
					}
				}
				from, _ := slices.BinarySearch(all, span.From)
				to, _ := slices.BinarySearch(all, span.To)
				if want := all[from:max(from, to)]; !slices.Equal(got, want) {
					t.Errorf("seed %d, %+v: %.300s, want %.300s", seed, span, fmt.Sprint(got), fmt.Sprint(want))
				}
			}
			if !known || len(sizes) < 3 {
				t.Errorf("seed %d: leaves of %d sizes: little was tried", seed, len(sizes))
			}
		})
	}
}

// TestWhoStopsLeavesTheRestUnread takes the first leaf of many.
func TestWhoStopsLeavesTheRestUnread(t *testing.T) {
	in(t, compaction.Config{ChunkReadings: 5}, func(ctx context.Context, h *house) {
		s := of("s", "m")
		all := h.grow(ctx, rand.New(rand.NewPCG(1, 0)), s)
		h.Settle(ctx)
		reads := map[string]int{}
		for _, stop := range []bool{true, false} {
			for _, backwards := range []bool{false, true} {
				h.r = h.Reader(readpath.Config{Parallel: 2}, nil)
				source, err := h.open(ctx, "s").Source(ctx, "s")
				h.Must(err)
				series, _, err := source.Series(ctx, "m")
				h.Must(err)
				h.Gets = 0
				readings := 0
				for l, err := range series.Leaves(ctx, readpath.Span{To: telemetry.MaxTime, Backwards: backwards}) {
					h.Must(err)
					if readings += len(l.Times); stop && readings > 0 {
						break
					}
				}
				reads[fmt.Sprintf("stops %v, backwards %v", stop, backwards)] = h.Gets
				if stop == (readings == len(all)) {
					t.Errorf("stops %v: %d of %d readings", stop, readings, len(all))
				}
			}
		}
		for _, way := range []string{"backwards false", "backwards true"} {
			if some, every := reads["stops true, "+way], reads["stops false, "+way]; some*2 > every {
				t.Errorf("%s: %d rows for the first reading, %d for all", way, some, every)
			}
		}
	})
}

// TestAQuestionThatTakesLong is asked between two writes. While it waits, what was acknowledged before it moves into
// rows and leaves the journal, the floor passes it, and one reading is deleted for good: its claim stays, and what it
// vouches for is in.
func TestAQuestionThatTakesLong(t *testing.T) {
	in(t, compaction.Config{Bound: time.Second}, func(ctx context.Context, h *house) {
		s := of("s", "m")
		h.Write(ctx, s, year(1), year(2))
		h.Settle(ctx)
		h.want(ctx, "the rows are cached", s, year(1), year(2))
		h.Write(ctx, s, year(1)+1, year(2)+1, year(3))
		q := h.open(ctx, "s")
		claim := q.Claim()
		h.Write(ctx, s, year(4))
		h.Settle(ctx)
		h.purged(ctx, s, year(2))
		_ = h.Sched.Sleep(ctx, time.Hour)
		got, _, err := column(ctx, q, s, whole)
		h.Must(err)
		// that of year 4 may be in, and year 2's may still be
		got = slices.DeleteFunc(got, func(at int64) bool { return at == year(4) || at == year(2) })
		if want := []int64{year(1), year(1) + 1, year(2) + 1, year(3)}; !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
		if q.Claim() != claim {
			t.Errorf("it claimed %+v, and now %+v", claim, q.Claim())
		}
	})
}

// TestAQuestionAboutOneSourceGivesNoOther: it has read the shard of its source alone.
func TestAQuestionAboutOneSourceGivesNoOther(t *testing.T) {
	in(t, compaction.Config{}, func(ctx context.Context, h *house) {
		h.Write(ctx, of("a", "m"), 1)
		h.Settle(ctx)
		h.Write(ctx, of("b", "m"), 1)
		h.Write(ctx, of("a", "k"), 1)
		if got := fmt.Sprint(h.listed(ctx, h.open(ctx, ""))); got != "[a k a m b m]" {
			t.Errorf("a question about all lists %s", got)
		}
		q := h.open(ctx, "a")
		if _, err := q.Source(ctx, "a"); err != nil {
			t.Error(err)
		}
		if _, err := q.Source(ctx, "b"); !fault.Is(err, fault.Internal) {
			t.Errorf("of another source: %v", err)
		}
		for s, err := range q.Sources(ctx, "") {
			if !fault.Is(err, fault.Internal) {
				t.Errorf("of all sources: %v, %v", s, err)
			}
		}
	})
}
