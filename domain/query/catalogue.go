package query

import (
	"context"
	"iter"
	"slices"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
	"tidemark/ports/sched"
)

// named lists the sources that the journal's blocks name, rising, with the blocks of each.
func (v *view) named() ([]telemetry.Source, map[telemetry.Source][]*telemetry.BlockView) {
	by := map[telemetry.Source][]*telemetry.BlockView{}
	for _, sv := range v.shards {
		for _, b := range sv.snap.Blocks {
			if b.View == nil || b.View.Header().Stamp <= sv.floor {
				continue
			}
			for _, s := range b.View.Named() {
				by[s] = append(by[s], b.View)
			}
		}
	}
	names := make([]telemetry.Source, 0, len(by))
	for s := range by {
		names = append(names, s)
	}
	slices.Sort(names)
	return names, by
}

// sources yields every source from a name on, rising: the catalogue's rows merged with what the journal's blocks say.
func (v *view) sources(ctx context.Context, from telemetry.Source) iter.Seq2[*telemetry.SourceRow, error] {
	return func(yield func(*telemetry.SourceRow, error) bool) {
		names, blocks := v.named()
		i, _ := slices.BinarySearch(names, from)
		names = names[i:]
		emit := func(cat *telemetry.SourceRow) bool {
			for _, b := range blocks[cat.Source] {
				if _, err := cat.Merge(b); err != nil {
					yield(nil, fault.Wrap(fault.Corrupt, "query.sources", err))
					return false
				}
			}
			return yield(cat, nil)
		}
		r := chunks.Range{Partition: chunks.Partition{Table: chunks.Catalogue, Tenant: v.tenant}, From: string(from)}
		for row, err := range v.account.Rows.Scan(ctx, r) {
			if err != nil {
				yield(nil, err)
				return
			}
			cat, err := telemetry.DecodeSource(row.Value)
			if err != nil {
				yield(nil, fault.Wrap(fault.Corrupt, "query.sources", err))
				return
			}
			for len(names) > 0 && names[0] < cat.Source {
				if !emit(&telemetry.SourceRow{Tenant: v.tenant, Source: names[0]}) {
					return
				}
				names = names[1:]
			}
			if len(names) > 0 && names[0] == cat.Source {
				names = names[1:]
			}
			if !emit(cat) {
				return
			}
		}
		for _, n := range names {
			if !emit(&telemetry.SourceRow{Tenant: v.tenant, Source: n}) {
				return
			}
		}
	}
}

// matches reports whether a source fits the selector.
func (sel Selector) matches(cat *telemetry.SourceRow) bool {
	if sel.Source != "" && sel.Source != cat.Source {
		return false
	}
	for _, m := range sel.Labels {
		value := ""
		for i := range cat.Labels {
			if cat.Labels[i].Name == m.Name {
				value = cat.Labels[i].Value
			}
		}
		if (value == m.Value) == m.Not {
			return false
		}
	}
	return true
}

// selected is one series that a selector picked.
type selected struct {
	series telemetry.Series
	row    telemetry.MetricRow
	labels []telemetry.Label
}

// MaxSelected is the most series one question may pick.
const MaxSelected = 10_000

// pick lists the series that a selector picks behind after, at most limit, rising; more tells that there are others.
func (v *view) pick(ctx context.Context, sel Selector, after telemetry.Series, limit int) (out []selected, more bool, err error) {
	add := func(cat *telemetry.SourceRow) bool {
		if !sel.matches(cat) {
			return true
		}
		labels := cat.LabelSet()
		for _, m := range cat.Metrics {
			s := telemetry.Series{Source: cat.Source, Metric: m.Metric}
			if sel.Metric != "" && sel.Metric != m.Metric || s.Compare(after) <= 0 {
				continue
			}
			if len(out) == limit {
				more = true
				return false
			}
			out = append(out, selected{series: s, row: m, labels: labels})
		}
		return true
	}
	if sel.Source != "" {
		cat, err := v.source(ctx, sel.Source)
		if err != nil {
			return nil, false, err
		}
		add(cat)
		return out, more, nil
	}
	for cat, err := range v.sources(ctx, after.Source) {
		if err != nil {
			return nil, false, err
		}
		if !add(cat) {
			break
		}
	}
	return out, more, nil
}

// SourcesPage is a page of sources. Next is the name to continue after, nil on the last page.
type SourcesPage struct {
	Sources []SourceInfo
	Next    *telemetry.Source
	Claim   Claim
}

// Sources lists the sources that match, by name, behind after (nil: from the beginning).
func (s *Service) Sources(ctx context.Context, t telemetry.Tenant, sel Selector, after *telemetry.Source, limit int) (SourcesPage, error) {
	v, err := s.open(ctx, t, nil)
	if err != nil {
		return SourcesPage{}, err
	}
	page := SourcesPage{Claim: v.claim}
	from := telemetry.Source("")
	if after != nil {
		from = *after + "\x00" // the least name behind it
	}
	for cat, err := range v.sources(ctx, from) {
		if err != nil {
			return page, err
		}
		if !sel.matches(cat) {
			continue
		}
		if len(page.Sources) == limit {
			next := page.Sources[limit-1].Source
			page.Next = &next
			break
		}
		page.Sources = append(page.Sources, infoOf(cat))
	}
	return page, nil
}

