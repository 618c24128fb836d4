package embedded

import (
	"context"
	"encoding/binary"
	"errors"
	"time"

	bolt "go.etcd.io/bbolt"

	"tidemark/adapters/embedded/internal/place"
	"tidemark/domain/fault"
	"tidemark/ports/journal"
)

// Init implements journal.Directory.
func (d directory) Init(ctx context.Context, p journal.Place) error {
	const op = "directory.init"
	p = p.Whole()
	if err := p.Check(op); err != nil {
		return err
	}
	return d.write(ctx, op, 0, func(t *txn) error {
		meta := t.Bucket(bucketMeta)
		if meta.Get(keyPlace) == nil {
			t.dirty = true
			bound := binary.BigEndian.AppendUint64(nil, uint64(p.Bound))
			return errors.Join(meta.Put(keyPlace, place.Encode(p)), meta.Put(keyBound, bound))
		}
		old, err := placeOf(meta)
		if err == nil && !old.Equal(p) {
			err = fault.New(fault.Conflict, op, "the journal is %q of region %q with a bound of %s",
				old.Generation, old.Region, old.Bound)
		}
		return err
	})
}

// Change implements journal.Directory.
func (d directory) Change(ctx context.Context, from, to journal.Place) error {
	const op = "directory.change"
	to = to.Whole()
	if err := from.CheckChange(op, to); err != nil {
		return err
	}
	return d.write(ctx, op, 0, func(t *txn) error {
		meta := t.Bucket(bucketMeta)
		if meta.Get(keyPlace) == nil {
			return fault.New(fault.NotFound, op, "the journal was never initialised")
		}
		old, err := placeOf(meta)
		switch {
		case err != nil || old.Equal(to):
			return fault.Wrap(fault.Corrupt, op, err)
		case !old.Equal(from):
			return fault.New(fault.Conflict, op, "the journal's identity has changed")
		}
		t.dirty = true
		return meta.Put(keyPlace, place.Encode(to))
	})
}

// placeOf reads the identity.
func placeOf(meta *bolt.Bucket) (journal.Place, error) {
	p, err := place.Decode(meta.Get(keyPlace))
	if v := meta.Get(keyBound); v != nil && err == nil {
		if len(v) != 8 {
			return p, errRecord
		}
		p.Bound = time.Duration(binary.BigEndian.Uint64(v))
	}
	return p.Whole(), err
}
