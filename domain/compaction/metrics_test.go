package compaction_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/bounds"
	"tidemark/domain/compaction"
	"tidemark/domain/fault"
	"tidemark/domain/region"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/sourcerow"
	"tidemark/ports/chunks"
)

// metrics appends blocks with one reading of each metric of the source, some metrics a block.
func (h *house) metrics(ctx context.Context, names []telemetry.Metric, each int) {
	h.Helper()
	for len(names) > 0 {
		n := min(each, len(names))
		b := &telemetry.Block{}
		for _, m := range names[:n] {
			s := telemetry.Series{Source: series.Source, Metric: m}
			b.Columns = append(b.Columns, telemetry.Column{Series: s, Unit: "W", Times: []int64{1000},
				Values: []float64{1}})
		}
		h.append(ctx, b)
		names = names[n:]
	}
}

// named makes names in their order, of a length in bytes.
func named(from, n, length int) []telemetry.Metric {
	out := make([]telemetry.Metric, n)
	for i := range out {
		out[i] = telemetry.Metric(fmt.Sprintf("%08d", from+i) + strings.Repeat("x", length-8))
	}
	return out
}

// empty compacts until the journal is empty, for an hour at most, and reports how many passes that took.
func (h *house) empty(ctx context.Context) int {
	h.Helper()
	began := h.sched.Now()
	for passes := 1; ; passes++ {
		res, err := h.svc.Compact(ctx, shard)
		if fault.Is(err, fault.Unavailable) {
			err = nil
		}
		h.must(err)
		if err == nil && res.Done() {
			return passes
		}
		if h.sched.Now().Sub(began) > time.Hour {
			h.Fatalf("after %d passes and an hour blocks above %d of %d are left: %+v", passes, h.mark(ctx), h.last,
				res)
		}
		h.sleep(ctx, max(res.Waiting, time.Millisecond))
	}
}

// sourceRows are the rows of the catalogue: of sources, and parts.
func (h *house) sourceRows(ctx context.Context) (sources, parts []*sourcerow.Row) {
	h.Helper()
	all := chunks.Range{Partition: chunks.Partition{Table: chunks.Catalogue, Tenant: "t"}}
	for row, err := range h.rows.Scan(ctx, all) {
		h.must(err)
		cat, err := sourcerow.Decode(row.Value)
		h.must(err)
		if len(row.Value) > sourcerow.MaxBytes {
			h.Errorf("a row of the catalogue has %d bytes", len(row.Value))
		}
		if cat.Form == sourcerow.Part {
			parts = append(parts, cat)
		} else {
			sources = append(sources, cat)
		}
	}
	return sources, parts
}

// TestASourceOfManyMetricsLeavesTheJournal: 40,000 metrics of one source filled the source's row, and their blocks
// stayed in the journal.
func TestASourceOfManyMetricsLeavesTheJournal(t *testing.T) {
	in(t, compaction.Config{}, func(ctx context.Context, h *house) {
		h.metrics(ctx, named(0, 40_000, 24), 5000)
		passes := h.empty(ctx)
		h.sleep(ctx, 5*time.Minute)
		h.empty(ctx)
		floor, _, err := bounds.Floor(ctx, h.rows, shard)
		h.must(err)
		if floor < telemetry.StampAt(h.sched.Now().Add(-3*time.Minute)) {
			t.Errorf("the floor stands at %v", floor)
		}
		sources, parts := h.sourceRows(ctx)
		n := 0
		for _, p := range parts {
			n += len(p.Metrics)
		}
		if n != 40_000 || len(sources) != 1 || sources[0].Form != sourcerow.Split ||
			len(sources[0].Parts) != len(parts)-1 {
			t.Errorf("%d metrics in %d parts of %d sources", n, len(parts), len(sources))
		}
		t.Logf("%d passes, %d parts", passes, len(parts))
	})
}

// TestASourceOfLongMetricsLeavesTheJournal is the same of few metrics with long names.
func TestASourceOfLongMetricsLeavesTheJournal(t *testing.T) {
	in(t, compaction.Config{}, func(ctx context.Context, h *house) {
		h.metrics(ctx, named(0, 700, 1500), 100)
		h.empty(ctx)
	})
}

// TestAFewMetricsCostOneRow is what a source cost before sources were split: a get, and a write.
func TestAFewMetricsCostOneRow(t *testing.T) {
	in(t, compaction.Config{}, func(ctx context.Context, h *house) {
		h.metrics(ctx, named(0, 100, 24), 100)
		gets := 0
		h.during = func(op string) memory.Fault {
			if op == "chunks.get" {
				gets++
			}
			return memory.FaultNone
		}
		h.compact(ctx)
		if want := 3 + 1 + 100; gets != want { // floor, horizon, floor again; the source; a chunk a series
			t.Errorf("%d gets, want %d", gets, want)
		}
		sources, parts := h.sourceRows(ctx)
		if len(sources) != 1 || len(parts) != 0 || sources[0].Form != sourcerow.Whole {
			t.Errorf("%d sources, %d parts", len(sources), len(parts))
		}
	})
}

