package embedded

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"iter"
	"strconv"

	bolt "go.etcd.io/bbolt"

	"tidemark/adapters/embedded/internal/keys"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// The bounds of what one transaction of Read or Scan copies out.
const (
	pageItems = 128
	pageBytes = 2 << 20
	pageHeads = 1024 // of Heads
)

// Read implements journal.Journal.
func (l log) Read(ctx context.Context, s telemetry.Stream, after telemetry.Number) iter.Seq2[journal.Entry, error] {
	return pages(ctx, l, "journal.read", s, after, (*day).entries, journal.Entry.Head)
}

// Heads implements journal.Journal.
func (l log) Heads(ctx context.Context, s telemetry.Stream, after telemetry.Number) iter.Seq2[journal.Head, error] {
	return pages(ctx, l, "journal.heads", s, after, (*day).heads, func(h journal.Head) journal.Head { return h })
}

// pages yields what take finds above a number, each page in a transaction of its own. No page without more is the
// last.
func pages[E any](ctx context.Context, l log, op string, s telemetry.Stream, after telemetry.Number,
	take func(*day, telemetry.Stream, telemetry.Number) ([]E, bool, error),
	head func(E) journal.Head) iter.Seq2[E, error] {
	return func(yield func(E, error) bool) {
		for more := true; more; {
			var page []E
			err := l.view(ctx, op, func(tx *bolt.Tx) error {
				d := dayOf(tx, s.Day)
				st, err := d.state(op, s)
				more = false
				if err == nil && st.Born() {
					page, more, err = take(d, s, max(after, st.Mark))
				}
				return err
			})
			if err != nil {
				yield(*new(E), err)
				return
			}
			for _, e := range page {
				if !yield(e, nil) {
					return
				}
				after = head(e).Number
			}
		}
	}
}

// heads copies out a page of what is known of the numbers above one, without their blocks.
func (d *day) heads(s telemetry.Stream, after telemetry.Number) (page []journal.Head, more bool, err error) {
	prefix := keys.Blocks(s)
	for c := d.blocks.Cursor(); after < ^telemetry.Number(0) && len(page) < pageHeads; {
		k, v := c.Seek(keys.AppendNumber(prefix, after+1, 0))
		if !bytes.HasPrefix(k, prefix) {
			return page, false, nil
		}
		h, _, err := d.head(prefix, k, v)
		if err != nil {
			return nil, false, err
		}
		page = append(page, h)
		after = h.Number
	}
	return page, after < ^telemetry.Number(0), nil
}

// head reads the first part of a block.
func (d *day) head(prefix, k, v []byte) (h journal.Head, size int, err error) {
	n, part, err := keys.NumberOf(prefix, k)
	if err != nil || part != 0 {
		return h, 0, cmp.Or(err, errRecord)
	}
	block, err := decodeBlockHead(v)
	if err != nil {
		return h, 0, err
	}
	h = journal.Head{Number: n, Void: block.void}
	if d.stamps != nil && !h.Void {
		if at := d.stamps.Get(keys.Stamp(k)); len(at) == 8 {
			h.Stamp = telemetry.Stamp(binary.BigEndian.Uint64(at))
		}
	}
	return h, block.size, nil
}

// entries copies out a page of entries above a number.
func (d *day) entries(s telemetry.Stream, after telemetry.Number) (page []journal.Entry, more bool, err error) {
	if after == ^telemetry.Number(0) {
		return nil, false, nil
	}
	prefix, size, want := keys.Blocks(s), 0, 0
	c := d.blocks.Cursor()
	for k, v := c.Seek(keys.AppendNumber(prefix, after+1, 0)); bytes.HasPrefix(k, prefix); k, v = c.Next() {
		n, part, err := keys.NumberOf(prefix, k)
		if err != nil {
			return nil, false, err
		}
		if part == 0 {
			if len(page) == pageItems || size >= pageBytes {
				return page, true, nil
			}
			head, length, err := d.head(prefix, k, v)
			if err != nil || want != 0 {
				return nil, false, errRecord
			}
			page = append(page, journal.Entry{Number: n, Void: head.Void, Stamp: head.Stamp,
				Block: make([]byte, 0, length)})
			v, want = v[blockHeader:], length
			size += length
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

// State implements journal.Journal.
func (l log) State(ctx context.Context, s telemetry.Stream) (journal.State, error) {
	const op = "journal.state"
	var st kept
	err := l.view(ctx, op, func(tx *bolt.Tx) (err error) {
		st, err = dayOf(tx, s.Day).state(op, s)
		return err
	})
	return st.State, err
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
		prefix := keys.Shard(of)
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
			x.Streams = append(x.Streams, st.State)
		}
		return nil
	})
	if err != nil {
		return journal.Index{}, err
	}
	return x, nil
}
