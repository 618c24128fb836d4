package query_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/domain/analytics"
	"tidemark/domain/compaction"
	"tidemark/domain/fault"
	"tidemark/domain/internal/written"
	"tidemark/domain/query"
	"tidemark/domain/readpath"
	"tidemark/domain/telemetry"
)

const tenant = written.Tenant

var (
	of   = written.Of
	year = written.Year
)

// house is a store with a service that answers from it, through a cache.
type house struct {
	*written.Store
	q *query.Service
}

func in(t *testing.T, cfg compaction.Config, body func(ctx context.Context, h *house)) {
	t.Helper()
	written.In(t, 9, cfg, func(ctx context.Context, s *written.Store) {
		body(ctx, &house{s, query.New(s.Reader(readpath.Config{}, s.Cache))})
	})
}

func (h *house) times(ctx context.Context, s telemetry.Series) []int64 {
	h.Helper()
	page, err := h.q.Readings(ctx, tenant, query.ReadingsQuery{Series: s, From: telemetry.MinTime,
		To: telemetry.MaxTime, Limit: 1000})
	h.Must(err)
	return page.Times
}

func (h *house) want(ctx context.Context, when string, s telemetry.Series, want ...int64) {
	h.Helper()
	if got := h.times(ctx, s); !slices.Equal(got, want) {
		h.Fatalf("%s: %v, want %v", when, got, want)
	}
}

// TestPages walks readings, series, sources and latest values page by page, half in the journal and half in the
// account.
func TestPages(t *testing.T) {
	in(t, compaction.Config{ChunkReadings: 5}, func(ctx context.Context, h *house) {
		var series, got []telemetry.Series
		for i := range 12 {
			if i == 6 {
				h.Settle(ctx)
			}
			for _, m := range []string{"a", "b"} {
				s := of(fmt.Sprintf("s%02d", (i*5)%12), m)
				h.Write(ctx, s, 1, 2, year(1), year(1)+int64(time.Hour), year(2), year(2)+1, year(2)+2)
				series = append(series, s)
			}
		}
		slices.SortFunc(series, telemetry.Series.Compare)
		var latest []telemetry.Series
		for after, more := (telemetry.Series{}), true; more; {
			page, err := h.q.Series(ctx, tenant, query.Selector{}, after, 5)
			h.Must(err)
			for _, s := range page.Series {
				if got = append(got, s.Series); s.Count != 7 || s.First != 1 || s.Last != year(2)+2 || s.Unit != "W" {
					t.Errorf("%+v", s)
				}
			}
			last, err := h.q.Latest(ctx, tenant, query.Selector{}, after, 5)
			h.Must(err)
			for _, l := range last.Latest {
				latest = append(latest, l.Series)
			}
			if more = page.Next != nil; more {
				after = *page.Next
			}
		}
		if !slices.Equal(got, series) || !slices.Equal(latest, series) {
			t.Errorf("series %v and latest %v, want %v", got, latest, series)
		}
		sources := 0
		for after, more := (*telemetry.Source)(nil), true; more; {
			page, err := h.q.Sources(ctx, tenant, query.Selector{}, after, 5)
			h.Must(err)
			sources += len(page.Sources)
			after, more = page.Next, page.Next != nil
		}
		var times []int64
		for after, more := (*int64)(nil), true; more; {
			page, err := h.q.Readings(ctx, tenant, query.ReadingsQuery{Series: series[0], From: 2, To: year(2) + 2,
				Limit: 2, After: after})
			h.Must(err)
			times = append(times, page.Times...)
			after, more = page.Next, page.Next != nil
		}
		if want := []int64{2, year(1), year(1) + int64(time.Hour), year(2), year(2) + 1}; sources != 12 ||
			!slices.Equal(times, want) {
			t.Errorf("%d sources, readings %v, want 12 and %v", sources, times, want)
		}
	})
}

