package readpath

import (
	"context"
	"iter"
	"slices"

	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
)

// Leaves visits what a span has of the series, a window after another, and reads ahead meanwhile. Whoever stops leaves
// the rest unread.
func (s Series) Leaves(ctx context.Context, span Span) iter.Seq2[Leaf, error] {
	return func(yield func(Leaf, error) bool) {
		w, err := s.walk(span)
		if err == nil {
			err = w.visit(ctx, func(l Leaf) bool { return yield(l, nil) })
		}
		if err != nil {
			yield(Leaf{}, err)
		}
	}
}

// visit calls f with every leaf in order until f says stop.
func (w *walker) visit(ctx context.Context, f func(Leaf) bool) error {
	if w.span.To <= w.span.From {
		return nil
	}
	var years []telemetry.Window
	for _, y := range w.of.Row.Years {
		win := telemetry.YearWindow(y)
		if win.End() > w.span.From && win.Start() < w.span.To {
			years = append(years, win)
		}
	}
	_, err := w.windows(ctx, years, noParent, f)
	return err
}

// windows visits windows of one size, rising, that lie under a marker of a version, and reports whether to go on.
func (w *walker) windows(ctx context.Context, all []telemetry.Window, under chunks.Version,
	f func(Leaf) bool) (more bool, err error) {
	if w.span.Backwards {
		slices.Reverse(all)
	}
	for i, win := range all {
		n, err := w.take(ctx, all[i:], under)
		if err != nil {
			return false, err
		}
		if n.marker != "" {
			more, err = w.windows(ctx, w.childrenOf(win), n.marker, f)
		} else {
			more = f(n.Leaf)
		}
		if err != nil || !more {
			return false, err
		}
	}
	return true, nil
}