// TestPartsSplitWhileRowsAreLost grows a source in several ways while two compactors work at once, the tidemark lags,
// and calls fail or are applied and lose their answers: the journal empties, and every metric stands in exactly one
// part.
func TestPartsSplitWhileRowsAreLost(t *testing.T) {
	for name, order := range map[string]func(i int) int{
		"rising":  func(i int) int { return i },
		"falling": func(i int) int { return 2000 - i },
		"mixed":   func(i int) int { return i * 7919 % 2003 },
	} {
		in(t, compaction.Config{}, func(ctx context.Context, h *house) {
			h.tide(region.Live, 7*time.Second)
			calls := 0
			h.during = func(op string) memory.Fault {
				if op != "chunks.apply" && op != "chunks.get" {
					return memory.FaultNone
				}
				switch calls++; {
				case calls%97 == 0:
					return memory.FaultFail
				case calls%61 == 0:
					return memory.FaultApplied
				}
				return memory.FaultNone
			}
			other := h.another()
			over := false
			h.sched.Go("another", func() {
				for !over {
					_, _ = other.Compact(ctx, shard)
					h.sleep(ctx, 900*time.Millisecond)
				}
			})
			want := map[telemetry.Metric]bool{}
			for n := range 10 {
				var names []telemetry.Metric
				for i := range 200 {
					m := named(order(200*n+i), 1, 1500)[0]
					want[m] = true
					names = append(names, m)
				}
				slices.Sort(names)
				h.metrics(ctx, names, 70)
				for range 3 {
					_, _ = h.svc.Compact(ctx, shard)
					h.sleep(ctx, time.Second)
				}
			}
			h.during = nil
			h.empty(ctx)
			over = true
			h.complete(ctx, want)
		})
		if t.Failed() {
			t.Fatal(name)
		}
	}
}

// another is a second compactor over the same storage, as of another node.
func (h *house) another() *compaction.Service {
	other := *h
	other.node(compaction.Config{})
	return other.svc
}

// complete holds that the parts of the only source stand side by side and hold the metrics once each.
func (h *house) complete(ctx context.Context, want map[telemetry.Metric]bool) {
	h.Helper()
	_, parts := h.sourceRows(ctx)
	at, seen := sourcerow.Place{}, 0
	for i, p := range parts { // in the order of keys, which is that of places
		if p.From != at || (p.To == sourcerow.Place{}) != (i == len(parts)-1) {
			h.Errorf("part %d goes from %.20q to %.20q, the one before ended at %.20q",
				i, p.From.Metric, p.To.Metric, at.Metric)
		}
		at = p.To
		for _, m := range p.Metrics {
			if seen++; !want[m.Metric] || m.Unit != "W" {
				h.Errorf("metric %.20q with unit %q", m.Metric, m.Unit)
			}
		}
	}
	if seen != len(want) || len(parts) < 8 {
		h.Errorf("%d metrics in %d parts, want %d", seen, len(parts), len(want))
	}
}

// TestAPassWritesMoreThanABatch folds names of 6 MB, where a batch takes 2.8: one pass writes all of them.
func TestAPassWritesMoreThanABatch(t *testing.T) {
	in(t, compaction.Config{}, func(ctx context.Context, h *house) {
		h.tide(region.Live, time.Hour)
		h.metrics(ctx, named(0, 4000, 1500), 1000)
		h.compact(ctx)
		_, parts := h.sourceRows(ctx)
		n := 0
		for _, p := range parts {
			n += len(p.Metrics)
		}
		if n != 4000 || h.mark(ctx) != 0 {
			t.Errorf("%d of 4,000 metrics are written after a pass, the mark is %d", n, h.mark(ctx))
		}
	})
}

// TestPartsAreEvidence is T3 of a source that was split: what is in a part, and in no other row, is dropped once the
// tidemark has passed the part.
func TestPartsAreEvidence(t *testing.T) {
	deep := telemetry.Series{Source: series.Source, Metric: named(500, 1, 1500)[0]}
	for name, b := range map[string]telemetry.Block{
		"a description": {Sources: []telemetry.Description{
			{Source: series.Source, Labels: []telemetry.Label{{Name: "a", Value: "b"}}}}},
		"a deletion": {Deletions: []telemetry.Deletion{{Series: deep, From: 1, To: 2}}},
	} {
		in(t, compaction.Config{}, func(ctx context.Context, h *house) {
			h.metrics(ctx, named(0, 700, 1500), 100)
			h.empty(ctx)
			h.tide(region.Live, time.Minute)
			h.sleep(ctx, 2*time.Minute)
			at := h.append(ctx, &b)
			written := h.sched.Now()
			for h.mark(ctx) < at.Number {
				h.node(compaction.Config{}) // that remembers nothing of what waits for what
				h.compact(ctx)
				h.sleep(ctx, time.Second)
			}
			if took := h.sched.Now().Sub(written); took < 62*time.Second || took > 70*time.Second {
				t.Errorf("%s was dropped after %v, want a little over the lag and the margin", name, took)
			}
		})
	}
}

