package bounds

import (
	"context"
	"iter"
	"slices"

	"tidemark/ports/chunks"
)

// Reading is the accounts as one question reads them, each at one of its endpoints (chunks.Reader). It stays with
// these: what is absent at the one may be there at the other, and a marker of the one says nothing of the other's rows.
type Reading struct {
	all       generations
	rows      []chunks.Reader // by place
	secondary []bool          // by place: whether these are of the secondary endpoint
}

var _ chunks.Reader = Reading{}

// reading is the accounts, of which those are read at their secondary endpoint that are asked for there and have one.
func (g generations) reading(atSecondary func(place int) bool) Reading {
	r := Reading{g, make([]chunks.Reader, len(g)), make([]bool, len(g))}
	for i, of := range g {
		r.rows[i] = of.Rows
		if of.Secondary != nil && atSecondary(i) {
			r.rows[i], r.secondary[i] = of.Secondary, true
		}
	}
	return r
}

// AtSecondary reports whether a partition is read at the secondary endpoint of its account.
func (r Reading) AtSecondary(p chunks.Partition) bool { return r.secondary[r.all.of(p)] }

// AnySecondary reports whether any account is read at its secondary endpoint.
func (r Reading) AnySecondary() bool { return slices.Contains(r.secondary, true) }

// Get implements chunks.Reader.
func (r Reading) Get(ctx context.Context, k chunks.Key) (chunks.Row, error) {
	at := r.all.of(k.Partition)
	row, err := r.rows[at].Get(ctx, k)
	return row, r.all.named(at, err)
}

// Scan implements chunks.Reader.
func (r Reading) Scan(ctx context.Context, of chunks.Range) iter.Seq2[chunks.Row, error] {
	at := r.all.of(of.Partition)
	rows := r.rows[at].Scan(ctx, of)
	if len(r.rows) == 1 {
		return rows
	}
	return func(yield func(chunks.Row, error) bool) {
		for row, err := range rows {
			if !yield(row, r.all.named(at, err)) {
				return
			}
		}
	}
}

// Expired implements chunks.Reader. It asks home.
func (r Reading) Expired(ctx context.Context) (int32, error) {
	before, err := r.rows[0].Expired(ctx)
	return before, r.all.named(0, err)
}
