package readpath_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"tidemark/domain/compaction"
	"tidemark/domain/readpath"
	"tidemark/domain/telemetry"
	"tidemark/ports/sched"
)

// skewed is a scheduler whose clock is ahead.
type skewed struct {
	sched.Scheduler
	by time.Duration
}

func (s skewed) Now() time.Time { return s.Scheduler.Now().Add(s.by) }

// clock makes the reader anew, on a node whose clock is ahead.
func (h *house) clock(ahead time.Duration, cfg readpath.Config) {
	h.r = h.ReaderOf(cfg, h.Rows, nil, skewed{h.Sched, ahead})
}

// TestAClaimOfANodeWhoseClockIsWrong holds: what is acknowledged after an answer is not before the time that the
// answer vouches for, by the storage's clock, which is what readings are stamped by. It is not far behind either,
// unless the node's clock is.
func TestAClaimOfANodeWhoseClockIsWrong(t *testing.T) {
	for _, by := range []time.Duration{-time.Minute, 0, time.Minute, 24 * time.Hour} {
		in(t, compaction.Config{}, func(ctx context.Context, h *house) {
			h.clock(by, readpath.Config{})
			one := func(at int64) time.Time {
				var b telemetry.Batch
				b.Add(b.AddSeries(of("s", "m"), ""), at, 1)
				return h.Send(ctx, &b).Time()
			}
			one(0)
			for i := range int64(5) {
				c := h.open(ctx, "s").Claim()
				now := h.Sched.Now()
				after := one(i)
				if c.AsOf.After(after) || c.AsOfOne.After(after) {
					t.Errorf("%v ahead: as of %v, and what was acknowledged at %v is not in", by, c.AsOf, after)
				}
				if behind := now.Sub(c.AsOf); behind > time.Second+max(0, -by) {
					t.Errorf("%v ahead: as of %v at %v", by, c.AsOf, now)
				}
			}
		})
	}
}

// TestAReaderWhoseClockIsAheadHidesNothing asks five minutes before a retention moves on, of nodes that believe it
// has: a reading that has not expired by the journal's clock shows, and one that has expired by both does not.
func TestAReaderWhoseClockIsAheadHidesNothing(t *testing.T) {
	for _, by := range []time.Duration{-10 * time.Minute, 0, 10 * time.Minute, 24 * time.Hour} {
		in(t, compaction.Config{}, func(ctx context.Context, h *house) {
			keep := func(telemetry.Tenant) time.Duration { return time.Hour }
			h.clock(by, readpath.Config{Retention: keep})
			_ = h.Sched.Sleep(ctx, 55*time.Minute) // of an hour
			least := h.Sched.Now().Add(-time.Hour).Truncate(time.Hour).UnixNano()
			series := of("s", "m")
			h.Write(ctx, series, least-2*int64(time.Hour), least, least+1)
			want := []int64{least, least + 1}
			for _, where := range []string{"in the journal", "in the account"} {
				for _, backwards := range []bool{false, true} {
					span := readpath.Span{To: least + 2, Backwards: backwards}
					got, _, err := column(ctx, h.open(ctx, series.Source), series, span)
					h.Must(err)
					if !slices.Equal(got, want) {
						t.Errorf("%v ahead, %s, backwards %v: %v, want %v", by, where, backwards, got, want)
					}
				}
				h.Settle(ctx)
			}
		})
	}
}

// TestAClaimOfNothing is made before anybody wrote anything, by nodes whose clocks are wrong. What is acknowledged
// afterwards is not before the time that it vouches for.
func TestAClaimOfNothing(t *testing.T) {
	for _, by := range []time.Duration{-10 * time.Minute, 0, 10 * time.Minute, 24 * time.Hour} {
		in(t, compaction.Config{}, func(ctx context.Context, h *house) {
			h.clock(by, readpath.Config{})
			c := h.open(ctx, "").Claim()
			if now := h.Sched.Now(); c.AsOf.After(now) || c.AsOfOne.After(now) {
				t.Errorf("%v ahead: as of %v at %v", by, c.AsOf, now)
			}
		})
	}
}
