package membership

import (
	"context"
	"iter"
	"sync"

	"tidemark/domain/fault"
	"tidemark/domain/region"
	"tidemark/ports/chunks"
	"tidemark/ports/storageaccount"
)

// Check asks the rows of an account whose it is.
type Check func(ctx context.Context, rows chunks.Store) error

// Gate keeps a process from an account until that has said whose it is. Until then none of its rows is read or written,
// and its tidemark is evidence of nothing: it is like an account that is away. It is open until it is closed, and safe
// for concurrent use.
//
// While the primary endpoint is away the account's copy may say it, too: what stands there stood at the primary, and a
// failover at this moment would leave it. That opens the tidemark, and so the way to the copy; rows at the primary are
// asked for themselves. Only a yes of the copy's counts: what it lacks may not have arrived yet.
type Gate struct {
	mu      sync.Mutex
	check   Check // nil: it is open
	copied  bool  // the copy has said that the account is the storage's
	refused error // what the account said once and for all
	tell    func(error)
}

// Close closes it until a check says nothing against the account. tell hears what it says instead, once.
func (g *Gate) Close(check Check, tell func(error)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.check, g.tell, g.copied = check, tell, false
}

// pass asks an account whose it is, unless it has said so. Who does not answer is asked again the next time.
func (g *Gate) pass(ctx context.Context, rows chunks.Store) error {
	g.mu.Lock()
	check, refused := g.check, g.refused
	g.mu.Unlock()
	if refused != nil || check == nil {
		return refused
	}
	err := check(ctx, rows)
	switch fault.KindOf(err) {
	case fault.Unavailable, fault.Canceled:
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if err == nil || g.check == nil {
		g.check = nil
		return nil
	}
	if g.refused == nil {
		g.refused = fault.Wrap(fault.Forbidden, "account", err)
		g.tell(err)
	}
	return g.refused
}

// vouched reports whether the account's copy says that it is the storage's, or has said so.
func (g *Gate) vouched(ctx context.Context, copied chunks.Reader) bool {
	g.mu.Lock()
	check, refused, yes := g.check, g.refused, g.copied
	g.mu.Unlock()
	if yes || check == nil || refused != nil || copied == nil {
		return yes && refused == nil
	}
	if check(ctx, readOnly{copied}) != nil {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.copied = true
	return g.refused == nil
}

// Rows are the rows of an account behind the gate.
func (g *Gate) Rows(of chunks.Store) chunks.Store { return &gatedRows{g, of} }

// Tide is its tidemark behind the gate; its copy, which is nil if it has none that can be read, is asked whose it is,
// and then its rows: while the primary hangs there is no time for both.
func (g *Gate) Tide(of storageaccount.Account, rows chunks.Store, copied chunks.Reader) storageaccount.Account {
	return &gatedTide{g, of, rows, copied}
}

type gatedTide struct {
	gate   *Gate
	of     storageaccount.Account
	rows   chunks.Store
	copied chunks.Reader
}

// Tidemark implements storageaccount.Account.
func (t *gatedTide) Tidemark(ctx context.Context) (region.Tidemark, error) {
	if !t.gate.vouched(ctx, t.copied) {
		if err := t.gate.pass(ctx, t.rows); err != nil {
			return region.Tidemark{}, err
		}
	}
	return t.of.Tidemark(ctx)
}

type gatedRows struct {
	gate *Gate
	of   chunks.Store
}

// Get implements chunks.Store.
func (r *gatedRows) Get(ctx context.Context, k chunks.Key) (chunks.Row, error) {
	if err := r.gate.pass(ctx, r.of); err != nil {
		return chunks.Row{}, err
	}
	return r.of.Get(ctx, k)
}

// Scan implements chunks.Store.
func (r *gatedRows) Scan(ctx context.Context, of chunks.Range) iter.Seq2[chunks.Row, error] {
	return func(yield func(chunks.Row, error) bool) {
		if err := r.gate.pass(ctx, r.of); err != nil {
			yield(chunks.Row{}, err)
			return
		}
		r.of.Scan(ctx, of)(yield)
	}
}

// Apply implements chunks.Store.
func (r *gatedRows) Apply(ctx context.Context, changes ...chunks.Change) error {
	if err := r.gate.pass(ctx, r.of); err != nil {
		return err
	}
	return r.of.Apply(ctx, changes...)
}

// Prepare implements chunks.Store.
func (r *gatedRows) Prepare(ctx context.Context, years ...int32) error {
	if err := r.gate.pass(ctx, r.of); err != nil {
		return err
	}
	return r.of.Prepare(ctx, years...)
}

// Expire implements chunks.Store.
func (r *gatedRows) Expire(ctx context.Context, before int32) error {
	if err := r.gate.pass(ctx, r.of); err != nil {
		return err
	}
	return r.of.Expire(ctx, before)
}

// Expired implements chunks.Store.
func (r *gatedRows) Expired(ctx context.Context) (int32, error) {
	if err := r.gate.pass(ctx, r.of); err != nil {
		return 0, err
	}
	return r.of.Expired(ctx)
}

// readOnly is a copy as a store that takes nothing: who is told nothing there writes nothing there.
type readOnly struct{ chunks.Reader }

func (readOnly) refuses() error {
	return fault.New(fault.Unavailable, "account", "the account's copy in the other region takes no writes")
}

// Apply implements chunks.Store.
func (r readOnly) Apply(context.Context, ...chunks.Change) error { return r.refuses() }

// Prepare implements chunks.Store.
func (r readOnly) Prepare(context.Context, ...int32) error { return r.refuses() }

// Expire implements chunks.Store.
func (r readOnly) Expire(context.Context, int32) error { return r.refuses() }
