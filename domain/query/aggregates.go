package query

import (
	"context"
	"slices"
	"strings"

	"tidemark/domain/analytics"
	"tidemark/domain/fault"
	"tidemark/domain/readpath"
	"tidemark/domain/telemetry"
)

// AggregatesPage is the answer of Aggregates: groups sorted by key.
type AggregatesPage struct {
	Groups  []Group
	Unknown []string // the labels of GroupBy that none of the series has, if there are series
	Claim   readpath.Claim
}

// MaxCells bounds groups times buckets times functions of one answer.
const MaxCells = 2_000_000

func (s asking) aggregates(ctx context.Context, t telemetry.Tenant, q AggregatesQuery) (AggregatesPage, error) {
	plan, err := analytics.NewPlan(q.Step, q.From, q.To, q.Funcs, analytics.MaxBuckets)
	if err != nil {
		return AggregatesPage{}, fault.New(fault.Invalid, "query.aggregates", "%s", err)
	}
	got, err := s.pick(ctx, t, q.Selector, telemetry.Series{}, MaxSelected)
	if err != nil {
		return AggregatesPage{}, err
	}
	if got.next != nil {
		return AggregatesPage{}, fault.New(fault.Invalid, "query.aggregates",
			"the selector picks more than %d series: name a source, a metric or labels", MaxSelected)
	}
	accs := make([]*analytics.Accumulator, len(got.picked))
	err = got.Each(ctx, len(got.picked), func(ctx context.Context, i int) error {
		var err error
		accs[i], err = accumulate(ctx, got.picked[i].Series, plan)
		return err
	})
	if err != nil {
		return AggregatesPage{}, err
	}
	groups, err := join(plan, q, got.picked, accs)
	return AggregatesPage{Groups: groups, Unknown: unknown(got.picked, q.GroupBy), Claim: got.Claim()}, err
}

// unknown is the labels of a GroupBy that none of the series has: mostly they are misspelt.
func unknown(picked []selected, groupBy []string) (names []string) {
	if len(picked) == 0 {
		return nil
	}
	for _, name := range groupBy {
		has := func(p selected) bool {
			return slices.ContainsFunc(p.labels, func(l telemetry.Label) bool { return l.Name == name })
		}
		if name != "source" && name != "metric" && !slices.ContainsFunc(picked, has) {
			names = append(names, name)
		}
	}
	return names
}

// accumulate folds one series; nil if it has no reading in the span.
func accumulate(ctx context.Context, s readpath.Series, plan *analytics.Plan) (*analytics.Accumulator, error) {
	span := readpath.Span{From: plan.First(), To: plan.To}
	if !plan.NeedsRaw() {
		span.Rollups = plan.ServedBy
	}
	acc, any := analytics.NewAccumulator(plan), false
	for l, err := range s.Leaves(ctx, span) {
		if err != nil {
			return nil, err
		}
		if l.Rollup != nil {
			for i := range l.Rollup.Buckets {
				any = any || l.Rollup.Buckets[i].Start >= plan.From && l.Rollup.Buckets[i].Start < plan.To
			}
			err = acc.AddRollup(l.Rollup)
		} else {
			i, _ := slices.BinarySearch(l.Times, plan.From)
			any = any || i < len(l.Times)
			err = acc.AddReadings(l.Times, l.Values)
		}
		if err != nil {
			return nil, fault.Wrap(fault.Internal, "query.aggregates", err)
		}
	}
	if !any {
		return nil, nil
	}
	return acc, nil
}

// member is one series with its accumulator on the way into a group.
type member struct {
	selected
	acc *analytics.Accumulator
}

// join puts series into groups and computes the columns. Series come in their order, so first and last have one rule
// for ties.
func join(plan *analytics.Plan, q AggregatesQuery, picked []selected, accs []*analytics.Accumulator) ([]Group, error) {
	by := map[string][]member{}
	var keys []string
	labels := map[string][]telemetry.Label{}
	for i, p := range picked {
		if accs[i] == nil {
			continue
		}
		key := groupKey(p, q.GroupBy)
		name := keyName(key)
		if by[name] == nil {
			keys = append(keys, name)
			labels[name] = key
		}
		by[name] = append(by[name], member{p, accs[i]})
	}
	if cells := len(keys) * len(plan.Starts()) * len(plan.Funcs); cells > MaxCells {
		return nil, fault.New(fault.Invalid, "query.aggregates",
			"the answer would have %d values, at most %d: choose a longer step, a shorter span or fewer groups", cells,
			MaxCells)
	}
	slices.Sort(keys)
	var out []Group
	for _, name := range keys {
		g, err := group(plan, q, labels[name], by[name])
		if err != nil {
			return nil, err
		}
		out = append(out, g)
	}
	return out, nil
}

func group(plan *analytics.Plan, q AggregatesQuery, key []telemetry.Label, of []member) (Group, error) {
	acc, unit := of[0].acc, of[0].Row.Unit
	if len(of) > 1 {
		members := make([]analytics.Member, len(of))
		for i, m := range of {
			members[i] = analytics.Member{Series: m.Series.Series, Accumulator: m.acc}
			if m.Row.Unit != unit {
				unit = ""
			}
		}
		var err error
		if acc, err = analytics.Group(plan, members); err != nil {
			return Group{}, fault.Wrap(fault.Internal, "query.aggregates", err)
		}
	}
	g := Group{Key: key, Unit: unit, Others: otherUnits(of), Starts: plan.Starts(), Columns: acc.Columns(q.Fill)}
	if q.Fill == analytics.FillNone {
		g.Starts, g.Columns = withoutEmpty(acc, g)
	}
	return g, nil
}

// otherUnits are the units that contradict those of the members, by name.
func otherUnits(of []member) []string {
	var all []string
	for i := range of {
		all = append(all, of[i].Row.OtherUnits()...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// withoutEmpty leaves out the buckets that hold no reading.
func withoutEmpty(acc *analytics.Accumulator, g Group) ([]int64, [][]analytics.Value) {
	var starts []int64
	columns := make([][]analytics.Value, len(g.Columns))
	for i, start := range g.Starts {
		if b := acc.Bucket(i); b == nil || b.Count == 0 {
			continue
		}
		starts = append(starts, start)
		for c := range columns {
			columns[c] = append(columns[c], g.Columns[c][i])
		}
	}
	return starts, columns
}

// groupKey is the labels that name a series' group: its source and metric, or the values of what it is grouped by and
// its metric, because metrics are not mixed unless asked for.
func groupKey(p selected, groupBy []string) []telemetry.Label {
	if len(groupBy) == 0 {
		return []telemetry.Label{{Name: "source", Value: string(p.Source)},
			{Name: "metric", Value: string(p.Metric)}}
	}
	key := make([]telemetry.Label, 0, len(groupBy)+1)
	metric := false
	for _, name := range groupBy {
		l := telemetry.Label{Name: name}
		switch name {
		case "source":
			l.Value = string(p.Source)
		case "metric":
			l.Value, metric = string(p.Metric), true
		default:
			for _, have := range p.labels {
				if have.Name == name {
					l.Value = have.Value
				}
			}
		}
		key = append(key, l)
	}
	if !metric {
		key = append(key, telemetry.Label{Name: "metric", Value: string(p.Metric)})
	}
	return key
}

func keyName(key []telemetry.Label) string {
	var b strings.Builder
	for _, l := range key {
		b.WriteString(l.Value)
		b.WriteByte(0)
	}
	return b.String()
}