// Source describes one source; fault.NotFound if nobody ever named it.
func (s *Service) Source(ctx context.Context, t telemetry.Tenant, name telemetry.Source) (SourceInfo, Claim, error) {
	v, err := s.open(ctx, t, &name)
	if err != nil {
		return SourceInfo{}, Claim{}, err
	}
	cat, err := v.source(ctx, name)
	if err != nil {
		return SourceInfo{}, v.claim, err
	}
	if len(cat.Metrics) == 0 && len(cat.Labels) == 0 && cat.Replaced == (telemetry.Origin{}) {
		return SourceInfo{}, v.claim, fault.New(fault.NotFound, "query.source", "there is no source %q: GET /v1/sources lists those there are", name)
	}
	return infoOf(cat), v.claim, nil
}

func infoOf(cat *telemetry.SourceRow) SourceInfo {
	info := SourceInfo{Source: cat.Source, Labels: cat.LabelSet()}
	for _, m := range cat.Metrics {
		info.Metrics = append(info.Metrics, m.Metric)
	}
	return info
}

// Metrics lists the metrics of a source, for deletions that name none.
func (s *Service) Metrics(ctx context.Context, t telemetry.Tenant, name telemetry.Source) ([]telemetry.Metric, error) {
	info, _, err := s.Source(ctx, t, name)
	return info.Metrics, err
}

// LatestPage is a page of last readings by series. Next is the series to continue after, nil on the last page.
type LatestPage struct {
	Latest []Latest
	Next   *telemetry.Series
	Claim  Claim
}

// Latest gives the last reading of each selected series that has one.
func (s *Service) Latest(ctx context.Context, t telemetry.Tenant, sel Selector, after telemetry.Series, limit int) (LatestPage, error) {
	v, picked, next, err := s.selectPage(ctx, t, sel, after, limit)
	if err != nil {
		return LatestPage{}, err
	}
	page := LatestPage{Next: next, Claim: v.claim}
	got := make([]Latest, len(picked))
	found := make([]bool, len(picked))
	err = sched.Each(ctx, s.sched, len(picked), s.cfg.Parallel, func(ctx context.Context, i int) error {
		var err error
		got[i], found[i], err = v.latest(ctx, picked[i].series, picked[i].row)
		return err
	})
	for i := range got {
		if found[i] {
			page.Latest = append(page.Latest, got[i])
		}
	}
	return page, err
}

func (s *Service) selectPage(ctx context.Context, t telemetry.Tenant, sel Selector, after telemetry.Series, limit int) (*view, []selected, *telemetry.Series, error) {
	var only *telemetry.Source
	if sel.Source != "" {
		only = &sel.Source
	}
	v, err := s.open(ctx, t, only)
	if err != nil {
		return nil, nil, nil, err
	}
	picked, more, err := v.pick(ctx, sel, after, limit)
	if err != nil || !more {
		return v, picked, nil, err
	}
	next := picked[len(picked)-1].series
	return v, picked, &next, nil
}

// SeriesPage is a page of series. Next is the series to continue after, nil on the last page.
type SeriesPage struct {
	Series []SeriesInfo
	Next   *telemetry.Series
	Claim  Claim
}

// Series describes the selected series over all their time. A series whose readings were all deleted or have expired has count 0.
func (s *Service) Series(ctx context.Context, t telemetry.Tenant, sel Selector, after telemetry.Series, limit int) (SeriesPage, error) {
	v, picked, next, err := s.selectPage(ctx, t, sel, after, limit)
	if err != nil {
		return SeriesPage{}, err
	}
	page := SeriesPage{Next: next, Claim: v.claim, Series: make([]SeriesInfo, len(picked))}
	err = sched.Each(ctx, s.sched, len(picked), s.cfg.Parallel, func(ctx context.Context, i int) error {
		var err error
		page.Series[i], err = v.info(ctx, picked[i])
		return err
	})
	return page, err
}

// info counts a series, from rollups wherever they may stand for the readings.
func (v *view) info(ctx context.Context, p selected) (SeriesInfo, error) {
	out := SeriesInfo{Series: p.series, Unit: p.row.Unit}
	w, err := v.walk(p.series, p.row, telemetry.MinTime, telemetry.MaxTime)
	if err != nil {
		return out, err
	}
	w.rollups = func(telemetry.Window, int64) bool { return true }
	add := func(first, last int64, n int64) {
		if out.Count == 0 {
			out.First = first
		}
		out.Last = last
		out.Count += n
	}
	err = w.visit(ctx, func(l leaf) (bool, error) {
		if n := len(l.times); n > 0 {
			add(l.times[0], l.times[n-1], int64(n))
		}
		if l.rollup != nil {
			for i := range l.rollup.Buckets {
				b := &l.rollup.Buckets[i]
				add(b.First.Time, b.Last.Time, int64(b.Count))
			}
		}
		return true, nil
	})
	return out, err
}
