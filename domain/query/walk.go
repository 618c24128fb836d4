package query

import (
	"context"
	"slices"

	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
)

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
	_, err := w.windows(ctx, years, noParent, f)
	return err
}

// windows visits windows of one size, rising, that lie under a marker of a version.
func (w *walker) windows(ctx context.Context, all []telemetry.Window, under chunks.Version,
	f func(leaf) (bool, error)) (bool, error) {
	if w.reverse {
		slices.Reverse(all)
	}
	for i, win := range all {
		n, err := w.take(ctx, all[i:], under)
		if err != nil {
			return false, err
		}
		var more bool
		if n.marker != "" {
			more, err = w.windows(ctx, w.childrenOf(win), n.marker, f)
		} else {
			more, err = f(n.leaf)
		}
		if err != nil || !more {
			return false, err
		}
	}
	return true, nil
}
