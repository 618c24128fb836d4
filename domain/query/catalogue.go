package query

import (
	"context"
	"iter"
	"slices"

	"tidemark/domain/catalogue"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/blockcodec"
	"tidemark/domain/telemetry/sourcerow"
	"tidemark/ports/chunks"
	"tidemark/ports/sched"
)

// named lists the sources that the journal's blocks name, rising, with the blocks of each.
func (v *view) named() ([]telemetry.Source, map[telemetry.Source][]*blockcodec.View) {
	by := map[telemetry.Source][]*blockcodec.View{}
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

// sources yields every source from a name on, rising: those of the catalogue's rows and those that the journal's
// blocks name.
func (v *view) sources(ctx context.Context, from telemetry.Source) iter.Seq2[*described, error] {
	return func(yield func(*described, error) bool) {
		names, blocks := v.named()
		i, _ := slices.BinarySearch(names, from)
		names = names[i:]
		emit := func(src *catalogue.Source) bool {
			return yield(&described{v: v, src: src, blocks: blocks[src.Name()]}, nil)
		}
		for row, err := range v.s.rows.Scan(ctx, chunks.Sources(v.tenant, from)) {
			if err != nil {
				yield(nil, err)
				return
			}
			name := telemetry.Source(row.Key.Row)
			src, err := catalogue.Of(row, v.cachedRows(v.shardOf(name)), v.s.rows.Get)
			if err != nil {
				yield(nil, err)
				return
			}
			for len(names) > 0 && names[0] < name {
				if !emit(catalogue.None(v.tenant, names[0])) {
					return
				}
				names = names[1:]
			}
			if len(names) > 0 && names[0] == name {
				names = names[1:]
			}
			if !emit(src) {
				return
			}
		}
		for _, n := range names {
			if !emit(catalogue.None(v.tenant, n)) {
				return
			}
		}
	}
}

// matches reports whether a source with these labels fits the selector.
func (sel Selector) matches(labels []telemetry.Label) bool {
	for _, m := range sel.Labels {
		value := ""
		for _, l := range labels {
			if l.Name == m.Name {
				value = l.Value
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
	row    sourcerow.MetricRow
	labels []telemetry.Label
}

// MaxSelected is the most series one question may pick.
const MaxSelected = 10_000

// pick lists the series that a selector picks behind after, at most limit, rising; more tells that there are others.
func (v *view) pick(ctx context.Context, sel Selector, after telemetry.Series,
	limit int) (out []selected, more bool, err error) {
	p := picking{sel: sel, after: after, limit: limit}
	if sel.Source != "" {
		d, err := v.source(ctx, sel.Source)
		if err != nil {
			return nil, false, err
		}
		err = p.source(ctx, d)
		return p.out, p.more, err
	}
	for d, err := range v.sources(ctx, after.Source) {
		if err == nil {
			err = p.source(ctx, d)
		}
		if err != nil || p.more {
			return p.out, p.more, err
		}
	}
	return p.out, p.more, nil
}

// picking gathers series, one source after another.
type picking struct {
	sel   Selector
	after telemetry.Series
	limit int
	out   []selected
	more  bool
}

// source adds the series of a source.
func (p *picking) source(ctx context.Context, d *described) error {
	name := d.src.Name()
	if name < p.after.Source {
		return nil
	}
	labels, err := d.labels(ctx)
	if err != nil || !p.sel.matches(labels) {
		return err
	}
	if p.sel.Metric != "" {
		m, known, err := d.metric(ctx, p.sel.Metric)
		if known {
			p.add(name, m, labels)
		}
		return err
	}
	from := sourcerow.Place{}
	if name == p.after.Source {
		from = sourcerow.After(p.after.Metric)
	}
	for m, err := range d.metrics(ctx, from) {
		if err != nil {
			return err
		}
		if p.add(name, m, labels); p.more {
			break
		}
	}
	return nil
}

func (p *picking) add(source telemetry.Source, m sourcerow.MetricRow, labels []telemetry.Label) {
	s := telemetry.Series{Source: source, Metric: m.Metric}
	if s.Compare(p.after) <= 0 {
		return
	}
	if p.more = len(p.out) == p.limit; !p.more {
		p.out = append(p.out, selected{series: s, row: m, labels: labels})
	}
}

// SourcesPage is a page of sources. Next is the name to continue after, nil on the last page.
type SourcesPage struct {
	Sources []SourceInfo
	Next    *telemetry.Source
	Claim   Claim
}

// Sources lists the sources that match, by name, behind after (nil: from the beginning).
func (s *Service) Sources(ctx context.Context, t telemetry.Tenant, sel Selector, after *telemetry.Source,
	limit int) (SourcesPage, error) {
	v, err := s.open(ctx, t, nil)
	if err != nil {
		return SourcesPage{}, err
	}
	page := SourcesPage{Claim: v.claim}
	from := telemetry.Source("")
	if after != nil {
		from = *after + "\x00" // the least name behind it
	}
	listed := 0
	for d, err := range v.sources(ctx, from) {
		if err != nil {
			return page, err
		}
		labels, err := d.labels(ctx)
		if err != nil {
			return page, err
		}
		if !sel.matches(labels) {
			continue
		}
		if n := len(page.Sources); n == limit || listed >= maxListedTogether {
			next := page.Sources[n-1].Source
			page.Next = &next
			break
		}
		info, err := d.info(ctx)
		if err != nil {
			return page, err
		}
		listed += len(info.Metrics)
		page.Sources = append(page.Sources, info)
	}
	return page, nil
}

// Source describes one source; fault.NotFound if nobody ever named it.
func (s *Service) Source(ctx context.Context, t telemetry.Tenant, name telemetry.Source) (SourceInfo, Claim, error) {
	v, err := s.open(ctx, t, &name)
	if err != nil {
		return SourceInfo{}, Claim{}, err
	}
	d, err := v.source(ctx, name)
	if err != nil {
		return SourceInfo{}, v.claim, err
	}
	first, err := d.labelled(ctx)
	if err != nil {
		return SourceInfo{}, v.claim, err
	}
	info, err := d.info(ctx)
	if err == nil && len(info.Metrics) == 0 && len(first.Labels) == 0 && first.Replaced == (telemetry.Origin{}) {
		return SourceInfo{}, v.claim, errNoSource(name)
	}
	return info, v.claim, err
}

func errNoSource(name telemetry.Source) error {
	return fault.New(fault.NotFound, "query.source", "there is no source %q: GET /v1/sources lists those there are",
		name)
}

// Metrics lists the metrics of a source by name behind after ("": from the beginning), at most limit, for deletions
// that name none; more tells that there are others. fault.NotFound if nobody ever named the source.
func (s *Service) Metrics(ctx context.Context, t telemetry.Tenant, name telemetry.Source, after telemetry.Metric,
	limit int) (page []telemetry.Metric, more bool, err error) {
	if after == "" {
		if _, _, err := s.Source(ctx, t, name); err != nil {
			return nil, false, err
		}
	}
	behind := telemetry.Series{Source: name, Metric: after}
	_, picked, next, err := s.selectPage(ctx, t, Selector{Source: name}, behind, limit)
	for _, p := range picked {
		page = append(page, p.series.Metric)
	}
	return page, next != nil, err
}

// HasSeries reports whether anybody ever wrote a series.
func (s *Service) HasSeries(ctx context.Context, t telemetry.Tenant, of telemetry.Series) (bool, error) {
	_, picked, _, err := s.selectPage(ctx, t, Selector{Source: of.Source, Metric: of.Metric}, telemetry.Series{}, 1)
	return len(picked) > 0, err
}

// LatestPage is a page of last readings by series. Next is the series to continue after, nil on the last page.
type LatestPage struct {
	Latest []Latest
	Next   *telemetry.Series
	Claim  Claim
}

// Latest gives the last reading of each selected series that has one.
func (s *Service) Latest(ctx context.Context, t telemetry.Tenant, sel Selector, after telemetry.Series,
	limit int) (LatestPage, error) {
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

func (s *Service) selectPage(ctx context.Context, t telemetry.Tenant, sel Selector, after telemetry.Series,
	limit int) (*view, []selected, *telemetry.Series, error) {
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

// Series describes the selected series over all their time. A series whose readings were all deleted or have expired
// has count 0.
func (s *Service) Series(ctx context.Context, t telemetry.Tenant, sel Selector, after telemetry.Series,
	limit int) (SeriesPage, error) {
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
	out := SeriesInfo{Series: p.series, Unit: p.row.Unit, Others: p.row.OtherUnits()}
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
