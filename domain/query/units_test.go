package query_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"tidemark/domain/analytics"
	"tidemark/domain/compaction"
	"tidemark/domain/query"
	"tidemark/domain/telemetry"
)

// say writes a reading with a unit.
func (h *house) say(ctx context.Context, s telemetry.Series, at int64, unit string) {
	h.Helper()
	var b telemetry.Batch
	b.Add(b.AddSeries(s, unit), at, 1)
	h.Send(ctx, &b)
}

// wantUnits asks every question that gives a unit.
func (h *house) wantUnits(ctx context.Context, when string, s telemetry.Series, unit string, others ...string) {
	h.Helper()
	check := func(what, gotUnit string, gotOthers []string) {
		h.Helper()
		if gotUnit != unit || !slices.Equal(gotOthers, others) {
			h.Errorf("%s, %s: unit %q, others %q, want %q and %q", when, what, gotUnit, gotOthers, unit, others)
		}
	}
	all := query.ReadingsQuery{Series: s, From: telemetry.MinTime, To: telemetry.MaxTime, Limit: 10}
	readings, err := h.q.Readings(ctx, tenant, all)
	h.Must(err)
	check("readings", readings.Unit, readings.Others)
	sel := query.Selector{Source: s.Source, Metric: s.Metric}
	series, err := h.q.Series(ctx, tenant, sel, telemetry.Series{}, 10)
	h.Must(err)
	check("series", series.Series[0].Unit, series.Series[0].Others)
	latest, err := h.q.Latest(ctx, tenant, sel, telemetry.Series{}, 10)
	h.Must(err)
	check("latest", latest.Latest[0].Unit, latest.Latest[0].Others)
	step, err := analytics.ParseStep("1d", time.UTC)
	h.Must(err)
	count, err := analytics.ParseFunc("count")
	h.Must(err)
	groups, err := h.q.Aggregates(ctx, tenant, query.AggregatesQuery{Selector: sel, From: 0, To: int64(24 * time.Hour),
		Step: step, Funcs: []analytics.Func{count}})
	h.Must(err)
	check("aggregates", groups.Groups[0].Unit, groups.Groups[0].Others)
}

// TestALaterUnitRelabelsNothing: the first unit of a series stands, in the journal and in the account, and whatever
// contradicts it is shown beside it. A unit that is not said, or said again, contradicts nothing.
func TestALaterUnitRelabelsNothing(t *testing.T) {
	in(t, compaction.Config{}, func(ctx context.Context, h *house) {
		s := of("roof", "temp")
		h.say(ctx, s, 1, "")
		h.wantUnits(ctx, "nobody said one", s, "")
		h.say(ctx, s, 2, "C")
		h.say(ctx, s, 3, "")
		h.say(ctx, s, 4, "C")
		h.wantUnits(ctx, "one", s, "C")
		h.Settle(ctx)
		h.wantUnits(ctx, "one, settled", s, "C")
		h.say(ctx, s, 5, "F")
		h.wantUnits(ctx, "two", s, "C", "F")
		h.Settle(ctx)
		h.wantUnits(ctx, "two, settled", s, "C", "F")
		for i, u := range []string{"K", "F", "C", "R", "Re"} {
			h.say(ctx, s, int64(6+i), u)
		}
		h.wantUnits(ctx, "many", s, "C", "F", "K", "R")
		h.Settle(ctx)
		h.wantUnits(ctx, "many, settled", s, "C", "F", "K", "R")
	})
}
