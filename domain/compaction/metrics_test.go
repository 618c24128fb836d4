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
		h.Append(ctx, b)
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
	began := h.Sched.Now()
	for passes := 1; ; passes++ {
		res, err := h.Compaction.Compact(ctx, shard)
		if fault.Is(err, fault.Unavailable) {
			err = nil
		}
		h.Must(err)
		if err == nil && res.Done() {
			return passes
		}
		if h.Sched.Now().Sub(began) > time.Hour {
			h.Fatalf("after %d passes and an hour blocks above %d of %d are left: %+v", passes, h.Mark(ctx), h.Last,
				res)
		}
		h.Sleep(ctx, max(res.Waiting, time.Millisecond))
	}
}

// sourceRows are the rows of the catalogue: of sources, and parts.
func (h *house) sourceRows(ctx context.Context) (sources, parts []*sourcerow.Row) {
	h.Helper()
	all := chunks.Range{Partition: chunks.Partition{Table: chunks.Catalogue, Tenant: "t"}}
	for row, err := range h.Rows.Scan(ctx, all) {
		h.Must(err)
		cat, err := sourcerow.Decode(row.Value)
		h.Must(err)
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
		h.Sleep(ctx, 5*time.Minute)
		h.empty(ctx)
		floor, _, err := bounds.Floor(ctx, h.Rows, shard)
		h.Must(err)
		if floor < telemetry.StampAt(h.Sched.Now().Add(-3*time.Minute)) {
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
		h.During = func(op string) memory.Fault {
			if op == "chunks.get" {
				gets++
			}
			return memory.FaultNone
		}
		h.Compact(ctx)
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
			h.Tide(region.Live, 7*time.Second)
			calls := 0
			h.During = func(op string) memory.Fault {
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
			h.Sched.Go("another", func() {
				for !over {
					_, _ = other.Compact(ctx, shard)
					h.Sleep(ctx, 900*time.Millisecond)
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
					_, _ = h.Compaction.Compact(ctx, shard)
					h.Sleep(ctx, time.Second)
				}
			}
			h.During = nil
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
	other := *h.House
	other.Node(compaction.Config{})
	return other.Compaction
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
		h.Tide(region.Live, time.Hour)
		h.metrics(ctx, named(0, 4000, 1500), 1000)
		h.Compact(ctx)
		_, parts := h.sourceRows(ctx)
		n := 0
		for _, p := range parts {
			n += len(p.Metrics)
		}
		if n != 4000 || h.Mark(ctx) != 0 {
			t.Errorf("%d of 4,000 metrics are written after a pass, the mark is %d", n, h.Mark(ctx))
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
			h.Tide(region.Live, time.Minute)
			h.Sleep(ctx, 2*time.Minute)
			at := h.Append(ctx, &b)
			written := h.Sched.Now()
			for h.Mark(ctx) < at.Number {
				h.Node(compaction.Config{}) // that remembers nothing of what waits for what
				h.Compact(ctx)
				h.Sleep(ctx, time.Second)
			}
			if took := h.Sched.Now().Sub(written); took < 62*time.Second || took > 70*time.Second {
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
		h.Tide(region.Live, 10*time.Second)
		var last chunks.Row
		for i := range 90 {
			h.metrics(ctx, named(700+i, 1, 1500), 1)
			h.Node(compaction.Config{})
			h.Compact(ctx)
			row, err := h.Rows.Get(ctx, chunks.SourcePartKey("t", series.Source, h.lastPart(ctx)))
			h.Must(err)
			if row.Version != last.Version {
				if last.Version != "" && row.Key == last.Key && row.Committed.Sub(last.Committed) < 12*time.Second {
					t.Fatalf("rewritten after %v: the version before could not have settled",
						row.Committed.Sub(last.Committed))
				}
				last = row
			}
			h.Sleep(ctx, time.Second)
		}
		if behind := h.Last - h.Mark(ctx); behind > 30 {
			t.Errorf("%d of %d blocks are left: the part starves", behind, h.Last)
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
		h.Append(ctx, b)
	}
}

// TestDeletionsOfOneMetricFillParts has more deletions of one metric than a row takes, as of a client that deletes
// reading by reading while nothing is purged: the journal empties, what they cover stays gone, and a purge forgets
// them all.
func TestDeletionsOfOneMetricFillParts(t *testing.T) {
	in(t, compaction.Config{Bound: 10 * time.Second}, func(ctx context.Context, h *house) {
		second := int64(time.Second)
		h.Put(ctx, 0, 1, 30_000*second, 59_999*second, 70_000*second)
		h.empty(ctx)
		h.eraseMany(ctx, 60_000, 0)
		h.empty(ctx)
		_, parts := h.sourceRows(ctx)
		if len(parts) < 4 || !parts[2].From.Within() {
			t.Fatalf("%d parts: nothing is tried", len(parts))
		}
		if c, _ := h.Chunk(ctx, telemetry.WindowYear, 0); len(c.Times) != 5 {
			t.Fatalf("the chunk has %v before it was made again", c.Times)
		}
		h.Forget(ctx)
		if c, _ := h.Chunk(ctx, telemetry.WindowYear, 0); !slices.Equal(c.Times, []int64{1, 70_000 * second}) {
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
		h.Put(ctx, 0)
		h.empty(ctx)
		h.Erase(ctx, 0, 1)
		h.eraseMany(ctx, 60_000, 50_000_000) // of another year, that holds nothing
		h.empty(ctx)
		h.Sleep(ctx, time.Minute)
		h.Compact(ctx) // raises the floor above the deletions
		h.Tide(region.Live, time.Minute)
		h.Sleep(ctx, 2*time.Minute)
		for range 3 { // makes the chunk again, and waits for the tidemark
			if standing := h.Purge(ctx); standing != 60_001 {
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
			h.Sleep(ctx, 10*time.Second)
		}
		h.Forget(ctx)
	})
}
