package readpath_test

import (
	"context"
	"iter"
	"math/rand/v2"
	"testing"
	"time"

	"tidemark/domain/bounds"
	"tidemark/domain/compaction"
	"tidemark/domain/fault"
	"tidemark/domain/internal/written"
	"tidemark/domain/readpath"
	"tidemark/domain/region"
	"tidemark/domain/telemetry"
	"tidemark/ports/cache"
	"tidemark/ports/chunks"
)

// replica is the secondary of a store: of each partition what had arrived at a moment. before is called before each
// get.
type replica struct {
	chunks.Reader
	arrived func(chunks.Partition) time.Time
	before  func(k chunks.Key)
}

func (r *replica) Get(ctx context.Context, k chunks.Key) (chunks.Row, error) {
	if r.before != nil {
		r.before(k)
	}
	return r.Reader.Get(ctx, k)
}

func (r *replica) Scan(ctx context.Context, of chunks.Range) iter.Seq2[chunks.Row, error] {
	return r.Reader.Scan(ctx, of)
}

// replicated is a store whose account has a secondary, and a reader that reads one of the two.
type replicated struct {
	*tides
	second *replica
	at     []bool // which endpoints questions may read, the best first: true is the secondary
	fails  bool   // the primary does not answer
}

func inReplicated(t *testing.T, seed uint64, body func(ctx context.Context, r *replicated)) {
	t.Helper()
	cfg := compaction.Config{Bound: time.Second, ChunkReadings: 3, SourceBytes: 1500,
		Settling: bounds.Settling{NoTide: time.Second}}
	written.In(t, seed, cfg, func(ctx context.Context, s *written.Store) {
		s.Rows.KeepHistory(time.Hour)
		r := &replicated{tides: &tides{house: &house{Store: s},
			model: map[telemetry.Metric]map[int64]float64{}}, second: &replica{}, at: []bool{false}}
		r.arrived(s.Sched.Now())
		r.second.Reader = s.Rows.Secondary(func(p chunks.Partition) time.Time { return r.second.arrived(p) })
		r.follow(s.Cache)
		body(ctx, r)
	})
}

// follow makes a reader that remembers nothing yet.
func (r *replicated) follow(c cache.Cache) {
	accounts := bounds.Home(bounds.Account{Rows: failing{r.Seen(), r}, Secondary: r.second, Tide: r.Account})
	endpoints := func() (out []bounds.Reading) {
		for _, secondary := range r.at {
			out = append(out, accounts.Reading(func(int) bool { return secondary }))
		}
		return out
	}
	r.r = r.ReaderOf(readpath.Config{Parallel: 4, Endpoints: endpoints}, accounts, c, r.Sched)
}

// failing is the primary, which may not answer.
type failing struct {
	chunks.Store
	r *replicated
}

func (f failing) Get(ctx context.Context, k chunks.Key) (chunks.Row, error) {
	if f.r.fails {
		return chunks.Row{}, fault.New(fault.Unavailable, "rows.get", "the primary is away")
	}
	return f.Store.Get(ctx, k)
}

// arrived has everything arrive that was committed before a moment, and no more.
func (r *replicated) arrived(at time.Time) {
	r.second.arrived = func(chunks.Partition) time.Time { return at }
}

// days is a moment in a window of a day for each number, all in one year.
func days(n int64) int64 { return year(2) + n*24*int64(time.Hour) }

