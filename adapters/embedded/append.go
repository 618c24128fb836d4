package embedded

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"

	"tidemark/adapters/embedded/internal/keys"
	"tidemark/domain/fault"
	"tidemark/domain/stream"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// Append implements journal.Journal.
func (l log) Append(ctx context.Context, a journal.Append) (journal.Stored, error) {
	const op = "journal.append"
	if err := cmp.Or(journal.CheckBlock(op, a.At.Number, a.Block), checkStream(op, a.At.Stream)); err != nil {
		return journal.Stored{}, err
	}
	record := newBlock(false, a.Block)
	var stored journal.Stored
	err := l.write(ctx, op, len(record), func(t *txn) (err error) {
		stored, err = appendBlock(t, op, a, record)
		return err
	})
	if err != nil {
		return journal.Stored{}, err
	}
	return stored, nil
}

func appendBlock(t *txn, op string, a journal.Append, record []byte) (journal.Stored, error) {
	at, none := a.At, journal.Stored{}
	d, err := makeDay(t, op, at.Stream.Day)
	if err != nil {
		return none, err
	}
	st, err := d.state(op, at.Stream)
	if err != nil {
		return none, err
	}
	held, by, err := d.held(op, at, record)
	if err != nil {
		return none, err
	}
	if !st.Born() {
		st.Continues = a.Continues
	}
	do, err := d.reach(t, &st, stream.Append{Number: at.Number, Held: held})
	if err != nil {
		return none, err
	}
	if do.Has(stream.Store) {
		by = t.now
		err = d.putBlock(t, at, record, a.Stamp)
	}
	return journal.Stored{By: moment(by), Now: moment(t.now)}, err
}

// held is what lies under a number to which a record comes, and when it was stored.
func (d *day) held(op string, at telemetry.Position, record []byte) (held stream.Held, by int64, err error) {
	if d == nil {
		return stream.Nothing, 0, nil
	}
	there, found, err := d.block(at)
	if err != nil || !found {
		return stream.Nothing, 0, fault.Wrap(fault.Corrupt, op, err)
	}
	head, err := decodeBlockHead(there)
	switch {
	case err != nil:
		return stream.Nothing, 0, fault.Wrap(fault.Corrupt, op, err)
	case sameBlock(there, record):
		held = stream.Same
	case head.void:
		held = stream.Void
	default:
		held = stream.Another
	}
	return held, head.stored, nil
}

// block reads a number's record, whole.
func (d *day) block(at telemetry.Position) (record []byte, found bool, err error) {
	prefix := keys.Blocks(at.Stream)
	first := d.blocks.Get(keys.AppendNumber(prefix, at.Number, 0))
	if first == nil {
		return nil, false, nil
	}
	head, err := decodeBlockHead(first)
	if err != nil {
		return nil, true, err
	}
	record = append(make([]byte, 0, blockHeader+head.size), first...)
	for part := 1; len(record) < blockHeader+head.size; part++ {
		p := d.blocks.Get(keys.AppendNumber(prefix, at.Number, part))
		if len(p) == 0 {
			return nil, true, errRecord
		}
		record = append(record, p...)
	}
	return record, true, nil
}

// putBlock stores a block. Its stamp lies in a bucket of its own: the records are those of a program of before, which
// reads them too.
func (d *day) putBlock(t *txn, at telemetry.Position, record []byte, stamp telemetry.Stamp) error {
	t.dirty = true
	if err := d.putStamp(at, stamp); err != nil {
		return err
	}
	dateBlock(record, t.now)
	d.blocks.FillPercent = fill
	prefix := keys.Blocks(at.Stream)
	for part := 0; part == 0 || len(record) > 0; part++ {
		n := min(len(record), partBytes)
		if err := d.blocks.Put(keys.AppendNumber(prefix, at.Number, part), record[:n:n]); err != nil {
			return err
		}
		record = record[n:]
	}
	return nil
}

func (d *day) putStamp(at telemetry.Position, stamp telemetry.Stamp) (err error) {
	if stamp == 0 {
		return nil
	}
	if d.stamps == nil {
		if d.stamps, err = d.all.CreateBucket(bucketStamps); err != nil {
			return err
		}
	}
	d.stamps.FillPercent = fill
	key := keys.Stamp(keys.AppendNumber(keys.Blocks(at.Stream), at.Number, 0))
	return d.stamps.Put(key, binary.BigEndian.AppendUint64(nil, uint64(stamp)))
}

// sameBlock compares records but for the time they were stored.
func sameBlock(a, b []byte) bool {
	return a[1] == b[1] && bytes.Equal(a[blockHeader:], b[blockHeader:])
}

// maxKeyText keeps every key of a stream below what bbolt allows, escaped at worst.
const maxKeyText = 4 << 10

func checkStream(op string, s telemetry.Stream) error {
	if len(s.Shard.Tenant) > maxKeyText || len(s.Writer) > maxKeyText {
		return fault.New(fault.TooLarge, op, "a name has at most %d bytes", maxKeyText)
	}
	return nil
}
