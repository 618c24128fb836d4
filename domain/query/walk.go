package query

import (
	"context"
	"slices"

	"tidemark/domain/analytics"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
	"tidemark/ports/sched"
)

// leaf is what one window holds of a series: merged readings, or, where no reading had to be looked at, the rollup beside them.
type leaf struct {
	window telemetry.Window
	times  []int64
	values []float64
	rollup *analytics.Rollup
}

// walker visits the windows of one series in the order of time, or backwards, and merges each with the journal.
type walker struct {
	v        *view
	sv       shardView
	series   telemetry.Series
	row      telemetry.MetricRow
	from, to int64
	pieces   []placed
	reverse  bool
	// rollups asks for rollups instead of readings wherever one may be used for the window.
	rollups func(w telemetry.Window, bucket int64) bool
}

// placed is the readings of one block and where the block stands.
type placed struct {
	telemetry.Piece
	at telemetry.Position
}

// walk makes a walker over [from, to) of a series that the catalogue row knows.
func (v *view) walk(series telemetry.Series, row telemetry.MetricRow, from, to int64) (*walker, error) {
	w := &walker{v: v, sv: v.shardOf(series.Source), series: series, row: row, from: max(from, v.horizon), to: to}
	for _, b := range w.sv.snap.Blocks {
		if b.View == nil || b.View.Header().Stamp <= w.sv.floor { // at or below it everything is in rows, or came too late to count
			continue
		}
		i, ok := b.View.Find(series)
		if !ok {
			continue
		}
		if lo, hi, _ := b.View.Span(i); hi < w.from || lo >= to {
			continue
		}
		var col telemetry.Column
		if err := b.View.Column(i, &col); err != nil {
			return nil, fault.Wrap(fault.Corrupt, "query.block", err)
		}
		w.pieces = append(w.pieces, placed{at: b.At, Piece: telemetry.Piece{Origin: b.View.Origin(), Times: col.Times, Values: col.Values}})
	}
	return w, nil
}

// visit calls f with every leaf in order until f says stop.
func (w *walker) visit(ctx context.Context, f func(leaf) (bool, error)) error {
	if w.to <= w.from {
		return nil
	}
	var years []telemetry.Window
	for _, y := range w.row.Years {
		win := telemetry.YearWindow(y)
		if win.End() > w.from && win.Start() < w.to {
			years = append(years, win)
		}
	}
	_, err := w.windows(ctx, years, f)
	return err
}

// windows visits windows of one size, rising, a few fetched side by side.
func (w *walker) windows(ctx context.Context, all []telemetry.Window, f func(leaf) (bool, error)) (bool, error) {
	ahead := w.v.s.cfg.Parallel
	if w.reverse {
		slices.Reverse(all)
		ahead = 2
	}
	for some := range slices.Chunk(all, ahead) {
		got := make([]node, len(some))
		err := sched.Each(ctx, w.v.s.sched, len(some), len(some), func(ctx context.Context, i int) error {
			var err error
			got[i], err = w.read(ctx, some[i])
			return err
		})
		if err != nil {
			return false, err
		}
		for i, n := range got {
			var more bool
			if n.split {
				more, err = w.windows(ctx, w.childrenOf(some[i]), f)
			} else {
				more, err = f(n.leaf)
			}
			if err != nil || !more {
				return false, err
			}
		}
	}
	return true, nil
}

func (w *walker) childrenOf(p telemetry.Window) []telemetry.Window {
	from, to := max(w.from, p.Start()), min(w.to, p.End())
	child, _ := p.Child(from)
	return telemetry.Windows(child.Size, from, to)
}

// node is a window as read: split, or a leaf.
type node struct {
	split bool
	leaf
}

// read fetches a window and merges it with what the journal adds.
func (w *walker) read(ctx context.Context, win telemetry.Window) (node, error) {
	s := w.v.s
	key := splitKey{w.v.tenant, w.series, win}
	s.mu.Lock()
	split := s.splits[key]
	s.mu.Unlock()
	if split {
		return node{split: true}, nil
	}
	if w.rollups != nil && w.rollups(win, analytics.BucketSize(win.Size)) {
		if r, ok, err := w.rollup(ctx, win); err != nil || ok {
			return node{leaf: leaf{window: win, rollup: r}}, err
		}
	}
	c := &telemetry.Chunk{Tenant: w.v.tenant, Series: w.series, Window: win, Floor: w.sv.floor}
	value, err := s.fetch(ctx, w.v, w.sv, chunks.ChunkKey(w.v.tenant, w.series, win), w.row.Purged)
	switch {
	case err == nil:
		if c, err = telemetry.DecodeChunk(value); err != nil {
			return node{}, fault.Wrap(fault.Corrupt, "query.chunk", err)
		}
	case !fault.Is(err, fault.NotFound):
		return node{}, err
	}
	if c.Split {
		s.rememberSplit(key)
		return node{split: true}, nil
	}
	return node{leaf: w.merge(c)}, nil
}

func (s *Service) rememberSplit(k splitKey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.splits) >= s.cfg.MaxSplits {
		clear(s.splits)
	}
	s.splits[k] = true
}

// merge folds the blocks that a chunk does not include, and the deletions, into it, and cuts it to the question.
func (w *walker) merge(c *telemetry.Chunk) leaf {
	var fresh []telemetry.Piece
	for _, p := range w.pieces {
		if overlaps(p.Times, c.Window) && !c.Includes(p.at, p.Origin.Stamp) {
			fresh = append(fresh, p.Piece)
		}
	}
	if len(fresh) > 0 || w.touchedByDeletion(c.Window, c.Floor) || w.v.horizon > c.Window.Start() {
		c = telemetry.Fold(c, fresh, w.row.Deletions, c.Floor, w.v.horizon)
	}
	i, _ := slices.BinarySearch(c.Times, w.from)
	j, _ := slices.BinarySearch(c.Times, w.to)
	if j < i {
		j = i
	}
	return leaf{window: c.Window, times: c.Times[i:j], values: c.Values[i:j]}
}

func overlaps(times []int64, w telemetry.Window) bool {
	return len(times) > 0 && times[0] < w.End() && times[len(times)-1] >= w.Start()
}

// touchedByDeletion reports whether a deletion stands in the window that a chunk with that floor may not have been made without.
func (w *walker) touchedByDeletion(win telemetry.Window, floor telemetry.Stamp) bool {
	for _, d := range w.row.Deletions {
		if d.Origin.Stamp > floor && d.From < win.End() && win.Start() < d.To {
			return true
		}
	}
	return false
}

// rollup gives the rollup of a window if it may stand for the readings: no block adds to it, no deletion stands against it, no part of it is
// expired or outside the question.
func (w *walker) rollup(ctx context.Context, win telemetry.Window) (*analytics.Rollup, bool, error) {
	if win.Start() < w.v.horizon {
		return nil, false, nil
	}
	value, err := w.v.s.fetch(ctx, w.v, w.sv, chunks.RollupKey(w.v.tenant, w.series, win), w.row.Purged)
	if fault.Is(err, fault.NotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	r, err := analytics.DecodeRollup(value)
	if err != nil {
		return nil, false, fault.Wrap(fault.Corrupt, "query.rollup", err)
	}
	if w.touchedByDeletion(win, r.Floor) {
		return nil, false, nil
	}
	for _, p := range w.pieces {
		if overlaps(p.Times, win) && !r.Includes(p.at, p.Origin.Stamp) {
			return nil, false, nil
		}
	}
	return r, true, nil
}
