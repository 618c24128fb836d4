package embedded

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"time"

	bolt "go.etcd.io/bbolt"

	"tidemark/adapters/embedded/internal/keys"
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

// firstDay reads a shard's first day.
func firstDay(tx *bolt.Tx, op string, s telemetry.Shard) (telemetry.Day, error) {
	v := tx.Bucket(bucketShards).Get(keys.Shard(s))
	if len(v) != 4 {
		return 0, fault.New(fault.NotFound, op, "the shard %s/%d was never registered", s.Tenant, s.Index)
	}
	return telemetry.Day(keys.Signed(v)), nil
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
		return t.Bucket(bucketShards).Put(keys.Shard(s), keys.Day(first))
	})
}

// Lower implements journal.Directory.
func (d directory) Lower(ctx context.Context, s telemetry.Shard, day telemetry.Day) error {
	const op = "directory.lower"
	if err := checkStream(op, telemetry.Stream{Shard: s}); err != nil {
		return err
	}
	return d.write(ctx, op, 0, func(t *txn) error {
		meta := t.Bucket(bucketMeta)
		if e := meta.Get(keyDayExpired); e != nil && int32(day) < keys.Signed(e) {
			return fault.New(fault.Conflict, op, "the day %s was given up", day)
		}
		first, err := firstDay(t.Tx, op, s)
		first = journal.Lowered(first, err == nil, day, moment(t.now))
		t.dirty = true
		n := binary.BigEndian.AppendUint64(nil, lowered(t.Tx)+1)
		return errors.Join(meta.Put(keyLowered, n), t.Bucket(bucketShards).Put(keys.Shard(s), keys.Day(first)))
	})
}

// lowered is how often a first day was lowered.
func lowered(tx *bolt.Tx) uint64 {
	v := tx.Bucket(bucketMeta).Get(keyLowered)
	if len(v) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(v)
}

// firstVersion is the version of a first day: it only falls when something is lowered.
func firstVersion(tx *bolt.Tx, first telemetry.Day) string {
	return fmt.Sprint(int32(first), ".", lowered(tx))
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
			tenant, index, err := keys.CutText(k)
			if err != nil || len(index) != 2 || len(v) != 4 {
				return errRecord
			}
			s := telemetry.Shard{Tenant: telemetry.Tenant(tenant), Index: binary.BigEndian.Uint16(index)}
			first := telemetry.Day(keys.Signed(v))
			page = append(page, journal.Registered{Shard: s, First: first, Version: firstVersion(tx, first)})
			if len(page) == pageItems {
				last = bytes.Clone(k)
				return nil
			}
		}
		return nil
	})
	return page, last, err
}

// Advance implements journal.Directory.
func (d directory) Advance(ctx context.Context, r journal.Registered, to telemetry.Day) error {
	const op = "directory.advance"
	return d.write(ctx, op, 0, func(t *txn) error {
		first, err := firstDay(t.Tx, op, r.Shard)
		if err != nil {
			return err
		}
		moved := journal.Advanced(first, to, moment(t.now))
		switch {
		case moved == first:
			return nil
		case firstVersion(t.Tx, first) != r.Version:
			return fault.New(fault.Conflict, op, "the shard's first day has changed since it was read")
		}
		t.dirty = true
		return t.Bucket(bucketShards).Put(keys.Shard(r.Shard), keys.Day(moved))
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
		if k == nil || keys.Signed(k) >= int32(before) {
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
	if v := meta.Get(key); v != nil && keys.Signed(v) >= to {
		return nil
	}
	t.dirty = true
	return meta.Put(key, keys.AppendSigned(nil, to))
}
