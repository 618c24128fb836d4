package aztable

import (
	"context"
	"math"

	"tidemark/adapters/internal/azkit"
)

// LastYear is the last year window that the account holds chunks of, whosever they are, and false if it holds none.
func (r *Rows) LastYear(ctx context.Context) (last int32, any bool, err error) {
	const op = "rows.years"
	for name, err := range r.client.tables.Named(ctx, op, yearName(math.MinInt32), "Cg") { // behind f, the last digit
		year, is := yearOf(name)
		if is = is && (!any || year > last); is && err == nil {
			is, err = r.client.table(name).Holds(ctx, op)
		}
		if err != nil {
			return 0, false, azkit.Classify(ctx, op, azkit.Read, err)
		}
		if is {
			last, any = year, true
		}
	}
	return last, any, nil
}

// Bare reports whether the account holds no row: nobody has used it, or only made tables.
func (r *Rows) Bare(ctx context.Context) (bool, error) {
	const op = "rows.bare"
	for _, name := range []string{tableState, tableCatalogue, tableTasks} {
		if holds, err := r.client.table(name).Holds(ctx, op); err != nil || holds {
			return false, azkit.Classify(ctx, op, azkit.Read, err)
		}
	}
	_, any, err := r.LastYear(ctx)
	return !any, err
}
