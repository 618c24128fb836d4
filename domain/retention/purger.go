package retention

import (
	"context"
	"slices"

	"tidemark/domain/bounds"
	"tidemark/domain/catalogue"
	"tidemark/domain/planted"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/sourcerow"
	"tidemark/domain/windows"
	"tidemark/ports/chunks"
)

// purger purges the deletions of one source.
type purger struct {
	s       *Service
	tides   bounds.Tides // read before any row, of all accounts
	floor   telemetry.Stamp
	horizon int64
	tenant  telemetry.Tenant
	src     *catalogue.Source

	metric sourcerow.MetricRow // that is looked at: of all of its parts
	looked map[telemetry.Window]look
	stands bool // a deletion of it stands in a part that was left: those behind it have to stand, too
}

// look is what a purge found of a window when it looked, once for all deletions of a series.
type look struct {
	absent, split bool
	settled       bool
	floor         telemetry.Stamp
}

// source gives how many deletions still stand.
func (p *purger) source(ctx context.Context) (standing int, err error) {
	for part, err := range p.src.Parts(ctx, sourcerow.Place{}) {
		if err != nil {
			return standing, err
		}
		n, err := p.part(ctx, part)
		standing += n
		if err != nil {
			return standing, err
		}
	}
	return standing, nil
}

// part purges the deletions of one row and gives how many still stand in it.
func (p *purger) part(ctx context.Context, part catalogue.Part) (standing int, err error) {
	cat, forgotten := part.Source, 0
	for i := range cat.Metrics {
		m := &cat.Metrics[i]
		if len(m.Deletions) == 0 {
			continue
		}
		if err := p.begin(ctx, cat, m); err != nil {
			return standing, err
		}
		standing += len(m.Deletions)
		n, err := p.purge(ctx, cat, m)
		if err != nil {
			return standing, err
		}
		forgotten += n
		p.stands = p.stands || len(m.Deletions) > 0
	}
	if forgotten == 0 {
		return standing, nil
	}
	done, err := p.forget(ctx, part)
	if err != nil || !done {
		p.stands = true
		return standing, err
	}
	return standing - forgotten, nil
}

// begin looks at a metric of a row: at all of it, if it goes on in other parts.
func (p *purger) begin(ctx context.Context, of *sourcerow.Row, m *sourcerow.MetricRow) error {
	if p.looked != nil && p.metric.Metric == m.Metric {
		return nil
	}
	p.metric, p.looked, p.stands = *m, map[telemetry.Window]look{}, false
	if of.From.Within() && of.From.Metric == m.Metric || of.To.Within() && of.To.Metric == m.Metric {
		all, _, err := p.src.Metric(ctx, m.Metric)
		p.metric = all
		return err
	}
	return nil
}

// purge takes out of a row the deletions of a metric that every chunk has passed, and gives how many. Only a
// beginning of all goes: Purged, by which readers know what a remembered chunk was made without, is of the whole
// metric.
func (p *purger) purge(ctx context.Context, cat *sourcerow.Row, m *sourcerow.MetricRow) (int, error) {
	series := telemetry.Series{Source: cat.Source, Metric: m.Metric}
	passed := map[telemetry.DeletionAt]bool{}
	for _, d := range m.Deletions {
		if planted.On(planted.DeletionForgotten) {
			passed[d] = true
			continue
		}
		if d.Origin.Stamp > p.floor {
			continue
		}
		var err error
		if passed[d], err = p.passed(ctx, series, d); err != nil {
			return 0, err
		}
	}
	if p.stands {
		return 0, nil
	}
	return cat.Purge(m.Metric, func(d telemetry.DeletionAt) bool { return passed[d] }), nil
}

// forget writes a row without the deletions that were taken out, and reports whether it certainly did.
func (p *purger) forget(ctx context.Context, part catalogue.Part) (bool, error) {
	if !p.rewritable(part.Row) {
		return false, nil
	}
	change, err := part.Change()
	if err != nil {
		return false, err
	}
	return chunks.Swap(ctx, p.s.rows, change)
}

// passed reports whether every chunk in a deletion's range was made with a floor at or above it, below the tidemark,
// and every marker above these is below it, too; those that were not are made again.
func (p *purger) passed(ctx context.Context, s telemetry.Series, d telemetry.DeletionAt) (bool, error) {
	all := p.tides.At(0).Known()
	for _, y := range p.metric.Years {
		w := telemetry.YearWindow(y)
		ok, err := p.window(ctx, s, d, w)
		if err != nil {
			return false, err
		}
		all = all && ok
	}
	return all, nil
}

func (p *purger) window(ctx context.Context, s telemetry.Series, d telemetry.DeletionAt, w telemetry.Window) (
	bool, error) {
	if w.End() <= d.From || d.To <= w.Start() {
		return true, nil
	}
	found, ok := p.looked[w]
	if !ok {
		var err error
		if found, err = p.look(ctx, s, w); err != nil {
			return false, err
		}
		p.looked[w] = found
	}
	switch {
	case found.absent:
		return p.tides.Of(chunks.PartitionOf(p.tenant, s, w)).Known(), nil
	case found.split:
		// Also of a marker a version has to have settled: the window may be whole at the secondary, as it was before
		// the deletion, and a child that is absent has no version that could show otherwise.
		all, err := p.split(ctx, s, d, w)
		return all && found.settled, err
	}
	return found.floor >= d.Origin.Stamp && found.settled, nil
}

// look reads a chunk, and makes it again if the floor has passed a deletion since it was made.
func (p *purger) look(ctx context.Context, s telemetry.Series, w telemetry.Window) (look, error) {
	rows := &windows.Series{Rows: p.s.rows, Tenant: p.tenant, Series: s}
	row, c, err := rows.Read(ctx, w, p.floor)
	if err != nil || row.Version == "" {
		return look{absent: true}, err
	}
	if c.Split {
		return look{split: true, settled: p.s.cfg.Settling.Settled(p.tides, row)}, nil
	}
	if p.behind(c) && p.rewritable(row) {
		again := telemetry.Fold(c, nil, p.against(), p.floor, p.horizon)
		again.Coverage = c.Coverage.With(again.Floor)
		_, err = rows.Write(ctx, row, again)
	}
	return look{floor: c.Floor, settled: p.s.cfg.Settling.Settled(p.tides, row)}, err
}

// against is what stands against the metric.
func (p *purger) against() []telemetry.DeletionAt {
	if planted.On(planted.FoldWithoutDeletions) {
		return nil
	}
	return p.metric.Deletions
}

func (p *purger) rewritable(r chunks.Row) bool {
	return p.s.cfg.Settling.Rewritable(p.tides, r, p.s.sched.Now())
}

// behind reports whether a deletion that the floor has passed covers a part of a chunk's window and may not have been
// carried out in it.
func (p *purger) behind(c *telemetry.Chunk) bool {
	return slices.ContainsFunc(p.metric.Deletions, func(d telemetry.DeletionAt) bool {
		inside := d.From < c.Window.End() && c.Window.Start() < d.To
		return inside && c.Floor < d.Origin.Stamp && d.Origin.Stamp <= p.floor
	})
}

func (p *purger) split(ctx context.Context, s telemetry.Series, d telemetry.DeletionAt, w telemetry.Window) (
	bool, error) {
	all := true
	from, to := max(d.From, w.Start()), min(d.To, w.End())
	first, _ := w.Child(from)
	for _, child := range telemetry.Windows(first.Size, from, to) {
		ok, err := p.window(ctx, s, d, child)
		if err != nil {
			return false, err
		}
		all = all && ok
	}
	return all, nil
}
