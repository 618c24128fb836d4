package memory

import (
	"context"
	"time"

	"tidemark/domain/fault"
	"tidemark/ports/journal"
)

// SetEven implements journal.Directory.
func (j *Journal) SetEven(ctx context.Context, with journal.Peer, to time.Time) error {
	const op = "journal.seteven"
	return j.write(ctx, op, func() error {
		raised, err := journal.RaisedEven(op, with, j.evens[with], to, j.now())
		if err == nil {
			j.evens[with] = raised
		}
		return err
	})
}

// Even implements journal.Directory.
func (j *Journal) Even(ctx context.Context, with journal.Peer) (journal.Even, error) {
	const op = "journal.even"
	var e journal.Even
	err := j.read(ctx, op, func() error {
		set, known := j.evens[with]
		if !known {
			return fault.New(fault.NotFound, op, "nobody has said up to when the journals are the same")
		}
		e = journal.Even{Time: set, At: j.now()}
		return nil
	})
	return e, err
}
