// Package evens is the rows that say up to when two journals have everything of each other: one for each pair.
package evens

import (
	"context"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"tidemark/adapters/aztable/internal/entity"
	"tidemark/adapters/aztable/internal/tables"
	"tidemark/adapters/internal/azkit"
	"tidemark/domain/fault"
	"tidemark/ports/journal"
)

var partition = entity.PartitionOf("s", "even")

const propTime = "even" // nanoseconds since 1970

// Row is the row of a pair in a registry, there or not. Its methods give the service's errors as they are.
type Row struct {
	tables.Table
	with journal.Peer
	key  string
}

// Of is the row of a peer. The registry is of one generation: where that has none in its name it lies in the table of
// the identity, and goes with it.
func Of(registry tables.Table, with journal.Peer) Row {
	return Row{registry, with, azkit.Key(with.Region, with.Generation)}
}

// Read reads the row. At is told also with an error that there is none.
func (r Row) Read(ctx context.Context, op string) (e journal.Even, there entity.Entity, err error) {
	var resp *http.Response
	there, err = r.Get(policy.WithCaptureResponse(ctx, &resp), op, partition, r.key)
	if err != nil && !tables.RowMissing(err) {
		return e, there, err
	}
	at, failed := tables.DateOf(resp, err)
	if failed != nil {
		return e, there, failed
	}
	if e.At = at; err != nil {
		return e, there, err
	}
	nanos, err := there.Int(op, propTime)
	e.Time = time.Unix(0, nanos).UTC()
	return e, there, err
}

// most is how often a row is tried that others write all the time.
const most = 16

// Set has the row say a time, if that is the one to keep (journal.RaisedEven).
func (r Row) Set(ctx context.Context, op string, to time.Time) error {
	for range most {
		was, there, err := r.Read(ctx, op)
		known := err == nil
		switch {
		case tables.Missing(err):
			return err
		case !known && !tables.RowMissing(err):
			return azkit.Classify(ctx, op, azkit.Read, err)
		}
		raised, err := journal.RaisedEven(op, r.with, was.Time, to, was.At)
		if err != nil || known && raised.Equal(was.Time) {
			return err
		}
		row := entity.New(partition, r.key).Int(propTime, raised.UnixNano()).Small()
		if known {
			err = r.Replace(ctx, op, row, there.ETag)
		} else {
			err = r.Insert(ctx, op, row)
		}
		if !tables.Refused(err) {
			return err
		}
	}
	return fault.New(fault.Unavailable, op, "the time up to which two journals are the same keeps changing")
}
