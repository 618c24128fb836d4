package readpath_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"tidemark/domain/compaction"
	"tidemark/domain/fault"
	"tidemark/domain/internal/written"
	"tidemark/domain/readpath"
	"tidemark/domain/telemetry"
)

const tenant = written.Tenant

var (
	of   = written.Of
	year = written.Year
)

// house is a store with a reader that has a cache.
type house struct {
	*written.Store
	r *readpath.Reader
}

func in(t *testing.T, cfg compaction.Config, body func(ctx context.Context, h *house)) {
	t.Helper()
	written.In(t, 9, cfg, func(ctx context.Context, s *written.Store) {
		body(ctx, &house{s, s.Reader(readpath.Config{}, s.Cache)})
	})
}

// whole is all of a series.
var whole = readpath.Span{From: telemetry.MinTime, To: telemetry.MaxTime}

// column is what a question gives of a series within a span, its leaves in the order of time.
func column(ctx context.Context, q *readpath.Question, s telemetry.Series, span readpath.Span) (times []int64,
	values []float64, err error) {
	source, err := q.Source(ctx, s.Source)
	if err != nil {
		return nil, nil, err
	}
	of, known, err := source.Series(ctx, s.Metric)
	if err != nil {
		return nil, nil, err
	}
	if !known {
		return nil, nil, fault.New(fault.NotFound, "test", "nobody wrote %v", s)
	}
	var leaves []readpath.Leaf
	for l, err := range of.Leaves(ctx, span) {
		if err != nil {
			return nil, nil, err
		}
		leaves = append(leaves, l)
	}
	if span.Backwards {
		slices.Reverse(leaves)
	}
	for _, l := range leaves {
		times, values = append(times, l.Times...), append(values, l.Values...)
	}
	return times, values, nil
}

// open opens a question about a source.
func (h *house) open(ctx context.Context, only telemetry.Source) *readpath.Question {
	h.Helper()
	q, err := h.r.Open(ctx, tenant, only)
	h.Must(err)
	return q
}

// want asks for a series.
func (h *house) want(ctx context.Context, when string, s telemetry.Series, want ...int64) {
	h.Helper()
	got, _, err := column(ctx, h.open(ctx, s.Source), s, whole)
	h.Must(err)
	if !slices.Equal(got, want) {
		h.Fatalf("%s: %v, want %v", when, got, want)
	}
}

// purged deletes a reading, carries the deletion out, and forgets it.
func (h *house) purged(ctx context.Context, s telemetry.Series, at int64) {
	h.Helper()
	h.Send(ctx, &telemetry.Batch{Deletions: []telemetry.Deletion{{Series: s, From: at, To: at + 1}}})
	h.Settle(ctx)
	h.Forget(ctx, 5*time.Second)
}

// count is how many readings a question counts of a series, from rollups wherever they serve.
func count(ctx context.Context, s readpath.Series) (n, rollups int, err error) {
	all := whole
	all.Rollups = func(telemetry.Window) bool { return true }
	for l, err := range s.Leaves(ctx, all) {
		if err != nil {
			return 0, 0, err
		}
		if n += len(l.Times); l.Rollup != nil {
			rollups++
			for i := range l.Rollup.Buckets {
				n += int(l.Rollup.Buckets[i].Count)
			}
		}
	}
	return n, rollups, nil
}

// counted is count of one series, and whether anybody wrote it.
func (h *house) counted(ctx context.Context, s telemetry.Series) (n, rollups int) {
	h.Helper()
	source, err := h.open(ctx, "").Source(ctx, s.Source)
	h.Must(err)
	of, known, err := source.Series(ctx, s.Metric)
	h.Must(err)
	if !known {
		h.Fatalf("nobody wrote %v", s)
	}
	n, rollups, err = count(ctx, of)
	h.Must(err)
	return n, rollups
}

// listed is the series of all sources, by name.
func (h *house) listed(ctx context.Context, q *readpath.Question) (out []string) {
	h.Helper()
	for s, err := range q.Sources(ctx, "") {
		h.Must(err)
		for of, err := range s.AllSeries(ctx, "") {
			h.Must(err)
			out = append(out, fmt.Sprintf("%s %s", of.Source, of.Metric))
		}
	}
	return out
}