// TestASecondaryThatLagsHidesNothing writes, deletes, compacts and purges at random, with a tidemark that lags, and
// asks at both endpoints with one cache. Of each partition the secondary has what was there some time ago, no longer
// than the tidemark is behind, and it moves on while it is read: so floors are older, deletions, splits and rows of
// the catalogue have not arrived. No answer lacks anything, or has too much.
func TestASecondaryThatLagsHidesNothing(t *testing.T) {
	for seed := uint64(1); seed <= 6; seed++ {
		inReplicated(t, seed, func(ctx context.Context, r *replicated) {
			rnd := rand.New(rand.NewPCG(seed, 1))
			const lag = 20 * time.Second
			r.Account.SetState(region.Live, lag)
			behind, last := map[chunks.Partition]time.Duration{}, map[chunks.Partition]time.Time{}
			r.second.arrived = func(p chunks.Partition) time.Time {
				if _, is := behind[p]; !is || rnd.IntN(20) == 0 {
					behind[p] = time.Duration(rnd.Int64N(int64(lag)))
				}
				if at := r.Sched.Now().Add(-behind[p]); at.After(last[p]) {
					last[p] = at
				}
				return last[p]
			}
			r.second.before = func(chunks.Key) {
				if rnd.IntN(3) == 0 {
					_ = r.Sched.Sleep(ctx, time.Duration(rnd.IntN(500))*time.Millisecond)
				}
			}
			for step := range 90 {
				r.disturb(ctx, rnd)
				_ = r.Sched.Sleep(ctx, time.Duration(rnd.IntN(4000))*time.Millisecond)
				if r.at = []bool{rnd.IntN(3) > 0}; step%3 > 0 {
					continue
				}
				if wrong, err := r.wrong(ctx); wrong != "" || err != nil {
					t.Fatalf("seed %d, step %d, at the secondary %v: %s, %v", seed, step, r.at, wrong, err)
				}
			}
			if parts := len(r.parts(ctx)); parts < 2 {
				t.Errorf("seed %d: %d parts: little was tried", seed, parts)
			}
		})
	}
}

// disturb does one thing to the store.
func (r *replicated) disturb(ctx context.Context, rnd *rand.Rand) {
	r.Helper()
	switch what := rnd.IntN(12); {
	case what < 4:
		r.put(ctx, days(rnd.Int64N(12)), mixed(rnd.IntN(60), 1+rnd.IntN(20))...)
	case what == 4:
		from := days(rnd.Int64N(12))
		r.take(ctx, from, from+days(2)-days(0), mixed(rnd.IntN(60), 1+rnd.IntN(20))...)
	case what < 10:
		_, err := r.Compaction.Compact(ctx, written.Shard)
		r.Must(err)
	default:
		_, err := r.Retention.Purge(ctx, written.Shard)
		r.Must(err)
	}
}

// split has the window of a year be split at the primary alone. The journal has no longer the first reading in it,
// which the secondary has in the window as it was; those that it was split for are there still.
func (r *replicated) split(ctx context.Context) (telemetry.Metric, chunks.Key) {
	r.Helper()
	r.put(ctx, days(1), "m")
	r.Settle(ctx)
	r.arrived(r.Sched.Now())
	_ = r.Sched.Sleep(ctx, time.Second)
	for n := range int64(4) {
		r.put(ctx, days(40*(n+2)), "m")
	}
	r.Account.SetState(region.Unavailable, 0) // nothing of this settles
	r.some(ctx)
	return "m", chunks.ChunkKey(tenant, of("s", "m"), telemetry.WindowOf(telemetry.WindowYear, days(1)))
}

// TestAQuestionStaysAtItsEndpoint: the primary comes to be known as away while a question reads it, and the windows
// under a marker that it has read there have not arrived at the secondary.
func TestAQuestionStaysAtItsEndpoint(t *testing.T) {
	inReplicated(t, 1, func(ctx context.Context, r *replicated) {
		m, marker := r.split(ctx)
		r.follow(nil)
		read := 0
		r.During = func(k chunks.Key) {
			if k == marker {
				if read++; read == 2 { // the first time it did not know that it would be one
					r.at = []bool{true, false}
				}
			}
		}
		if wrong, err := r.values(ctx, m); wrong != "" || err != nil {
			t.Errorf("%s, %v", wrong, err)
		}
		if !r.at[0] {
			t.Error("the marker was not read: nothing is tried")
		}
	})
}

