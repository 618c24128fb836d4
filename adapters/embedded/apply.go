package embedded

import (
	"bytes"
	"context"

	bolt "go.etcd.io/bbolt"

	"tidemark/adapters/embedded/internal/keys"
	"tidemark/domain/fault"
	"tidemark/ports/chunks"
)

// maxRowKey is the longest key that bbolt takes.
const maxRowKey = bolt.MaxKeySize

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
		return nil, 0, fault.New(fault.TooLarge, op, "at most %d changes at once, these are %d", chunks.MaxChanges,
			len(changes))
	}
	prefix, seen := keys.Partition(changes[0].Key.Partition), make(map[string]bool, len(changes))
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
			return nil, 0, fault.New(fault.TooLarge, op, "a value has at most %d bytes, this has %d",
				chunks.MaxValueBytes, len(c.Value))
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
		return nil, 0, fault.New(fault.TooLarge, op, "all values have at most %d bytes, these have %d",
			chunks.MaxApplyBytes, size)
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

// make stores or deletes. Versions are numbers of one sequence over all tables: none comes twice, also for a row that
// went and came.
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
