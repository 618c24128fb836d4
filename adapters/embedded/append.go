package embedded

import (
	"bytes"
	"context"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

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

func appendBlock(t *txn, op string, at telemetry.Position, continues telemetry.Stream,
	record []byte) (journal.Stored, error) {
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
		return journal.Stored{By: moment(head.stored), Now: moment(t.now)}, fault.Wrap(fault.Corrupt, op, err)
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
	return journal.Stored{By: moment(t.now), Now: moment(t.now)}, nil
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
		return fault.New(fault.TooLarge, op, "a block has at most %d bytes, this has %d", telemetry.MaxBlockBytes,
			len(block))
	}
	return checkStream(op, s)
}

func checkStream(op string, s telemetry.Stream) error {
	if len(s.Shard.Tenant) > maxKeyText || len(s.Writer) > maxKeyText {
		return fault.New(fault.TooLarge, op, "a name has at most %d bytes", maxKeyText)
	}
	return nil
}
