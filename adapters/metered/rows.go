package metered

import (
	"context"
	"iter"

	"tidemark/ports/chunks"
)

// Rows counts the calls of a store of rows, and the rows that they change.
func Rows(s chunks.Store, m Meter) chunks.Store { return countedRows{s, &m} }

type countedRows struct {
	chunks.Store
	m *Meter
}

func (r countedRows) Get(ctx context.Context, k chunks.Key) (chunks.Row, error) {
	done := r.m.start("rows.get")
	row, err := r.Store.Get(ctx, k)
	done(err)
	return row, err
}

func (r countedRows) Scan(ctx context.Context, in chunks.Range) iter.Seq2[chunks.Row, error] {
	return each(r.m, "rows.scan", r.Store.Scan(ctx, in))
}

func (r countedRows) Apply(ctx context.Context, changes ...chunks.Change) error {
	done := r.m.start("rows.apply")
	err := r.Store.Apply(ctx, changes...)
	done(err)
	if err == nil {
		r.m.Changed(changes[0].Key.Table, len(changes))
	}
	return err
}

// Secondary counts the calls of an account's secondary endpoint.
func Secondary(r chunks.Reader, m Meter) chunks.Reader { return countedSecondary{r, &m} }

type countedSecondary struct {
	chunks.Reader
	m *Meter
}

func (r countedSecondary) Get(ctx context.Context, k chunks.Key) (chunks.Row, error) {
	done := r.m.start("secondary.get")
	row, err := r.Reader.Get(ctx, k)
	done(err)
	return row, err
}

func (r countedSecondary) Scan(ctx context.Context, in chunks.Range) iter.Seq2[chunks.Row, error] {
	return each(r.m, "secondary.scan", r.Reader.Scan(ctx, in))
}
