package query_test

import (
	"context"
	"crypto/sha256"
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"tidemark/domain/compaction"
	"tidemark/domain/fault"
	"tidemark/domain/query"
	"tidemark/domain/telemetry"
)

// metric is a name of a length in bytes.
func metric(i, length int) telemetry.Metric {
	return telemetry.Metric(fmt.Sprintf("%06d", i) + strings.Repeat("x", length-6))
}

// fill writes a reading of each of some metrics of the source s, a few thousand in a request.
func (h *house) fill(ctx context.Context, from, n, length int) {
	h.Helper()
	var b telemetry.Batch
	for i := from; i < from+n; i++ {
		b.Add(b.AddSeries(telemetry.Series{Source: "s", Metric: metric(i, length)}, "W"), int64(1000+i), float64(i))
		if b.Len() == 5000 || i == from+n-1 {
			h.Send(ctx, &b)
			b = telemetry.Batch{}
		}
	}
}

// listing is a hash of all pages of the series of a source, and how many series and readings these have.
func (h *house) listing(ctx context.Context, limit int) (sum string, series int, readings int64) {
	h.Helper()
	hash := sha256.New()
	after := telemetry.Series{}
	for {
		page, err := h.q.Series(ctx, tenant, query.Selector{Source: "s"}, after, limit)
		h.Must(err)
		for _, s := range page.Series {
			fmt.Fprintf(hash, "%+v\n", s)
			series, readings = series+1, readings+s.Count
		}
		if page.Next == nil {
			return fmt.Sprintf("%x", hash.Sum(nil)), series, readings
		}
		after = *page.Next
		_ = h.Sched.Sleep(ctx, 1e6) // no page takes no time
	}
}

// answers is what the source s answers to many questions, as text.
func (h *house) answers(ctx context.Context, metrics, length int) string {
	h.Helper()
	var b strings.Builder
	sum, series, readings := h.listing(ctx, 1000)
	fmt.Fprintln(&b, sum, series, readings)
	for i := 0; i < metrics; i += metrics / 7 {
		s := telemetry.Series{Source: "s", Metric: metric(i, length)}
		all := query.ReadingsQuery{Series: s, From: telemetry.MinTime, To: telemetry.MaxTime, Limit: 10}
		page, err := h.q.Readings(ctx, tenant, all)
		h.Must(err)
		latest, err := h.q.Latest(ctx, tenant, query.Selector{Source: s.Source, Metric: s.Metric}, telemetry.Series{},
			10)
		h.Must(err)
		fmt.Fprintf(&b, "%+v %+v\n", page.Points, latest.Latest)
	}
	info, _, err := h.q.Source(ctx, tenant, "s")
	h.Must(err)
	fmt.Fprintf(&b, "%+v\n", info)
	sources, err := h.q.Sources(ctx, tenant, query.Selector{}, nil, 10)
	h.Must(err)
	fmt.Fprintf(&b, "%+v\n", sources.Sources)
	_, _, err = h.q.Source(ctx, tenant, "t")
	fmt.Fprintln(&b, fault.KindOf(err))
	return b.String()
}

// erase deletes the readings of all metrics of the source, as a request without a metric does, and gives of how many.
func (h *house) erase(ctx context.Context, from, to int64) (n int) {
	h.Helper()
	for after := telemetry.Metric(""); ; {
		page, more, err := h.q.Metrics(ctx, tenant, "s", after, 5000)
		h.Must(err)
		var b telemetry.Batch
		for _, m := range page {
			of := telemetry.Series{Source: "s", Metric: m}
			b.Deletions = append(b.Deletions, telemetry.Deletion{Series: of, From: from, To: to})
		}
		h.Send(ctx, &b)
		if n += len(page); !more {
			return n
		}
		after = page[len(page)-1]
	}
}

// many is 100,000 by hand: 60 s of a processor.
var many = flag.Int("metrics", 6_000, "metrics of TestVeryManyMetricsOfOneSource")

// TestVeryManyMetricsOfOneSource asks before and after compaction, deletes all, and asks again: in the journal, in
// the account, and once the deletions were carried out.
func TestVeryManyMetricsOfOneSource(t *testing.T) {
	metrics, length := *many, telemetry.MaxNameUnits
	in(t, compaction.Config{Bound: 1}, func(ctx context.Context, h *house) {
		labels := []telemetry.Label{{Name: "a", Value: "b"}}
		h.Send(ctx, &telemetry.Batch{Sources: []telemetry.Description{{Source: "s", Labels: labels}}})
		h.fill(ctx, 0, metrics, length)
		want := h.answers(ctx, metrics, length)
		if !strings.Contains(want, fmt.Sprintf(" %d %d\n", metrics, metrics)) {
			t.Fatalf("before compaction: %.200s", want)
		}
		h.Settle(ctx)
		if got := h.answers(ctx, metrics, length); got != want {
			t.Fatalf("after compaction:\n%.2000s\nwant\n%.2000s", got, want)
		}
		h.Gets = 0
		h.want(ctx, "one series", telemetry.Series{Source: "s", Metric: metric(metrics/2+1, length)},
			int64(1000+metrics/2+1))
		if h.Gets > 6 { // floor, horizon and what was expired beside the source's row, one part and a chunk
			t.Errorf("a question about one series read %d rows", h.Gets)
		}
		half := int64(1000 + metrics/2)
		if n := h.erase(ctx, 0, half); n != metrics {
			t.Fatalf("%d metrics were deleted, want %d", n, metrics)
		}
		want = h.answers(ctx, metrics, length)
		if !strings.Contains(want, fmt.Sprintf(" %d %d\n", metrics, metrics/2)) {
			t.Fatalf("after the deletion: %.200s", want)
		}
		h.Settle(ctx)
		if got := h.answers(ctx, metrics, length); got != want {
			t.Fatalf("after compaction of the deletion:\n%.2000s\nwant\n%.2000s", got, want)
		}
		h.Forget(ctx, 15*time.Second)
		if got := h.answers(ctx, metrics, length); got != want {
			t.Fatalf("after the purge:\n%.2000s\nwant\n%.2000s", got, want)
		}
	})
}

// TestAPageOfSourcesIsBounded has sources of more metrics than a description lists: it lists the first and says that
// there are others, and a page ends before its limit when it has listed enough.
func TestAPageOfSourcesIsBounded(t *testing.T) {
	in(t, compaction.Config{}, func(ctx context.Context, h *house) {
		for s := range 12 {
			var b telemetry.Batch
			for i := range query.MaxListed + s%2 {
				b.Add(b.AddSeries(of(fmt.Sprintf("%02d", s), string(metric(i, 6))), ""), 1, 1)
			}
			h.Send(ctx, &b)
		}
		var after *telemetry.Source
		var pages []int
		for seen := 0; ; {
			page, err := h.q.Sources(ctx, tenant, query.Selector{}, after, 1000)
			h.Must(err)
			for _, s := range page.Sources {
				more := seen%2 == 1
				if string(s.Source) != fmt.Sprintf("%02d", seen) || len(s.Metrics) != query.MaxListed ||
					s.More != more {
					t.Errorf("source %s lists %d metrics, more: %v", s.Source, len(s.Metrics), s.More)
				}
				seen++
			}
			pages = append(pages, len(page.Sources))
			if after = page.Next; after == nil {
				break
			}
		}
		if fmt.Sprint(pages) != "[10 2]" {
			t.Errorf("pages of %v sources, want 10 and 2", pages)
		}
	})
}
