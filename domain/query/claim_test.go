package query_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"tidemark/domain/compaction"
	"tidemark/domain/ingest"
	"tidemark/domain/query"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/ports/sched"
)

// skewed is a scheduler whose clock is ahead.
type skewed struct {
	sched.Scheduler
	by time.Duration
}

func (s skewed) Now() time.Time { return s.Scheduler.Now().Add(s.by) }

// TestAClaimOfANodeWhoseClockIsWrong holds: what is acknowledged after an answer is not before the time that the
// answer vouches for, by the storage's clock, which is what readings are stamped by. It is not far behind either,
// unless the node's clock is.
func TestAClaimOfANodeWhoseClockIsWrong(t *testing.T) {
	for _, by := range []time.Duration{-time.Minute, 0, time.Minute, 24 * time.Hour} {
		in(t, compaction.Config{}, func(ctx context.Context, h *house) {
			wrong := skewed{h.sched, by}
			q := query.New(query.Config{}, tail.New(tail.Config{}, h.j, h.j, wrong, nil), h.rows, nil, wrong)
			one := func(at int64) time.Time {
				var b telemetry.Batch
				b.Add(b.AddSeries(of("s", "m"), ""), at, 1)
				r, err := h.in.Write(ctx, tenant, &b, ingest.Options{})
				h.must(err)
				return r.Stamp.Time()
			}
			one(0)
			for i := range int64(5) {
				page, err := q.Readings(ctx, tenant, query.ReadingsQuery{Series: of("s", "m"), From: 0, To: 100,
					Limit: 100})
				h.must(err)
				now := h.sched.Now()
				after := one(i)
				if c := page.Claim; c.AsOf.After(after) || c.AsOfOne.After(after) {
					t.Errorf("%v ahead: as of %v, and what was acknowledged at %v is not in", by, c.AsOf, after)
				}
				if behind := now.Sub(page.Claim.AsOf); behind > time.Second+max(0, -by) {
					t.Errorf("%v ahead: as of %v at %v", by, page.Claim.AsOf, now)
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
			wrong := skewed{h.sched, by}
			keep := func(telemetry.Tenant) time.Duration { return time.Hour }
			q := query.New(query.Config{Retention: keep}, tail.New(tail.Config{}, h.j, h.j, wrong, nil), h.rows, nil,
				wrong)
			_ = h.sched.Sleep(ctx, 55*time.Minute) // of an hour
			least := h.sched.Now().Add(-time.Hour).Truncate(time.Hour).UnixNano()
			series := of("s", "m")
			h.write(ctx, series, least-2*int64(time.Hour), least, least+1)
			want := []int64{least, least + 1}
			for _, where := range []string{"in the journal", "in the account"} {
				all := query.ReadingsQuery{Series: series, From: 0, To: least + 2, Limit: 9}
				page, err := q.Readings(ctx, tenant, all)
				h.must(err)
				latest, err := q.Latest(ctx, tenant, query.Selector{}, telemetry.Series{}, 9)
				h.must(err)
				if !slices.Equal(page.Times, want) || len(latest.Latest) != 1 {
					t.Errorf("%v ahead, %s: %v, want %v; the last is %+v", by, where, page.Times, want, latest.Latest)
				}
				h.settle(ctx)
			}
		})
	}
}

// TestAClaimOfNothing is made before anybody wrote anything, by nodes whose clocks are wrong. What is acknowledged
// afterwards is not before the time that it vouches for.
func TestAClaimOfNothing(t *testing.T) {
	for _, by := range []time.Duration{-10 * time.Minute, 0, 10 * time.Minute, 24 * time.Hour} {
		in(t, compaction.Config{}, func(ctx context.Context, h *house) {
			wrong := skewed{h.sched, by}
			q := query.New(query.Config{}, tail.New(tail.Config{}, h.j, h.j, wrong, nil), h.rows, nil, wrong)
			page, err := q.Series(ctx, tenant, query.Selector{}, telemetry.Series{}, 9)
			h.must(err)
			if now := h.sched.Now(); page.Claim.AsOf.After(now) || page.Claim.AsOfOne.After(now) {
				t.Errorf("%v ahead: as of %v at %v", by, page.Claim.AsOf, now)
			}
		})
	}
}
