package embedded

import (
	"context"
	"encoding/binary"

	bolt "go.etcd.io/bbolt"

	"tidemark/adapters/embedded/internal/keys"
	"tidemark/domain/fault"
	"tidemark/domain/stream"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// fill is how full a leaf is left by a split: streams are appended to at their ends.
const fill = 0.9

// log is the store as a journal.Journal.
type log struct {
	*Store
	to audience
}

// Journal is the store's journal.
func (s *Store) Journal() journal.Journal { return log{s, anybody} }

// state finds a stream's state. A day of nil holds nothing.
func (d *day) state(op string, s telemetry.Stream) (kept, error) {
	unborn := kept{State: journal.State{Stream: s}}
	if d == nil {
		return unborn, nil
	}
	key := keys.Stream(s)
	v := d.open.Get(key)
	if v == nil {
		v = d.finished.Get(key)
	}
	if v == nil {
		return unborn, nil
	}
	st, err := decodeState(s, v)
	return st, fault.Wrap(fault.Corrupt, op, err)
}

// reach lets an event reach a stream, and stores its state: the one way in which it changes. One that something is to
// be swept of stays among those that Index lists.
func (d *day) reach(t *txn, st *kept, e stream.Event) (stream.Effects, error) {
	next, do, err := st.Step(e, moment(t.now))
	if err != nil {
		return 0, err
	}
	if do.Has(stream.Change) {
		st.change(t.now)
	}
	if !next.Touched.IsZero() {
		next.Touched = moment(st.changed)
	}
	st.State.State = next
	if do.Has(stream.Write) || do.Has(stream.Change) {
		if err := d.keep(t, *st); err != nil {
			return 0, err
		}
	}
	if do.Has(stream.Move) {
		err = d.moved(st.Stream.Shard)
	}
	return do, err
}

// finish takes a finished stream of which nothing is left to be swept off the index.
func (d *day) finish(t *txn, st kept) error {
	if !st.HasFinished() {
		return nil
	}
	t.dirty = true
	key := keys.Stream(st.Stream)
	if err := d.open.Delete(key); err != nil {
		return err
	}
	return d.finished.Put(key, encodeState(st))
}

// keep stores a state among those that Index lists.
func (d *day) keep(t *txn, st kept) error {
	t.dirty = true
	return d.open.Put(keys.Stream(st.Stream), encodeState(st))
}

// moved counts a move of a mark, or an end, of a shard's streams.
func (d *day) moved(s telemetry.Shard) error {
	key := keys.Shard(s)
	n := uint64(1)
	if v := d.versions.Get(key); len(v) == 8 {
		n += binary.BigEndian.Uint64(v)
	}
	return d.versions.Put(key, binary.BigEndian.AppendUint64(nil, n))
}

// Identity implements journal.Journal.
func (l log) Identity(ctx context.Context) (p journal.Place, err error) {
	const op = "journal.identity"
	err = l.view(ctx, op, func(tx *bolt.Tx) error {
		meta := tx.Bucket(bucketMeta)
		if meta.Get(keyPlace) == nil {
			return fault.New(fault.NotFound, op, "the journal was never initialised")
		}
		p, err = placeOf(meta)
		return err
	})
	return p, err
}
