package embedded

import (
	"bytes"
	"context"
	"iter"
	"strconv"

	bolt "go.etcd.io/bbolt"

	"tidemark/domain/fault"
	"tidemark/ports/chunks"
)

// rows is the store as a chunks.Store.
type rows struct{ *Store }

// Rows is the store's account rows.
func (s *Store) Rows() chunks.Store { return rows{s} }

// maxRowKey leaves bbolt's limit for a key (32,768 bytes) to the escapes.
const maxRowKey = bolt.MaxKeySize

func version(sequence uint64) chunks.Version {
	return chunks.Version(strconv.FormatUint(sequence, 36))
}

// row decodes a stored value; its bytes are copied.
func row(k chunks.Key, v []byte) (chunks.Row, error) {
	sequence, nanos, value, err := decodeRow(v)
	if err != nil {
		return chunks.Row{}, err
	}
	return chunks.Row{Key: k, Value: append(make([]byte, 0, len(value)), value...), Version: version(sequence), Committed: moment(nanos)}, nil
}

// Get implements chunks.Store.
func (r rows) Get(ctx context.Context, k chunks.Key) (found chunks.Row, err error) {
	const op = "rows.get"
	err = r.view(ctx, op, func(tx *bolt.Tx) error {
		var v []byte
		if b := tx.Bucket(bucketRows).Bucket(tableKey(k.Partition)); b != nil && k.Row != "" {
			v = b.Get(append(partitionKey(k.Partition), k.Row...))
		}
		if v == nil {
			return fault.New(fault.NotFound, op, "no such row")
		}
		found, err = row(k, v)
		return err
	})
	return found, err
}

// Scan implements chunks.Store.
func (r rows) Scan(ctx context.Context, of chunks.Range) iter.Seq2[chunks.Row, error] {
	return func(yield func(chunks.Row, error) bool) {
		from, after := of.From, false
		for {
			page, more, err := r.page(ctx, of, from, after)
			if err != nil {
				yield(chunks.Row{}, err)
				return
			}
			for _, row := range page {
				if !yield(row, nil) {
					return
				}
			}
			if !more {
				return
			}
			from, after = page[len(page)-1].Key.Row, true
		}
	}
}

// page copies out rows of a range from a row on, or after it.
func (r rows) page(ctx context.Context, of chunks.Range, from string, after bool) (page []chunks.Row, more bool, err error) {
	err = r.view(ctx, "rows.scan", func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketRows).Bucket(tableKey(of.Partition))
		if b == nil {
			return nil
		}
		prefix, size := partitionKey(of.Partition), 0
		c := b.Cursor()
		for k, v := c.Seek(append(bytes.Clone(prefix), from...)); bytes.HasPrefix(k, prefix); k, v = c.Next() {
			name := string(k[len(prefix):])
			if after && name == from {
				continue
			}
			if of.To != "" && name >= of.To {
				return nil
			}
			if len(page) == pageItems || size >= pageBytes {
				more = true
				return nil
			}
			found, err := row(chunks.Key{Partition: of.Partition, Row: name}, v)
			if err != nil {
				return err
			}
			page, size = append(page, found), size+len(v)
		}
		return nil
	})
	return page, more, err
}

// change is a chunks.Change made ready: its key and, unless it deletes, its record.
type change struct {
	key, record []byte
	want        chunks.Version
}

// Apply implements chunks.Store. Deleting a row that shall not exist and does not is no change.
func (r rows) Apply(ctx context.Context, changes ...chunks.Change) error {
	const op = "rows.apply"
	ready, size, err := checkChanges(op, changes)
	if err != nil {
		return err
	}
	partition := changes[0].Key.Partition
	return r.write(ctx, op, size, func(t *txn) error {
		b, err := makeTable(t, op, partition)
		if err != nil {
			return err
		}
		for _, c := range ready {
			if err := c.check(b, op); err != nil {
				return err
			}
		}
		for _, c := range ready {
			if err := c.make(t, b); err != nil {
				return err
			}
		}
		return nil
	})
}

