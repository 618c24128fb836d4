package aztable

import (
	"context"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"tidemark/adapters/aztable/internal/entity"
	"tidemark/adapters/aztable/internal/names"
	"tidemark/adapters/aztable/internal/tables"
	"tidemark/adapters/internal/azkit"
	"tidemark/domain/fault"
	"tidemark/ports/journal"
)

// The rows of the registry that say up to when two journals have everything of each other: one for each pair. The key
// names this journal's generation too, since the registry of a journal of before has no generation in its name.
var partitionEven = entity.PartitionOf("s", "even")

const propEven = "even" // nanoseconds since 1970

// evenRow is such a row as it was read, with the service's clock. A zero time is of one that is not there.
type evenRow struct {
	entity.Entity
	is journal.Even
}

// evenAt is where the row of a pair is.
func (d *Directory) evenAt(ctx context.Context, with journal.Peer) (names.Of, string, error) {
	n, err := d.client.named(ctx)
	if err != nil {
		return n, "", err
	}
	return n, azkit.Key(d.client.journal.generation(), with.Region, with.Generation), nil
}

// SetEven implements journal.Directory: a compare-and-swap of the row of the pair.
func (d *Directory) SetEven(ctx context.Context, with journal.Peer, to time.Time) error {
	const op = "journal.set-even"
	n, key, err := d.evenAt(ctx, with)
	if err != nil {
		return err
	}
	for range attempts {
		there, err := d.even(ctx, op, n, key)
		known := err == nil
		if !known && !fault.Is(err, fault.NotFound) {
			return err
		}
		raised, err := journal.RaisedEven(op, with, there.is.Time, to, there.is.At)
		if err != nil || known && raised.Equal(there.is.Time) {
			return err
		}
		row := entity.New(partitionEven, key).Int(propEven, raised.UnixNano()).Small()
		if known {
			err = d.registry(n).Replace(ctx, op, row, there.ETag)
		} else {
			err = d.registry(n).Insert(ctx, op, row)
		}
		if !tables.Refused(err) {
			return azkit.Classify(ctx, op, azkit.Write, d.notPrepared(ctx, op, err))
		}
	}
	return fault.New(fault.Unavailable, op, "the time up to which the journals are the same keeps changing")
}

// Even implements journal.Directory.
func (d *Directory) Even(ctx context.Context, with journal.Peer) (journal.Even, error) {
	const op = "journal.even"
	n, key, err := d.evenAt(ctx, with)
	if err != nil {
		return journal.Even{}, err
	}
	row, err := d.even(ctx, op, n, key)
	if err != nil {
		return journal.Even{}, err
	}
	return row.is, nil
}

// even reads a row, there or not: then the error is fault.NotFound, and the clock is given all the same.
func (d *Directory) even(ctx context.Context, op string, n names.Of, key string) (out evenRow, err error) {
	var resp *http.Response
	out.Entity, err = d.registry(n).Get(policy.WithCaptureResponse(ctx, &resp), op, partitionEven, key)
	if err != nil && !tables.RowMissing(err) {
		return out, azkit.Classify(ctx, op, azkit.Read, d.client.missing(ctx, op, err))
	}
	var failed error
	if out.is.At, failed = tables.DateOf(resp, err); failed != nil {
		return out, azkit.Classify(ctx, op, azkit.Read, failed)
	}
	if err != nil {
		return out, azkit.Classify(ctx, op, azkit.Read, err)
	}
	nanos, err := out.Int(op, propEven)
	out.is.Time = time.Unix(0, nanos).UTC()
	return out, err
}
