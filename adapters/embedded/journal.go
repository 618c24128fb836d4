package embedded

import (
	"bytes"
	"context"
	"encoding/binary"
	"iter"
	"strconv"

	bolt "go.etcd.io/bbolt"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// The buckets of a day. A finished stream moves from open to finished, so that Index walks only what is left.
var (
	bucketOpen     = []byte("open")
	bucketFinished = []byte("finished")
	bucketBlocks   = []byte("blocks")
	bucketVersions = []byte("versions") // moves of marks and ends, counted by shard
)

// fill is how full a leaf is left by a split: streams are appended to at their ends.
const fill = 0.9

// log is the store as a journal.Journal.
type log struct{ *Store }

// Journal is the store's journal.
func (s *Store) Journal() journal.Journal { return log{s} }

// day is the buckets of one day.
type day struct{ open, finished, blocks, versions *bolt.Bucket }

// dayOf finds a day's buckets, nil when there are none.
func dayOf(tx *bolt.Tx, d telemetry.Day) *day {
	b := tx.Bucket(bucketJournal).Bucket(dayKey(d))
	if b == nil {
		return nil
	}
	return &day{b.Bucket(bucketOpen), b.Bucket(bucketFinished), b.Bucket(bucketBlocks), b.Bucket(bucketVersions)}
}

// makeDay finds or makes a day's buckets; fault.Conflict for one that was expired.
func makeDay(t *txn, op string, d telemetry.Day) (*day, error) {
	if found := dayOf(t.Tx, d); found != nil {
		return found, nil
	}
	if e := t.Bucket(bucketMeta).Get(keyDayExpired); e != nil && int32(d) < signed(e) {
		return nil, fault.New(fault.Conflict, op, "the day %s was given up", d)
	}
	t.dirty = true
	b, err := t.Bucket(bucketJournal).CreateBucket(dayKey(d))
	if err != nil {
		return nil, err
	}
	for _, name := range [][]byte{bucketOpen, bucketFinished, bucketBlocks, bucketVersions} {
		if _, err := b.CreateBucket(name); err != nil {
			return nil, err
		}
	}
	return dayOf(t.Tx, d), nil
}

// state finds a stream's state. A day of nil holds nothing.
func (d *day) state(op string, s telemetry.Stream) (st journal.State, found bool, err error) {
	if d == nil {
		return journal.State{Stream: s}, false, nil
	}
	key := streamKey(s)
	v := d.open.Get(key)
	if v == nil {
		v = d.finished.Get(key)
	}
	if v == nil {
		return journal.State{Stream: s}, false, nil
	}
	st, err = decodeState(s, v)
	return st, true, fault.Wrap(fault.Corrupt, op, err)
}

// put stores a state where it belongs.
func (d *day) put(t *txn, st journal.State) error {
	t.dirty = true
	key := streamKey(st.Stream)
	if !st.Finished() {
		return d.open.Put(key, encodeState(st))
	}
	if err := d.open.Delete(key); err != nil {
		return err
	}
	return d.finished.Put(key, encodeState(st))
}

// moved counts a move of a mark, or an end, of a shard's streams.
func (d *day) moved(s telemetry.Shard) error {
	key := shardKey(s)
	n := uint64(1)
	if v := d.versions.Get(key); len(v) == 8 {
		n += binary.BigEndian.Uint64(v)
	}
	return d.versions.Put(key, binary.BigEndian.AppendUint64(nil, n))
}

// Identity implements journal.Journal.
func (l log) Identity(ctx context.Context) (p journal.Place, err error) {
	const op = "journal.identity"
	err = l.view(ctx, op, func(tx *bolt.Tx) error {
		v := tx.Bucket(bucketMeta).Get(keyPlace)
		if v == nil {
			return fault.New(fault.NotFound, op, "the journal was never initialised")
		}
		p, err = decodePlace(v)
		return err
	})
	return p, err
}

// Append implements journal.Journal.
func (l log) Append(ctx context.Context, a journal.Append) (journal.Stored, error) {
	const op = "journal.append"
	if err := checkBlock(op, a.At.Stream, a.At.Number, a.Block); err != nil {
		return journal.Stored{}, err
	}
	record := newBlock(false, a.Block)
	var stored journal.Stored
	err := l.write(ctx, op, len(record), func(t *txn) (err error) {
		stored, err = appendBlock(t, op, a.At, a.Continues, record)
		return err
	})
	if err != nil {
		return journal.Stored{}, err
	}
	return stored, nil
}

func appendBlock(t *txn, op string, at telemetry.Position, continues telemetry.Stream, record []byte) (journal.Stored, error) {
	var none journal.Stored
	d, err := makeDay(t, op, at.Stream.Day)
	if err != nil {
		return none, err
	}
	st, found, err := d.state(op, at.Stream)
	if err != nil {
		return none, err
	}
	if held, there, err := d.block(at); err != nil {
		return none, fault.Wrap(fault.Corrupt, op, err)
	} else if there && at.Number > st.Mark {
		if !sameBlock(held, record) {
			return none, fault.New(fault.Conflict, op, "%s is taken", at)
		}
		head, err := decodeBlockHead(held)
		return journal.Stored{By: moment(head.stored)}, fault.Wrap(fault.Corrupt, op, err)
	}
	if st.Ended {
		return none, fault.New(fault.Conflict, op, "the stream %s has ended", at.Stream)
	}
	if !found {
		st.Continues = continues
	}
	st.Touched = moment(t.now)
	if err := d.put(t, st); err != nil {
		return none, err
	}
	if at.Number > st.Mark { // at or below the mark it would only be swept
		if err := d.putBlock(t, at, record); err != nil {
			return none, err
		}
	}
	return journal.Stored{By: moment(t.now)}, nil
}

// block reads a number's record, whole.
func (d *day) block(at telemetry.Position) (record []byte, found bool, err error) {
	prefix := blocksKey(at.Stream)
	first := d.blocks.Get(appendNumber(prefix, at.Number, 0))
	if first == nil {
		return nil, false, nil
	}
	head, err := decodeBlockHead(first)
	if err != nil {
		return nil, true, err
	}
	record = append(make([]byte, 0, blockHeader+head.size), first...)
	for part := 1; len(record) < blockHeader+head.size; part++ {
		p := d.blocks.Get(appendNumber(prefix, at.Number, part))
		if len(p) == 0 {
			return nil, true, errRecord
		}
		record = append(record, p...)
	}
	return record, true, nil
}

func (d *day) putBlock(t *txn, at telemetry.Position, record []byte) error {
	t.dirty = true
	stampBlock(record, t.now)
	d.blocks.FillPercent = fill
	prefix := blocksKey(at.Stream)
	for part := 0; part == 0 || len(record) > 0; part++ {
		n := min(len(record), partBytes)
		if err := d.blocks.Put(appendNumber(prefix, at.Number, part), record[:n:n]); err != nil {
			return err
		}
		record = record[n:]
	}
	return nil
}

// sameBlock compares records but for the time they were stored.
func sameBlock(a, b []byte) bool {
	return a[1] == b[1] && bytes.Equal(a[blockHeader:], b[blockHeader:])
}

// maxKeyText keeps every key of a stream below what bbolt allows, escaped at worst.
const maxKeyText = 4 << 10

func checkBlock(op string, s telemetry.Stream, n telemetry.Number, block []byte) error {
	switch {
	case n == 0:
		return fault.New(fault.Invalid, op, "numbers of a stream begin at 1")
	case len(block) > telemetry.MaxBlockBytes:
		return fault.New(fault.TooLarge, op, "a block has at most %d bytes, this has %d", telemetry.MaxBlockBytes, len(block))
	}
	return checkStream(op, s)
}

func checkStream(op string, s telemetry.Stream) error {
	if len(s.Shard.Tenant) > maxKeyText || len(s.Writer) > maxKeyText {
		return fault.New(fault.TooLarge, op, "a name has at most %d bytes", maxKeyText)
	}
	return nil
}

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

func (l log) readPage(ctx context.Context, s telemetry.Stream, after telemetry.Number) (page []journal.Entry, more bool, err error) {
	const op = "journal.read"
	err = l.view(ctx, op, func(tx *bolt.Tx) error {
		d := dayOf(tx, s.Day)
		st, found, err := d.state(op, s)
		if err != nil || !found {
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
	now, err := l.now(ctx, op)
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
