package embedded

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"iter"
	"time"

	bolt "go.etcd.io/bbolt"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// directory is the store as a journal.Directory.
type directory struct {
	*Store
	to audience
}

// Directory is what the store's journal knows beside its streams.
func (s *Store) Directory() journal.Directory { return directory{s, anybody} }

func encodePlace(p journal.Place) []byte {
	return append(appendText([]byte{recordVersion}, p.Region), p.Generation...)
}

func decodePlace(b []byte) (journal.Place, error) {
	if len(b) == 0 || b[0] != recordVersion {
		return journal.Place{}, errRecord
	}
	region, generation, err := cutText(b[1:])
	return journal.Place{Region: region, Generation: string(generation)}, err
}

// Init implements journal.Directory.
func (d directory) Init(ctx context.Context, p journal.Place) error {
	const op = "directory.init"
	p = p.Whole()
	return d.write(ctx, op, 0, func(t *txn) error {
		meta := t.Bucket(bucketMeta)
		if meta.Get(keyPlace) == nil {
			t.dirty = true
			bound := binary.BigEndian.AppendUint64(nil, uint64(p.Bound))
			return errors.Join(meta.Put(keyPlace, encodePlace(p)), meta.Put(keyBound, bound))
		}
		old, err := placeOf(meta)
		if err == nil && old != p {
			err = fault.New(fault.Conflict, op, "the journal is %q of region %q with a bound of %s",
				old.Generation, old.Region, old.Bound)
		}
		return err
	})
}

// placeOf reads the place that Init wrote.
func placeOf(meta *bolt.Bucket) (journal.Place, error) {
	p, err := decodePlace(meta.Get(keyPlace))
	if v := meta.Get(keyBound); v != nil && err == nil {
		if len(v) != 8 {
			return p, errRecord
		}
		p.Bound = time.Duration(binary.BigEndian.Uint64(v))
	}
	return p.Whole(), err
}

// firstDay reads a shard's first day.
func firstDay(tx *bolt.Tx, op string, s telemetry.Shard) (telemetry.Day, error) {
	v := tx.Bucket(bucketShards).Get(shardKey(s))
	if len(v) != 4 {
		return 0, fault.New(fault.NotFound, op, "the shard %s/%d was never registered", s.Tenant, s.Index)
	}
	return telemetry.Day(signed(v)), nil
}

// Register implements journal.Directory.
func (d directory) Register(ctx context.Context, s telemetry.Shard, day telemetry.Day) error {
	const op = "directory.register"
	if err := checkStream(op, telemetry.Stream{Shard: s}); err != nil {
		return err
	}
	return d.write(ctx, op, 0, func(t *txn) error {
		first, err := firstDay(t.Tx, op, s)
		was, known := first, err == nil
		if known {
			first, err = journal.RegisteredFirst(op, first, day, moment(t.now))
		} else {
			first, err = journal.NewFirst(day, moment(t.now)), nil
		}
		if err != nil || known && first == was {
			return err
		}
		t.dirty = true
		return t.Bucket(bucketShards).Put(shardKey(s), dayKey(first))
	})
}

// First implements journal.Directory.
func (d directory) First(ctx context.Context, s telemetry.Shard) (first telemetry.Day, err error) {
	const op = "directory.first"
	err = d.view(ctx, op, func(tx *bolt.Tx) error {
		first, err = firstDay(tx, op, s)
		return err
	})
	return first, err
}

// Shards implements journal.Directory.
func (d directory) Shards(ctx context.Context) iter.Seq2[journal.Registered, error] {
	return func(yield func(journal.Registered, error) bool) {
		var after []byte
		for {
			page, last, err := d.shardPage(ctx, after)
			if err != nil {
				yield(journal.Registered{}, err)
				return
			}
			for _, r := range page {
				if !yield(r, nil) {
					return
				}
			}
			if last == nil {
				return
			}
			after = last
		}
	}
}

// shardPage copies out a page of shards behind a key; last is nil when no more follow.
func (d directory) shardPage(ctx context.Context, after []byte) (page []journal.Registered, last []byte, err error) {
	err = d.view(ctx, "directory.shards", func(tx *bolt.Tx) error {
		c := tx.Bucket(bucketShards).Cursor()
		k, v := c.Seek(after)
		if after != nil && bytes.Equal(k, after) {
			k, v = c.Next()
		}
		for ; k != nil; k, v = c.Next() {
			tenant, index, err := cutText(k)
			if err != nil || len(index) != 2 || len(v) != 4 {
				return errRecord
			}
			s := telemetry.Shard{Tenant: telemetry.Tenant(tenant), Index: binary.BigEndian.Uint16(index)}
			page = append(page, journal.Registered{Shard: s, First: telemetry.Day(signed(v))})
			if len(page) == pageItems {
				last = bytes.Clone(k)
				return nil
			}
		}
		return nil
	})
	return page, last, err
}

// Advance implements journal.Directory. A shard never registered is fault.NotFound.
func (d directory) Advance(ctx context.Context, s telemetry.Shard, to telemetry.Day) error {
	const op = "directory.advance"
	return d.write(ctx, op, 0, func(t *txn) error {
		first, err := firstDay(t.Tx, op, s)
		if err != nil {
			return err
		}
		if to = journal.Advanced(first, to, moment(t.now)); to == first {
			return nil
		}
		t.dirty = true
		return t.Bucket(bucketShards).Put(shardKey(s), dayKey(to))
	})
}

// Now implements journal.Directory.
func (d directory) Now(ctx context.Context) (time.Time, error) {
	nanos, err := d.now(ctx, "directory.now", d.to)
	if err != nil {
		return time.Time{}, err
	}
	return moment(nanos), nil
}

// Prepare implements journal.Directory.
func (d directory) Prepare(ctx context.Context, day telemetry.Day) error {
	const op = "directory.prepare"
	return d.write(ctx, op, 0, func(t *txn) error {
		_, err := makeDay(t, op, day)
		return err
	})
}

// Expire implements journal.Directory. The period is a day.
func (d directory) Expire(ctx context.Context, before telemetry.Day) error {
	const op = "directory.expire"
	return d.steps(ctx, op, func(t *txn) (more bool, err error) {
		b := t.Bucket(bucketJournal)
		k, _ := b.Cursor().First()
		if k == nil || signed(k) >= int32(before) {
			return false, raise(t, keyDayExpired, int32(before))
		}
		// One transaction a day, since dropping a bucket walks its pages; the first one already keeps the days from
		// coming back.
		t.dirty = true
		return true, errors.Join(raise(t, keyDayExpired, int32(before)), b.DeleteBucket(bytes.Clone(k)))
	})
}

// raise moves a mark in meta up, never down.
func raise(t *txn, key []byte, to int32) error {
	meta := t.Bucket(bucketMeta)
	if v := meta.Get(key); v != nil && signed(v) >= to {
		return nil
	}
	t.dirty = true
	return meta.Put(key, appendSigned(nil, to))
}
