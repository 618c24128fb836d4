package readpath_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/bounds"
	"tidemark/domain/compaction"
	"tidemark/domain/fault"
	"tidemark/domain/internal/written"
	"tidemark/domain/readpath"
	"tidemark/domain/region"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/sourcerow"
	"tidemark/ports/chunks"
)

// tides is a store whose account an unplanned failover brings back to an earlier moment, and what its readings have to
// be.
type tides struct {
	*house
	model   map[telemetry.Metric]map[int64]float64
	written float64
}

func rewindable(t *testing.T, seed uint64, body func(ctx context.Context, h *tides)) {
	t.Helper()
	cfg := compaction.Config{Bound: time.Second, Settling: bounds.Settling{NoTide: time.Second}, SourceBytes: 1500}
	written.In(t, seed, cfg, func(ctx context.Context, s *written.Store) {
		s.Rows.KeepHistory(time.Hour)
		h := &tides{house: &house{Store: s}, model: map[telemetry.Metric]map[int64]float64{}}
		h.ask(true)
		body(ctx, h)
	})
}

// ask makes a reader that remembers nothing yet; with a cache.
func (h *tides) ask(cached bool) {
	h.r = h.Reader(readpath.Config{Parallel: 4}, nil)
	if cached {
		h.r = h.Reader(readpath.Config{Parallel: 4}, memory.NewCache(h.Sched, 64<<20))
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
	h.Send(ctx, &b)
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
	h.Send(ctx, &b)
}

// wrong is what a reader's list of series has wrong, "" for nothing. It asks page by page.
func (h *tides) wrong(ctx context.Context) (string, error) {
	want := make([]telemetry.Metric, 0, len(h.model))
	for m := range h.model {
		want = append(want, m)
	}
	slices.Sort(want)
	for after, more := telemetry.Metric(""), true; more; {
		page, all, err := h.page(ctx, after)
		if err != nil {
			return "", err
		}
		for _, s := range page {
			if len(want) == 0 || want[0] != s.metric {
				return fmt.Sprintf("metric %.12q is listed, %d before it are not", s.metric, len(want)), nil
			}
			if n := len(h.model[want[0]]); s.readings != n {
				return fmt.Sprintf("metric %.12q has %d readings, want %d", s.metric, s.readings, n), nil
			}
			after, want = s.metric, want[1:]
		}
		more = !all
	}
	if len(want) > 0 {
		return fmt.Sprintf("%d metrics are not listed, %.12q the first", len(want), want[0]), nil
	}
	return "", nil
}

// tally is a series of s and how many readings it has.
type tally struct {
	metric   telemetry.Metric
	readings int
}

// page asks one question: for the next 250 series of s behind a metric, side by side, and whether these are all.
func (h *tides) page(ctx context.Context, after telemetry.Metric) (out []tally, all bool, err error) {
	q, err := h.r.Open(ctx, tenant, "s")
	if err != nil {
		return nil, false, err
	}
	source, err := q.Source(ctx, "s")
	if err != nil {
		return nil, false, err
	}
	var series []readpath.Series
	all = true
	for of, err := range source.AllSeries(ctx, after) {
		if err != nil {
			return nil, false, err
		}
		if all = len(series) < 250; !all {
			break
		}
		series = append(series, of)
	}
	out = make([]tally, len(series))
	return out, all, q.Each(ctx, len(series), func(ctx context.Context, i int) (err error) {
		out[i].metric = series[i].Metric
		out[i].readings, _, err = count(ctx, series[i])
		return err
	})
}

// values asks for the readings of one metric.
func (h *tides) values(ctx context.Context, m telemetry.Metric) (string, error) {
	q, err := h.r.Open(ctx, tenant, "s")
	if err != nil {
		return "", err
	}
	times, values, err := column(ctx, q, of("s", string(m)), readpath.Span{To: telemetry.MaxTime})
	if err != nil {
		return "", err
	}
	if len(times) != len(h.model[m]) {
		return fmt.Sprintf("%d readings of %.12q, want %d", len(times), m, len(h.model[m])), nil
	}
	for i, at := range times {
		if h.model[m][at] != values[i] {
			return fmt.Sprintf("%v at %d of %.12q, want %v", values[i], at, m, h.model[m][at]), nil
		}
	}
	return "", nil
}

// metric is a name of a length in bytes.
func metric(i, length int) telemetry.Metric {
	return telemetry.Metric(fmt.Sprintf("%06d", i) + strings.Repeat("x", length-6))
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
		_, err := h.Compaction.Compact(ctx, written.Shard)
		h.Must(err)
		_ = h.Sched.Sleep(ctx, 2*time.Second)
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
					h.Gets = 0
					h.During = func(chunks.Key) {
						if h.Gets == at {
							h.Rows.Rollback(func(chunks.Partition) time.Time { return moments[back] })
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
					calls = max(calls, h.Gets)
				})
			}
		}
	}
}

// grown fills a source until it is split, and its parts are, and gives the moments before.
func (h *tides) grown(ctx context.Context) (moments []time.Time) {
	h.Helper()
	h.put(ctx, 1000, mixed(0, 20)...)
	h.Settle(ctx)
	h.Account.SetState(region.Unavailable, 0) // from now on a failover may bring back any moment
	for n := range 3 {
		_ = h.Sched.Sleep(ctx, time.Second)
		moments = append(moments, h.Sched.Now())
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
	for row, err := range h.Rows.Scan(ctx, all) {
		h.Must(err)
		cat, err := sourcerow.Decode(row.Value)
		h.Must(err)
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
			h.Account.SetState(region.Live, lag)
			failovers := 0
			for step := range 120 {
				what := rnd.IntN(12)
				switch {
				case what < 3:
					h.put(ctx, 1000*rnd.Int64N(4), mixed(rnd.IntN(1500), 1+rnd.IntN(90))...)
				case what == 3:
					h.take(ctx, 0, 1000*rnd.Int64N(4), mixed(rnd.IntN(1500), 1+rnd.IntN(90))...)
				case what < 9:
					_, err := h.Compaction.Compact(ctx, written.Shard)
					if !fault.Is(err, fault.Unavailable) {
						h.Must(err)
					}
				case what == 9:
					_, err := h.Retention.Purge(ctx, written.Shard)
					h.Must(err)
				case what == 10:
					h.Rows.Rollback(func(chunks.Partition) time.Time { // partitions overtake one another
						return h.Sched.Now().Add(-time.Duration(rnd.Int64N(int64(lag))))
					})
					failovers++
				}
				_ = h.Sched.Sleep(ctx, time.Duration(rnd.IntN(5000))*time.Millisecond)
				if step%3 == 0 {
					if wrong, err := h.wrong(ctx); wrong != "" || err != nil {
						t.Fatalf("seed %d, step %d, after %d failovers: %s, %v", seed, step, failovers, wrong, err)
					}
				}
			}
			h.Settle(ctx)
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
