package aztable

import (
	"context"
	"time"

	"tidemark/adapters/aztable/internal/evens"
	"tidemark/adapters/internal/azkit"
	"tidemark/ports/journal"
)

// pair is the row of a peer in the registry of this generation.
func (d *Directory) pair(ctx context.Context, with journal.Peer) (evens.Row, error) {
	n, err := d.client.named(ctx)
	return evens.Of(d.registry(n).Table, with), err
}

// SetEven implements journal.Directory: a compare-and-swap of the row of the pair.
func (d *Directory) SetEven(ctx context.Context, with journal.Peer, to time.Time) error {
	const op = "journal.seteven"
	row, err := d.pair(ctx, with)
	if err == nil {
		err = row.Set(ctx, op, to)
	}
	return azkit.Classify(ctx, op, azkit.Write, d.notPrepared(ctx, op, err))
}

// Even implements journal.Directory.
func (d *Directory) Even(ctx context.Context, with journal.Peer) (e journal.Even, err error) {
	const op = "journal.even"
	row, err := d.pair(ctx, with)
	if err == nil {
		e, _, err = row.Read(ctx, op)
	}
	if err != nil {
		return journal.Even{}, azkit.Classify(ctx, op, azkit.Read, d.client.missing(ctx, op, err))
	}
	return e, nil
}
