package embedded

import (
	"bytes"
	"context"
	"encoding/binary"
	"iter"
	"strconv"

	bolt "go.etcd.io/bbolt"

	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// The bounds of what one transaction of Read or Scan copies out.
const (
	pageItems = 128
	pageBytes = 2 << 20
)

// Read implements journal.Journal.
func (l log) Read(ctx context.Context, s telemetry.Stream, after telemetry.Number) iter.Seq2[journal.Entry, error] {
	return func(yield func(journal.Entry, error) bool) {
		for {
			page, more, err := l.readPage(ctx, s, after)
			if err != nil {
				yield(journal.Entry{}, err)
				return
			}
			for _, e := range page {
				if !yield(e, nil) {
					return
				}
				after = e.Number
			}
			if !more {
				return
			}
		}
	}
}

func (l log) readPage(ctx context.Context, s telemetry.Stream,
	after telemetry.Number) (page []journal.Entry, more bool, err error) {
	const op = "journal.read"
	err = l.view(ctx, op, func(tx *bolt.Tx) error {
		d := dayOf(tx, s.Day)
		st, err := d.state(op, s)
		if err != nil || !st.Born() {
			return err
		}
		page, more, err = d.entries(s, max(after, st.Mark))
		return err
	})
	return page, more, err
}

// entries copies out a page of entries above a number.
func (d *day) entries(s telemetry.Stream, after telemetry.Number) (page []journal.Entry, more bool, err error) {
	if after == ^telemetry.Number(0) {
		return nil, false, nil
	}
	prefix, size, want := blocksKey(s), 0, 0
	c := d.blocks.Cursor()
	for k, v := c.Seek(appendNumber(prefix, after+1, 0)); bytes.HasPrefix(k, prefix); k, v = c.Next() {
		n, part, err := numberOf(prefix, k)
		if err != nil {
			return nil, false, err
		}
		if part == 0 {
			if len(page) == pageItems || size >= pageBytes {
				return page, true, nil
			}
			head, err := decodeBlockHead(v)
			if err != nil || want != 0 {
				return nil, false, errRecord
			}
			page = append(page, journal.Entry{Number: n, Void: head.void, Block: make([]byte, 0, head.size)})
			v, want = v[blockHeader:], head.size
			size += head.size
		}
		last := len(page) - 1
		if last < 0 || page[last].Number != n || len(v) > want {
			return nil, false, errRecord
		}
		page[last].Block = append(page[last].Block, v...)
		want -= len(v)
	}
	if want != 0 {
		return nil, false, errRecord
	}
	return page, false, nil
}

// Index implements journal.Journal.
func (l log) Index(ctx context.Context, of telemetry.Shard, on telemetry.Day) (journal.Index, error) {
	const op = "journal.index"
	// The time is read first: what the transaction does not see is stored at that time or later.
	now, err := l.now(ctx, op, l.to)
	if err != nil {
		return journal.Index{}, err
	}
	x := journal.Index{At: moment(now)}
	err = l.view(ctx, op, func(tx *bolt.Tx) error {
		d := dayOf(tx, on)
		if d == nil {
			return nil
		}
		prefix := shardKey(of)
		if v := d.versions.Get(prefix); len(v) == 8 {
			x.Version = strconv.FormatUint(binary.BigEndian.Uint64(v), 36)
		}
		c := d.open.Cursor()
		for k, v := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = c.Next() {
			s := telemetry.Stream{Shard: of, Day: on, Writer: telemetry.Writer(k[len(prefix):])}
			st, err := decodeState(s, v)
			if err != nil {
				return err
			}
			x.Streams = append(x.Streams, st)
		}
		return nil
	})
	if err != nil {
		return journal.Index{}, err
	}
	return x, nil
}
