package embedded

import (
	"context"
	"encoding/binary"
	"time"

	bolt "go.etcd.io/bbolt"

	"tidemark/adapters/embedded/internal/keys"
	"tidemark/domain/fault"
	"tidemark/ports/journal"
)

// evenKey is where in meta it is written up to when the journal and a peer have everything of each other, in
// nanoseconds.
func evenKey(with journal.Peer) []byte {
	return append(keys.AppendText([]byte("even "), with.Region), with.Generation...)
}

// evenWith is what is written there, zero for nothing.
func evenWith(tx *bolt.Tx, with journal.Peer) (time.Time, error) {
	switch v := tx.Bucket(bucketMeta).Get(evenKey(with)); len(v) {
	case 0:
		return time.Time{}, nil
	case 8:
		return moment(int64(binary.BigEndian.Uint64(v))), nil
	}
	return time.Time{}, errRecord
}

// SetEven implements journal.Directory.
func (d directory) SetEven(ctx context.Context, with journal.Peer, to time.Time) error {
	const op = "directory.set-even"
	return d.write(ctx, op, 0, func(t *txn) error {
		was, err := evenWith(t.Tx, with)
		if err != nil {
			return err
		}
		raised, err := journal.RaisedEven(op, with, was, to, moment(t.now))
		if err != nil || raised.Equal(was) {
			return err
		}
		t.dirty = true
		at := binary.BigEndian.AppendUint64(nil, uint64(raised.UnixNano()))
		return t.Bucket(bucketMeta).Put(evenKey(with), at)
	})
}

// Even implements journal.Directory. The clock is asked last: it is never behind what was found.
func (d directory) Even(ctx context.Context, with journal.Peer) (e journal.Even, err error) {
	const op = "directory.even"
	err = d.view(ctx, op, func(tx *bolt.Tx) error {
		if e.Time, err = evenWith(tx, with); err == nil && e.Time.IsZero() {
			err = fault.New(fault.NotFound, op, "nobody has said up to when the journals are the same")
		}
		return err
	})
	if err == nil {
		e.At, err = d.Now(ctx)
	}
	if err != nil {
		return journal.Even{}, err
	}
	return e, nil
}