func checkChanges(op string, changes []chunks.Change) (ready []change, size int, err error) {
	switch {
	case len(changes) == 0:
		return nil, 0, fault.New(fault.Invalid, op, "no change")
	case len(changes) > chunks.MaxChanges:
		return nil, 0, fault.New(fault.TooLarge, op, "at most %d changes at once, these are %d", chunks.MaxChanges, len(changes))
	}
	prefix, seen := partitionKey(changes[0].Key.Partition), make(map[string]bool, len(changes))
	for i := range changes {
		c := &changes[i]
		switch {
		case c.Key.Partition != changes[0].Key.Partition:
			return nil, 0, fault.New(fault.Invalid, op, "the changes are of several partitions")
		case c.Key.Row == "":
			return nil, 0, fault.New(fault.Invalid, op, "a row has a name")
		case seen[c.Key.Row]:
			return nil, 0, fault.New(fault.Invalid, op, "a row is changed twice")
		case len(prefix)+len(c.Key.Row) > maxRowKey:
			return nil, 0, fault.New(fault.TooLarge, op, "a key has at most %d bytes", maxRowKey)
		case len(c.Value) > chunks.MaxValueBytes && !c.Delete:
			return nil, 0, fault.New(fault.TooLarge, op, "a value has at most %d bytes, this has %d", chunks.MaxValueBytes, len(c.Value))
		}
		seen[c.Key.Row] = true
		one := change{key: append(bytes.Clone(prefix), c.Key.Row...), want: c.If}
		if !c.Delete {
			one.record = newRow(c.Value)
			size += len(c.Value)
		}
		ready = append(ready, one)
	}
	if size > chunks.MaxApplyBytes {
		return nil, 0, fault.New(fault.TooLarge, op, "all values have at most %d bytes, these have %d", chunks.MaxApplyBytes, size)
	}
	return ready, size, nil
}

// check compares versions.
func (c change) check(b *bolt.Bucket, op string) error {
	var have chunks.Version
	if v := b.Get(c.key); v != nil {
		sequence, _, _, err := decodeRow(v)
		if err != nil {
			return fault.Wrap(fault.Corrupt, op, err)
		}
		have = version(sequence)
	}
	if have != c.want {
		return fault.New(fault.Conflict, op, "the row was changed by somebody else")
	}
	return nil
}

// make stores or deletes. Versions are numbers of one sequence over all tables: none comes twice, also for a row that went and came.
func (c change) make(t *txn, b *bolt.Bucket) error {
	t.dirty = true
	if c.record == nil {
		return b.Delete(c.key)
	}
	sequence, err := t.Bucket(bucketRows).NextSequence()
	if err != nil {
		return err
	}
	stampRow(c.record, sequence, t.now)
	return b.Put(c.key, c.record)
}

// makeTable finds or makes a table; fault.Conflict for chunks of an expired year.
func makeTable(t *txn, op string, p chunks.Partition) (*bolt.Bucket, error) {
	key := tableKey(p)
	if b := t.Bucket(bucketRows).Bucket(key); b != nil {
		return b, nil
	}
	if e := t.Bucket(bucketMeta).Get(keyYearExpired); p.Table == chunks.Chunks && e != nil && p.Year < signed(e) {
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
				if y < signed(e) {
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

// Expire implements chunks.Store.
func (r rows) Expire(ctx context.Context, before int32) error {
	const op = "rows.expire"
	if err := r.write(ctx, op, 0, func(t *txn) error { return raise(t, keyYearExpired, before) }); err != nil {
		return err
	}
	for more := true; more; { // one transaction a year: dropping a bucket walks its pages
		err := r.write(ctx, op, 0, func(t *txn) error {
			b := t.Bucket(bucketRows)
			k, _ := b.Cursor().Seek([]byte{byte(chunks.Chunks)})
			if more = len(k) == 5 && k[0] == byte(chunks.Chunks) && signed(k[1:]) < before; !more {
				return nil
			}
			t.dirty = true
			return b.DeleteBucket(bytes.Clone(k))
		})
		if err != nil {
			return err
		}
	}
	return nil
}