// TestSelectorsAndGroups picks by labels, also by their absence, and groups by one.
func TestSelectorsAndGroups(t *testing.T) {
	in(t, compaction.Config{}, func(ctx context.Context, h *house) {
		for i, city := range []string{"oslo", "bern", "oslo", ""} {
			if i == 2 {
				h.Settle(ctx)
			}
			s := of(fmt.Sprintf("s%d", i), "m")
			var b telemetry.Batch
			b.Add(b.AddSeries(s, ""), 1, float64(i+1))
			if city != "" {
				b.Sources = []telemetry.Description{{Source: s.Source,
					Labels: []telemetry.Label{{Name: "city", Value: city}}}}
			}
			h.Send(ctx, &b)
		}
		for want, sel := range map[string][]query.Match{
			"[s0 s2]":    {{Name: "city", Value: "oslo"}},
			"[s1 s3]":    {{Name: "city", Value: "oslo", Not: true}},
			"[s3]":       {{Name: "city", Value: ""}},
			"[s0 s1 s2]": {{Name: "city", Value: "", Not: true}},
			"[]":         {{Name: "city", Value: "oslo"}, {Name: "city", Value: "bern"}},
		} {
			page, err := h.q.Sources(ctx, tenant, query.Selector{Labels: sel}, nil, 10)
			h.Must(err)
			names := []telemetry.Source{}
			for _, s := range page.Sources {
				names = append(names, s.Source)
			}
			if got := fmt.Sprint(names); got != want {
				t.Errorf("%+v picks %s, want %s", sel, got, want)
			}
		}
		step, err := analytics.ParseStep("1h", time.UTC)
		h.Must(err)
		funcs, err := analytics.ParseFuncs("sum")
		h.Must(err)
		page, err := h.q.Aggregates(ctx, tenant, query.AggregatesQuery{From: 0, To: int64(time.Hour), Step: step,
			Funcs: funcs, GroupBy: []string{"city"}})
		h.Must(err)
		var got []string
		for _, g := range page.Groups {
			got = append(got, fmt.Sprint(g.Key[0].Value, g.Columns[0][0].V))
		}
		if want := []string{"4", "bern2", "oslo4"}; !slices.Equal(got, want) {
			t.Errorf("groups %v, want %v", got, want)
		}
		for text, want := range map[string][]string{"city": nil, "source,metric": nil, "citi": {"citi"},
			"b,city,source,a": {"b", "a"}} {
			q := query.AggregatesQuery{From: 0, To: int64(time.Hour), Step: step, Funcs: funcs,
				GroupBy: strings.Split(text, ",")}
			page, err := h.q.Aggregates(ctx, tenant, q)
			h.Must(err)
			if !slices.Equal(page.Unknown, want) {
				t.Errorf("by %s: no series has %v, want %v", text, page.Unknown, want)
			}
			q.Selector.Source = "nobody"
			if page, err = h.q.Aggregates(ctx, tenant, q); err != nil || page.Unknown != nil {
				t.Errorf("by %s, of nothing: %v, %v", text, page.Unknown, err)
			}
		}
	})
}

// TestWhatIsNotThereIsVouchedFor: that there is no series, or no source, holds as of a time.
func TestWhatIsNotThereIsVouchedFor(t *testing.T) {
	in(t, compaction.Config{}, func(ctx context.Context, h *house) {
		asked := h.Sched.Now()
		_, series := h.q.Readings(ctx, tenant, query.ReadingsQuery{Series: telemetry.Series{Source: "s", Metric: "m"}})
		_, _, source := h.q.Source(ctx, tenant, "s")
		for _, err := range []error{series, source} {
			var missing *readpath.Missing
			if !fault.Is(err, fault.NotFound) || !errors.As(err, &missing) || !missing.Claim.AsOf.Equal(asked) {
				t.Errorf("%v, with %+v, asked at %v", err, missing, asked)
			}
			if strings.Contains(err.Error(), "other region") {
				t.Errorf("with one journal it says %v", err)
			}
		}
	})
}
