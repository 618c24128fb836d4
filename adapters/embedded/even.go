package embedded

import (
	"context"
	"time"

	bolt "go.etcd.io/bbolt"

	"tidemark/adapters/embedded/internal/evens"
	"tidemark/domain/fault"
	"tidemark/ports/journal"
)

// SetEven implements journal.Directory.
func (d directory) SetEven(ctx context.Context, with journal.Peer, to time.Time) error {
	const op = "directory.seteven"
	return d.write(ctx, op, 0, func(t *txn) error {
		meta, key := t.Bucket(bucketMeta), evens.Key(with)
		was, err := evens.Decode(meta.Get(key))
		if err == nil {
			to, err = journal.RaisedEven(op, with, was, to, moment(t.now))
		}
		if err != nil || to.Equal(was) {
			return err
		}
		t.dirty = true
		return meta.Put(key, evens.Encode(to))
	})
}

// Even implements journal.Directory. The clock is asked last: it is never behind what was found.
func (d directory) Even(ctx context.Context, with journal.Peer) (e journal.Even, err error) {
	const op = "directory.even"
	err = d.view(ctx, op, func(tx *bolt.Tx) error {
		if e.Time, err = evens.Decode(tx.Bucket(bucketMeta).Get(evens.Key(with))); err == nil && e.Time.IsZero() {
			err = fault.New(fault.NotFound, op, "nobody has said up to when the journals are the same")
		}
		return err
	})
	if err == nil {
		e.At, err = d.Now(ctx)
	}
	return e, err
}
