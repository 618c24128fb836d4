package phases

import (
	"context"
	"iter"

	"tidemark/domain/bounds"
	"tidemark/domain/node"
	"tidemark/ports/chunks"
	"tidemark/ports/journal"
)

// whose a call is, where the operation does not say it.
type whose int

const (
	works   whose = iota + 1 // work's, and what it copies
	newborn                  // a writer's that gives birth
)

type whoseKey struct{}

// Mark gives the stores of a node, of which calls say whose they are: as requests use them, and as the background does.
func Mark(s node.Stores) (front, back node.Stores) {
	front, back = s, s
	front.Journal, back.Journal = births{s.Journal}, copies{s.Journal}
	if s.Far.Journal != nil {
		front.Far.Journal, back.Far.Journal = births{s.Far.Journal}, copies{s.Far.Journal}
	}
	back.Rows = s.Rows.Over(func(a bounds.Account) bounds.Account {
		a.Rows = folds{a.Rows}
		return a
	})
	return front, back
}

// by is a context of whose calls it is known whose they are.
func by(ctx context.Context, w whose) context.Context { return context.WithValue(ctx, whoseKey{}, w) }

type births struct{ journal.Journal }

// Append implements journal.Journal.
func (b births) Append(ctx context.Context, a journal.Append) (journal.Stored, error) {
	if a.At.Number == 1 {
		ctx = by(ctx, newborn)
	}
	return b.Journal.Append(ctx, a)
}

type copies struct{ journal.Journal }

// Append implements journal.Journal.
func (c copies) Append(ctx context.Context, a journal.Append) (journal.Stored, error) {
	return c.Journal.Append(by(ctx, works), a)
}

type folds struct{ chunks.Store }

// Get implements chunks.Store.
func (f folds) Get(ctx context.Context, k chunks.Key) (chunks.Row, error) {
	return f.Store.Get(by(ctx, works), k)
}

// Scan implements chunks.Store.
func (f folds) Scan(ctx context.Context, r chunks.Range) iter.Seq2[chunks.Row, error] {
	return f.Store.Scan(by(ctx, works), r)
}

// Apply implements chunks.Store.
func (f folds) Apply(ctx context.Context, changes ...chunks.Change) error {
	return f.Store.Apply(by(ctx, works), changes...)
}

// Prepare implements chunks.Store.
func (f folds) Prepare(ctx context.Context, years ...int32) error {
	return f.Store.Prepare(by(ctx, works), years...)
}
