package reach

import (
	"context"
	"iter"

	"tidemark/domain/region"
	"tidemark/ports/chunks"
	"tidemark/ports/storageaccount"
)

// Rows puts a guard around the rows of an account, as one endpoint of it has them.
func Rows(s chunks.Store, g *Guard) chunks.Store { return guardedRows{s, g} }

type guardedRows struct {
	s chunks.Store
	g *Guard
}

func (r guardedRows) Get(ctx context.Context, k chunks.Key) (chunks.Row, error) {
	return do(ctx, r.g, "rows.get", read, func(ctx context.Context) (chunks.Row, error) { return r.s.Get(ctx, k) })
}

func (r guardedRows) Scan(ctx context.Context, in chunks.Range) iter.Seq2[chunks.Row, error] {
	return each(ctx, r.g, "rows.scan", func() iter.Seq2[chunks.Row, error] { return r.s.Scan(ctx, in) })
}

func (r guardedRows) Apply(ctx context.Context, changes ...chunks.Change) error {
	return tell(ctx, r.g, "rows.apply", write, func(ctx context.Context) error { return r.s.Apply(ctx, changes...) })
}

func (r guardedRows) Prepare(ctx context.Context, years ...int32) error {
	return tell(ctx, r.g, "rows.prepare", long, func(ctx context.Context) error { return r.s.Prepare(ctx, years...) })
}

func (r guardedRows) Expire(ctx context.Context, before int32) error {
	return tell(ctx, r.g, "rows.expire", long, func(ctx context.Context) error { return r.s.Expire(ctx, before) })
}

func (r guardedRows) Expired(ctx context.Context) (int32, error) {
	return do(ctx, r.g, "rows.expired", read, r.s.Expired)
}

// Account puts a guard around what tells the tidemark: that of the secondary endpoint, or of the primary where there
// is no other. told hears every tidemark.
func Account(a storageaccount.Account, g *Guard, told func(region.Told)) storageaccount.Account {
	return guardedAccount{a, g, told}
}

type guardedAccount struct {
	a    storageaccount.Account
	g    *Guard
	told func(region.Told)
}

func (a guardedAccount) Tidemark(ctx context.Context) (region.Tidemark, error) {
	tide, err := do(ctx, a.g, "account.tidemark", read, a.a.Tidemark)
	if err == nil {
		a.told(region.Told{Account: a.g.of.Of, Tide: tide})
	}
	return tide, err
}
