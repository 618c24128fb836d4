package memory

import (
	"bytes"
	"context"
	"math"
	"time"

	"tidemark/domain/fault"
	"tidemark/ports/chunks"
)

// Apply implements chunks.Store.
func (r *Rows) Apply(ctx context.Context, changes ...chunks.Change) error {
	const op = "chunks.apply"
	if err := chunks.Check(op, changes); err != nil {
		return err
	}
	return r.write(ctx, op, func() error {
		of := changes[0].Key.Partition
		if !r.exists(of) {
			return fault.New(fault.NotFound, op, "the table does not exist: Prepare makes it")
		}
		for _, c := range changes {
			if rec, _ := r.find(c.Key); rec.version != c.If {
				return fault.New(fault.Conflict, op, "the row's version is not the one expected: read it again")
			}
		}
		for _, c := range changes {
			r.change(c, r.now())
		}
		return nil
	})
}

// change carries out one change whose version was checked. The caller holds mu.
func (r *Rows) change(c chunks.Change, now time.Time) {
	p := r.partitionOf(c.Key.Partition)
	old, existed := p.rows[c.Key.Row]
	r.remember(undo{at: now, key: c.Key, before: old, existed: existed})
	if c.Delete {
		p.remove(c.Key.Row)
		return
	}
	if now.Before(old.committed) {
		now = old.committed // a row's commit times never fall, even when the storage's clock was set back
	}
	p.put(c.Key.Row, record{value: bytes.Clone(c.Value), version: r.nextVersion(), committed: now})
}

// exists reports whether the table of a partition was made and not expired. The caller holds mu.
func (r *Rows) exists(of chunks.Partition) bool {
	if of.Table == chunks.Chunks {
		return r.years[of.Year]
	}
	return r.base
}

// Prepare implements chunks.Store. An expired year among others makes nothing at all.
func (r *Rows) Prepare(ctx context.Context, years ...int32) error {
	const op = "chunks.prepare"
	return r.write(ctx, op, func() error {
		for _, y := range years {
			if r.hasExpired && y < r.expired {
				return fault.New(fault.Conflict, op, "year %d was expired and is never made again", y)
			}
		}
		r.base = true
		for _, y := range years {
			if !r.years[y] {
				r.remember(undo{at: r.now(), key: yearKey(y), made: true})
			}
			r.years[y] = true
		}
		return nil
	})
}

// yearKey stands for the tables of a year.
func yearKey(y int32) chunks.Key {
	return chunks.Key{Partition: chunks.Partition{Table: chunks.Chunks, Year: y}}
}

// Expired implements chunks.Store.
func (r *Rows) Expired(ctx context.Context) (before int32, err error) {
	err = r.read(ctx, "chunks.expired", func() error {
		before = math.MinInt32
		if r.hasExpired {
			before = r.expired
		}
		return nil
	})
	return before, err
}

// Expire implements chunks.Store.
func (r *Rows) Expire(ctx context.Context, before int32) error {
	return r.write(ctx, "chunks.expire", func() error {
		if !r.hasExpired || before > r.expired {
			r.expired, r.hasExpired = before, true
		}
		for y := range r.years {
			if y < r.expired {
				delete(r.years, y)
			}
		}
		for of := range r.partitions {
			if of.Table == chunks.Chunks && of.Year < r.expired {
				delete(r.partitions, of)
			}
		}
		return nil
	})
}
