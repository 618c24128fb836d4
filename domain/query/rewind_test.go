package query_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/bounds"
	"tidemark/domain/compaction"
	"tidemark/domain/fault"
	"tidemark/domain/ingest"
	"tidemark/domain/query"
	"tidemark/domain/region"
	"tidemark/domain/retention"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/sourcerow"
	"tidemark/ports/chunks"
)

// rewinder is an account that an unplanned failover brings back to an earlier moment.
type rewinder struct {
	chunks.Store
	gets int
	at   func(get int) // is called before each get
}

func (r *rewinder) Get(ctx context.Context, k chunks.Key) (chunks.Row, error) {
	if r.gets++; r.at != nil {
		r.at(r.gets)
	}
	return r.Store.Get(ctx, k)
}

// tides is a house whose account can be rewound, and what its readings have to be.
type tides struct {
	*house
	account *memory.Account
	rows    *memory.Rows
	past    *rewinder
	model   map[telemetry.Metric]map[int64]float64
	written float64
}

func rewindable(t *testing.T, seed uint64, body func(ctx context.Context, h *tides)) {
	t.Helper()
	s := memory.NewSched(seed)
	h := &tides{house: &house{T: t, sched: s, j: memory.NewJournal(s)}, account: memory.NewAccount(s),
		rows: memory.NewRows(s), model: map[telemetry.Metric]map[int64]float64{}}
	h.rows.KeepHistory(time.Hour)
	h.past = &rewinder{Store: h.rows}
	writers := 0
	h.in = ingest.New(ingest.Config{}, ingest.Log{Region: "east", Journal: h.j, Directory: h.j}, s,
		func() telemetry.Writer { writers++; return telemetry.Writer(fmt.Sprintf("%026d", writers)) }, nil,
		ingest.Observer{})
	follow := tail.New(tail.Config{}, h.j, h.j, s, nil)
	stores := compaction.Stores{Journal: h.j, Directory: h.j, Tail: follow, Rows: h.accounts()}
	settling := bounds.Settling{NoTide: time.Second}
	h.comp = compaction.New(compaction.Config{Bound: time.Second, Settling: settling, SourceBytes: 1500}, stores, s)
	h.keeps = retention.New(retention.Config{Settling: settling}, h.j, h.accounts(), s)
	h.ask(true)
	err := s.Run(func() {
		ctx := context.Background()
		h.must(h.past.Prepare(ctx))
		body(ctx, h)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (h *tides) accounts() *bounds.Accounts { return bounds.One(h.past, h.account) }

// ask makes a reader that remembers nothing yet; with a cache.
func (h *tides) ask(cached bool) {
	follow := tail.New(tail.Config{}, h.j, h.j, h.sched, nil)
	h.q = query.New(query.Config{Parallel: 4}, follow, h.past, nil, h.sched)
	if cached {
		h.q = query.New(query.Config{Parallel: 4}, follow, h.past, memory.NewCache(h.sched, 64<<20), h.sched)
	}
}

// put writes a reading of each metric.
func (h *tides) put(ctx context.Context, at int64, metrics ...telemetry.Metric) {
	h.Helper()
	var b telemetry.Batch
	h.written++
	for _, m := range metrics {
		b.Add(b.AddSeries(telemetry.Series{Source: "s", Metric: m}, ""), at, h.written)
		if h.model[m] == nil {
			h.model[m] = map[int64]float64{}
		}
		h.model[m][at] = h.written
	}
	h.send(ctx, &b)
}

// take deletes readings of metrics.
func (h *tides) take(ctx context.Context, from, to int64, metrics ...telemetry.Metric) {
	h.Helper()
	var b telemetry.Batch
	for _, m := range metrics {
		if h.model[m] == nil {
			continue
		}
		b.Deletions = append(b.Deletions, telemetry.Deletion{Series: of("s", string(m)), From: from, To: to})
		for at := range h.model[m] {
			if from <= at && at < to {
				delete(h.model[m], at)
			}
		}
	}
	h.send(ctx, &b)
}

// wrong is what a reader's list of series has wrong, "" for nothing.
func (h *tides) wrong(ctx context.Context) (string, error) {
	want := make([]telemetry.Metric, 0, len(h.model))
	for m := range h.model {
		want = append(want, m)
	}
	slices.Sort(want)
	after := telemetry.Series{}
	for {
		page, err := h.q.Series(ctx, tenant, query.Selector{Source: "s"}, after, 250)
		if err != nil {
			return "", err
		}
		for _, s := range page.Series {
			if len(want) == 0 || want[0] != s.Series.Metric {
				return fmt.Sprintf("metric %.12q is listed, %d before it are not", s.Series.Metric, len(want)), nil
			}
			if n := len(h.model[want[0]]); s.Count != int64(n) {
				return fmt.Sprintf("metric %.12q has %d readings, want %d", s.Series.Metric, s.Count, n), nil
			}
			want = want[1:]
		}
		if page.Next == nil {
			break
		}
		after = *page.Next
	}
	if len(want) > 0 {
		return fmt.Sprintf("%d metrics are not listed, %.12q the first", len(want), want[0]), nil
	}
	return "", nil
}

// values asks for the readings of one metric.
func (h *tides) values(ctx context.Context, m telemetry.Metric) (string, error) {
	all := query.ReadingsQuery{Series: of("s", string(m)), From: 0, To: telemetry.MaxTime, Limit: 1000}
	page, err := h.q.Readings(ctx, tenant, all)
	if err != nil {
		return "", err
	}
	if len(page.Times) != len(h.model[m]) {
		return fmt.Sprintf("%d readings of %.12q, want %d", len(page.Times), m, len(h.model[m])), nil
	}
	for i, at := range page.Times {
		if h.model[m][at] != page.Values[i] {
			return fmt.Sprintf("%v at %d of %.12q, want %v", page.Values[i], at, m, h.model[m][at]), nil
		}
	}
	return "", nil
}

// mixed are metrics whose order is not that of their numbers.
func mixed(from, n int) (out []telemetry.Metric) {
	for i := range n {
		out = append(out, metric((from+i)*7919%100_003, 24))
	}
	slices.Sort(out)
	return out
}

// some compacts a few times, which writes everything; with the tidemark far behind nothing leaves the journal.
func (h *tides) some(ctx context.Context) {
	h.Helper()
	for range 4 {
		_, err := h.comp.Compact(ctx, shard)
		h.must(err)
		_ = h.sched.Sleep(ctx, 2*time.Second)
	}
}

// TestAFailoverBetweenTwoCallsHidesNoMetric splits a source and its parts, and brings the account back, between any
// two calls of a question, to when the source was whole, or to when parts held more: the answer is whole, whether the
// reader remembers rows or not.
func TestAFailoverBetweenTwoCallsHidesNoMetric(t *testing.T) {
	for back := range 3 {
		for _, remembers := range []string{"nothing", "all", "the source's row"} {
			for at, calls := 1, 2; at < calls; at++ {
				if at > 24 {
					at += 200 // the beginning is what is delicate; behind it are hundreds of series
				}
				rewindable(t, 1, func(ctx context.Context, h *tides) {
					moments := h.grown(ctx)
					h.ask(remembers != "nothing")
					wrong, err := h.values(ctx, mixed(0, 1)[0])
					if wrong == "" && err == nil && remembers == "all" {
						wrong, err = h.wrong(ctx)
					}
					if wrong != "" || err != nil {
						t.Fatalf("before a failover: %s, %v", wrong, err)
					}
					h.past.gets = 0
					h.past.at = func(get int) {
						if get == at {
							h.rows.Rollback(func(chunks.Partition) time.Time { return moments[back] })
						}
					}
					wrong, err = h.values(ctx, mixed(at%200, 1)[0])
					if wrong == "" && err == nil {
						wrong, err = h.wrong(ctx)
					}
					if wrong != "" || err != nil {
						t.Fatalf("back to moment %d before call %d, remembered %s: %s, %v", back, at, remembers, wrong,
							err)
					}
					calls = max(calls, h.past.gets)
				})
			}
		}
	}
}

// grown fills a source until it is split, and its parts are, and gives the moments before.
func (h *tides) grown(ctx context.Context) (moments []time.Time) {
	h.Helper()
	h.put(ctx, 1000, mixed(0, 20)...)
	h.settle(ctx)
	h.account.SetState(region.Unavailable, 0) // from now on a failover may bring back any moment
	for n := range 3 {
		_ = h.sched.Sleep(ctx, time.Second)
		moments = append(moments, h.sched.Now())
		h.put(ctx, 2000, mixed(20+60*n, 60)...)
		h.some(ctx)
	}
	if n := len(h.parts(ctx)); n < 6 {
		h.Fatalf("%d parts: nothing is tried", n)
	}
	return moments
}

// parts are the parts of all sources.
func (h *tides) parts(ctx context.Context) (parts []*sourcerow.Row) {
	h.Helper()
	all := chunks.Range{Partition: chunks.Partition{Table: chunks.Catalogue, Tenant: tenant}}
	for row, err := range h.past.Scan(ctx, all) {
		h.must(err)
		cat, err := sourcerow.Decode(row.Value)
		h.must(err)
		if cat.Form == sourcerow.Part {
			parts = append(parts, cat)
		}
	}
	return parts
}

// TestFailoversLoseNoMetric writes, deletes, compacts, purges and asks at random, with a tidemark that lags, and
// every now and then the account comes back as it was at some moment that the tidemark has not passed: no answer
// lacks anything, and in the end the journal empties.
func TestFailoversLoseNoMetric(t *testing.T) {
	for seed := uint64(1); seed <= 3; seed++ {
		rewindable(t, seed, func(ctx context.Context, h *tides) {
			rnd := rand.New(rand.NewPCG(seed, 0))
			const lag = 20 * time.Second
			h.account.SetState(region.Live, lag)
			failovers := 0
			for step := range 120 {
				what := rnd.IntN(12)
				switch {
				case what < 3:
					h.put(ctx, 1000*rnd.Int64N(4), mixed(rnd.IntN(1500), 1+rnd.IntN(90))...)
				case what == 3:
					h.take(ctx, 0, 1000*rnd.Int64N(4), mixed(rnd.IntN(1500), 1+rnd.IntN(90))...)
				case what < 9:
					if _, err := h.comp.Compact(ctx, shard); err != nil && !fault.Is(err, fault.Unavailable) {
						h.must(err)
					}
				case what == 9:
					_, err := h.keeps.Purge(ctx, shard)
					h.must(err)
				case what == 10:
					h.rows.Rollback(func(chunks.Partition) time.Time { // partitions overtake one another
						return h.sched.Now().Add(-time.Duration(rnd.Int64N(int64(lag))))
					})
					failovers++
				}
				_ = h.sched.Sleep(ctx, time.Duration(rnd.IntN(5000))*time.Millisecond)
				if step%3 == 0 {
					if wrong, err := h.wrong(ctx); wrong != "" || err != nil {
						t.Fatalf("seed %d, step %d, after %d failovers: %s, %v", seed, step, failovers, wrong, err)
					}
				}
			}
			h.settle(ctx)
			for m := range h.model {
				if wrong, err := h.values(ctx, m); wrong != "" || err != nil {
					t.Fatalf("seed %d, in the end: %s, %v", seed, wrong, err)
				}
			}
			if parts := len(h.parts(ctx)); failovers < 2 || parts < 4 {
				t.Errorf("seed %d: %d failovers, %d parts: little was tried", seed, failovers, parts)
			}
		})
	}
}
