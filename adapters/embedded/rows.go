package embedded

import (
	"bytes"
	"context"
	"iter"
	"strconv"

	bolt "go.etcd.io/bbolt"

	"tidemark/adapters/embedded/internal/keys"
	"tidemark/domain/fault"
	"tidemark/ports/chunks"
)

// rows is the store as a chunks.Store.
type rows struct{ *Store }

// Rows is the store's account rows.
func (s *Store) Rows() chunks.Store { return rows{s} }

func version(sequence uint64) chunks.Version {
	return chunks.Version(strconv.FormatUint(sequence, 36))
}

// row decodes a stored value; its bytes are copied.
func row(k chunks.Key, v []byte) (chunks.Row, error) {
	sequence, nanos, value, err := decodeRow(v)
	if err != nil {
		return chunks.Row{}, err
	}
	return chunks.Row{Key: k, Value: append(make([]byte, 0, len(value)), value...), Version: version(sequence),
		Committed: moment(nanos)}, nil
}

// Get implements chunks.Store.
func (r rows) Get(ctx context.Context, k chunks.Key) (found chunks.Row, err error) {
	const op = "rows.get"
	err = r.view(ctx, op, func(tx *bolt.Tx) error {
		var v []byte
		if b := tx.Bucket(bucketRows).Bucket(keys.Table(k.Partition)); b != nil && k.Row != "" {
			v = b.Get(append(keys.Partition(k.Partition), k.Row...))
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
func (r rows) page(ctx context.Context, of chunks.Range, from string,
	after bool) (page []chunks.Row, more bool, err error) {
	err = r.view(ctx, "rows.scan", func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketRows).Bucket(keys.Table(of.Partition))
		if b == nil {
			return nil
		}
		prefix, size := keys.Partition(of.Partition), 0
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