// TestAPartIsNotRewrittenBeforeItSettled is T4 of parts: under steady growth of one everything is dropped all the
// same.
func TestAPartIsNotRewrittenBeforeItSettled(t *testing.T) {
	in(t, compaction.Config{}, func(ctx context.Context, h *house) {
		h.metrics(ctx, named(0, 700, 1500), 100)
		h.empty(ctx)
		h.tide(region.Live, 10*time.Second)
		var last chunks.Row
		for i := range 90 {
			h.metrics(ctx, named(700+i, 1, 1500), 1)
			h.node(compaction.Config{})
			h.compact(ctx)
			row, err := h.rows.Get(ctx, chunks.SourcePartKey("t", series.Source, h.lastPart(ctx)))
			h.must(err)
			if row.Version != last.Version {
				if last.Version != "" && row.Key == last.Key && row.Committed.Sub(last.Committed) < 12*time.Second {
					t.Fatalf("rewritten after %v: the version before could not have settled",
						row.Committed.Sub(last.Committed))
				}
				last = row
			}
			h.sleep(ctx, time.Second)
		}
		if behind := h.last - h.mark(ctx); behind > 30 {
			t.Errorf("%d of %d blocks are left: the part starves", behind, h.last)
		}
	})
}

// lastPart is where the last part of the only source begins.
func (h *house) lastPart(ctx context.Context) sourcerow.Place {
	_, parts := h.sourceRows(ctx)
	return parts[len(parts)-1].From
}

// eraseMany deletes each of many seconds from one on, on its own.
func (h *house) eraseMany(ctx context.Context, n int, first int64) {
	h.Helper()
	for from := 0; from < n; from += 5000 {
		b := &telemetry.Block{}
		for i := from; i < from+5000; i++ {
			at := (first + int64(i)) * int64(time.Second)
			b.Deletions = append(b.Deletions, telemetry.Deletion{Series: series, From: at, To: at + 1})
		}
		h.append(ctx, b)
	}
}

// TestDeletionsOfOneMetricFillParts has more deletions of one metric than a row takes, as of a client that deletes
// reading by reading while nothing is purged: the journal empties, what they cover stays gone, and a purge forgets
// them all.
func TestDeletionsOfOneMetricFillParts(t *testing.T) {
	in(t, compaction.Config{Bound: 10 * time.Second}, func(ctx context.Context, h *house) {
		second := int64(time.Second)
		h.put(ctx, 0, 1, 30_000*second, 59_999*second, 70_000*second)
		h.empty(ctx)
		h.eraseMany(ctx, 60_000, 0)
		h.empty(ctx)
		_, parts := h.sourceRows(ctx)
		if len(parts) < 4 || !parts[2].From.Within() {
			t.Fatalf("%d parts: nothing is tried", len(parts))
		}
		if c, _ := h.chunk(ctx, telemetry.WindowYear, 0); len(c.Times) != 5 {
			t.Fatalf("the chunk has %v before it was made again", c.Times)
		}
		h.forget(ctx)
		if c, _ := h.chunk(ctx, telemetry.WindowYear, 0); !slices.Equal(c.Times, []int64{1, 70_000 * second}) {
			t.Errorf("the chunk has %v", c.Times)
		}
		_, parts = h.sourceRows(ctx)
		for _, p := range parts {
			for _, m := range p.Metrics {
				if len(m.Deletions) > 0 {
					t.Errorf("deletions stand in the part from %v", p.From)
				}
			}
		}
	})
}

// TestDeletionsAreForgottenFromTheFirstOn has deletions in several parts, of which only the first covers readings:
// while it stands those in later parts stand, too, or a reader that knows them as purged would take a chunk that was
// made before the first was carried out.
func TestDeletionsAreForgottenFromTheFirstOn(t *testing.T) {
	in(t, compaction.Config{Bound: 10 * time.Second}, func(ctx context.Context, h *house) {
		h.put(ctx, 0)
		h.empty(ctx)
		h.erase(ctx, 0, 1)
		h.eraseMany(ctx, 60_000, 50_000_000) // of another year, that holds nothing
		h.empty(ctx)
		h.sleep(ctx, time.Minute)
		h.compact(ctx) // raises the floor above the deletions
		h.tide(region.Live, time.Minute)
		h.sleep(ctx, 2*time.Minute)
		for range 3 { // makes the chunk again, and waits for the tidemark
			if standing := h.purge(ctx); standing != 60_001 {
				t.Fatalf("%d deletions stand of 60,001", standing)
			}
			_, parts := h.sourceRows(ctx)
			for _, p := range parts {
				for _, m := range p.Metrics {
					if m.Purged != 0 {
						t.Fatalf("the part from %v has forgotten deletions while the first stands", p.From)
					}
				}
			}
			h.sleep(ctx, 10*time.Second)
		}
		h.forget(ctx)
	})
}
