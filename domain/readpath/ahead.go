package readpath

import (
	"context"
	"slices"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/planted"
	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
)

// take gives the first of some windows under a marker that was read for this question. What comes behind it is read
// with it, side by side.
func (w *walker) take(ctx context.Context, rest []telemetry.Window, under chunks.Version) (node, error) {
	win := rest[0]
	got, ok := w.read[win]
	if !ok || got.under != under {
		if err := w.readAhead(ctx, rest, under); err != nil {
			return node{}, err
		}
		got = w.read[win]
	}
	delete(w.read, win)
	if got.marker != "" {
		w.markers[win] = got.asked
	}
	if !got.present && under != noParent {
		return got.node, w.holds(ctx, win, under, got.read)
	}
	return got.node, nil
}

// markerHolds is for how long a marker that was read makes absent children empty ones. No failover is over in less:
// while one is under way no endpoint of the account answers. A process that is frozen may wake up after one.
const markerHolds = 2 * time.Second

// holds makes sure that a child was absent under its marker: that was read shortly before, or it is still the same
// after.
func (w *walker) holds(ctx context.Context, child telemetry.Window, under chunks.Version, read time.Time) error {
	parent, _ := child.Parent()
	if read.Sub(w.markers[parent]) <= markerHolds || planted.On(planted.MarkerHoldsForever) {
		return nil
	}
	asked := w.of.q.r.sched.Now()
	row, err := w.of.q.fresh(ctx, chunks.ChunkKey(w.of.q.tenant, w.of.Series, parent))
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if row.Version != under {
		return &fault.Error{Kind: fault.Unavailable, Op: "readpath.leaves", RetryAfter: time.Second,
			Message: "the storage account failed over while it was read: ask again"}
	}
	w.markers[parent] = asked
	return nil
}

func (w *walker) readAhead(ctx context.Context, rest []telemetry.Window, under chunks.Version) error {
	r, wants := w.of.q.r, w.plan(rest, under)
	got := make([]fetched, len(wants))
	err := w.of.q.Each(ctx, len(wants), func(ctx context.Context, i int) error {
		asked := r.sched.Now()
		n, err := w.fetch(ctx, wants[i].Window)
		got[i] = fetched{node: n, under: wants[i].under, asked: asked, read: r.sched.Now()}
		return err
	})
	if err != nil {
		return err
	}
	for i, n := range got {
		r.hints.note(w.key(wants[i].Window), n.marker)
		if parent, ok := wants[i].Parent(); ok && n.present {
			r.hints.noteChild(w.key(parent), wants[i].Index)
		}
		w.read[wants[i].Window] = n
	}
	return nil
}

// plan says what to read: the first windows in order, and, under those that are known to be split, the first of their
// children.
func (w *walker) plan(rest []telemetry.Window, under chunks.Version) []want {
	p := planner{w: w, leaves: w.of.q.r.cfg.Parallel}
	if w.span.Backwards {
		p.leaves = 2 // who walks back mostly wants the last one
	}
	var last int64
	if parent, ok := rest[0].Parent(); ok {
		last = w.of.q.r.hints.of(w.key(parent)).last
	}
	p.add(rest, under, last)
	return p.wants
}

// planner collects windows in the order of the walk until there are enough leaves.
type planner struct {
	w      *walker
	wants  []want
	leaves int // that may still be added
}

// add adds windows under a marker, in order, while there is room. last is the index of the last of them that was
// there when somebody looked.
func (p *planner) add(all []telemetry.Window, under chunks.Version, last int64) {
	for _, win := range all {
		if p.leaves <= 0 {
			return
		}
		if got, ok := p.w.read[win]; ok && got.under == under {
			continue
		}
		p.wants = append(p.wants, want{win, under})
		h := p.w.of.q.r.hints.of(p.w.key(win))
		switch {
		case h.split != "":
			children := p.w.childrenOf(win)
			if p.w.span.Backwards {
				slices.Reverse(children)
			}
			p.add(children, h.split, h.last)
		case p.w.span.Backwards && under != noParent && win.Index > last && len(p.wants) < 4*p.w.of.q.r.cfg.Parallel:
			// behind the last one there was nothing: such a window costs a call and brings no readings
		default:
			p.leaves--
		}
	}
}