// TestSplitsSeenAtOneEndpointAreNoHintsForTheOther: a reader knows a split from the primary. At the secondary it
// arrives between the read of a window under it, which is not there yet, and that of the marker, which then has the
// version that the reader knows.
func TestSplitsSeenAtOneEndpointAreNoHintsForTheOther(t *testing.T) {
	inReplicated(t, 1, func(ctx context.Context, r *replicated) {
		m, marker := r.split(ctx)
		r.follow(nil)
		if wrong, err := r.values(ctx, m); wrong != "" || err != nil {
			t.Fatalf("at the primary: %s, %v", wrong, err)
		}
		r.at, r.second.before = []bool{true}, func(k chunks.Key) {
			if k == marker {
				_ = r.Sched.Sleep(ctx, time.Second)
				r.arrived(r.Sched.Now())
			}
		}
		if wrong, err := r.values(ctx, m); wrong != "" || err != nil {
			t.Errorf("at the secondary: %s, %v", wrong, err)
		}
	})
}

// TestAQuestionBeginsAgainAtTheOtherEndpoint if its first row is not to be had, and says so; what fails later is an
// error.
func TestAQuestionBeginsAgainAtTheOtherEndpoint(t *testing.T) {
	inReplicated(t, 1, func(ctx context.Context, r *replicated) {
		r.put(ctx, days(1), "m")
		r.Settle(ctx)
		_ = r.Sched.Sleep(ctx, time.Second)
		r.arrived(r.Sched.Now())
		r.follow(nil)
		r.at, r.fails = []bool{false, true}, true
		q := r.open(ctx, "s")
		times, _, err := column(ctx, q, of("s", "m"), whole)
		if len(times) != 1 || err != nil || !q.Claim().Secondary {
			t.Errorf("without the primary: %v, %v, %+v", times, err, q.Claim())
		}
		r.at, r.fails = []bool{false, true}, false
		if q = r.open(ctx, "s"); q.Claim().Secondary {
			t.Errorf("with the primary: %+v", q.Claim())
		}
		r.fails = true
		if _, err := q.Source(ctx, "s"); !fault.Is(err, fault.Unavailable) {
			t.Errorf("the primary fails under a question: %v", err)
		}
		r.at = []bool{false}
		if _, err := r.r.Open(ctx, tenant, "s"); !fault.Is(err, fault.Unavailable) {
			t.Errorf("there is no other endpoint: %v", err)
		}
	})
}

// TestADeletionStandsUntilASplitHasSettled: while there is no tidemark a window is made again without what a deletion
// covers, and then it is split; nothing of that arrives at the secondary, but what the catalogue says does. The window
// that the deletion covers is absent under the marker, and that proves nothing before the marker has settled.
func TestADeletionStandsUntilASplitHasSettled(t *testing.T) {
	inReplicated(t, 1, func(ctx context.Context, r *replicated) {
		r.put(ctx, days(1), "m")
		r.put(ctx, days(40), "m")
		r.Settle(ctx)
		r.take(ctx, days(1), days(2), "m")
		for range 4 { // the floor passes the deletion
			_ = r.Sched.Sleep(ctx, 10*time.Second)
			r.Settle(ctx)
		}
		before := r.Sched.Now()
		_ = r.Sched.Sleep(ctx, 5*time.Second)
		r.Account.SetState(region.Unavailable, 0)
		for n := range int64(4) {
			r.put(ctx, days(80+40*n), "m")
			r.some(ctx)
		}
		r.second.arrived = func(p chunks.Partition) time.Time {
			if p.Table == chunks.Chunks {
				return before
			}
			return r.Sched.Now().Add(time.Second)
		}
		r.Account.SetState(region.Live, r.Sched.Now().Sub(before))
		for range 4 {
			standing, err := r.Retention.Purge(ctx, written.Shard)
			r.Must(err)
			if standing == 0 {
				t.Error("the deletion is forgotten")
			}
		}
		r.follow(nil)
		for _, secondary := range []bool{false, true} {
			r.at = []bool{secondary}
			if wrong, err := r.values(ctx, "m"); wrong != "" || err != nil {
				t.Errorf("at the secondary %v: %s, %v", secondary, wrong, err)
			}
		}
	})
}
