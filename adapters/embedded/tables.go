package embedded

import (
	"bytes"
	"context"
	"errors"
	"math"

	bolt "go.etcd.io/bbolt"

	"tidemark/adapters/embedded/internal/keys"
	"tidemark/domain/fault"
	"tidemark/ports/chunks"
)

// makeTable finds or makes a table; fault.Conflict for chunks of an expired year.
func makeTable(t *txn, op string, p chunks.Partition) (*bolt.Bucket, error) {
	key := keys.Table(p)
	if b := t.Bucket(bucketRows).Bucket(key); b != nil {
		return b, nil
	}
	if e := t.Bucket(bucketMeta).Get(keyYearExpired); p.Table == chunks.Chunks && e != nil && p.Year < keys.Signed(e) {
		return nil, fault.New(fault.Conflict, op, "the year %d was given up", p.Year)
	}
	t.dirty = true
	return t.Bucket(bucketRows).CreateBucket(key)
}

// Prepare implements chunks.Store. An expired year refuses all of them.
func (r rows) Prepare(ctx context.Context, years ...int32) error {
	const op = "rows.prepare"
	return r.write(ctx, op, 0, func(t *txn) error {
		if e := t.Bucket(bucketMeta).Get(keyYearExpired); e != nil {
			for _, y := range years {
				if y < keys.Signed(e) {
					return fault.New(fault.Conflict, op, "the year %d was given up", y)
				}
			}
		}
		tables := []chunks.Partition{{Table: chunks.Catalogue}, {Table: chunks.State}, {Table: chunks.Tasks}}
		for _, y := range years {
			tables = append(tables, chunks.Partition{Table: chunks.Chunks, Year: y})
		}
		for _, p := range tables {
			if _, err := makeTable(t, op, p); err != nil {
				return err
			}
		}
		return nil
	})
}

// Expired implements chunks.Store.
func (r rows) Expired(ctx context.Context) (before int32, err error) {
	before = math.MinInt32
	err = r.view(ctx, "rows.expired", func(tx *bolt.Tx) error {
		if e := tx.Bucket(bucketMeta).Get(keyYearExpired); e != nil {
			before = keys.Signed(e)
		}
		return nil
	})
	return before, err
}

// Expire implements chunks.Store.
func (r rows) Expire(ctx context.Context, before int32) error {
	const op = "rows.expire"
	return r.steps(ctx, op, func(t *txn) (more bool, err error) {
		b := t.Bucket(bucketRows)
		k, _ := b.Cursor().Seek([]byte{byte(chunks.Chunks)})
		if len(k) != 5 || k[0] != byte(chunks.Chunks) || keys.Signed(k[1:]) >= before {
			return false, raise(t, keyYearExpired, before)
		}
		// One transaction a year, as for days of the journal.
		t.dirty = true
		return true, errors.Join(raise(t, keyYearExpired, before), b.DeleteBucket(bytes.Clone(k)))
	})
}
