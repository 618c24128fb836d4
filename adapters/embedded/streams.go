package embedded

import (
	"bytes"
	"context"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// What happens to a whole stream: Drop, End, Seal, Fill.

// sweepKeys bounds the deletes of one transaction.
const sweepKeys = 1024

// Drop implements journal.Journal.
func (l log) Drop(ctx context.Context, s telemetry.Stream, through telemetry.Number) error {
	const op = "journal.drop"
	return l.steps(ctx, op, func(t *txn) (more bool, err error) { return drop(t, op, s, through) })
}

// drop moves the mark and deletes some of what is at or below it, in one transaction.
func drop(t *txn, op string, s telemetry.Stream, through telemetry.Number) (more bool, err error) {
	d := dayOf(t.Tx, s.Day)
	st, found, err := d.state(op, s)
	switch {
	case err != nil:
		return false, err
	case !found:
		return false, fault.New(fault.NotFound, op, "no stream %s", s)
	case st.Sealed && through > st.Last:
		return false, fault.New(fault.Invalid, op, "the stream %s ends with %d", s, st.Last)
	}
	if through > st.Mark {
		st.Mark = through
		if err := d.moved(s.Shard); err != nil {
			return false, err
		}
	}
	if more, err = d.sweep(t, s, st.Mark); err != nil {
		return false, err
	}
	if more { // a finished stream stays listed until its blocks have gone
		return true, d.keep(t, st)
	}
	return false, d.put(t, st)
}

// sweep deletes keys at or below the mark, and says whether it left some.
func (d *day) sweep(t *txn, s telemetry.Stream, mark telemetry.Number) (more bool, err error) {
	prefix := blocksKey(s)
	var gone [][]byte
	c := d.blocks.Cursor()
	for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = c.Next() {
		n, _, err := numberOf(prefix, k)
		if err != nil {
			return false, err
		}
		if n > mark {
			break
		}
		if len(gone) == sweepKeys {
			more = true
			break
		}
		gone = append(gone, bytes.Clone(k))
	}
	for _, k := range gone {
		t.dirty = true
		if err := d.blocks.Delete(k); err != nil {
			return false, err
		}
	}
	return more, nil
}

// End implements journal.Journal.
func (l log) End(ctx context.Context, s telemetry.Stream) (journal.State, error) {
	const op = "journal.end"
	if err := checkStream(op, s); err != nil {
		return journal.State{}, err
	}
	var after journal.State
	err := l.write(ctx, op, 0, func(t *txn) error {
		d, err := makeDay(t, op, s.Day)
		if err != nil {
			return err
		}
		st, _, err := d.state(op, s)
		if err != nil {
			return err
		}
		after = st
		if st.Ended {
			return nil
		}
		after.Ended, after.Touched = true, journal.State{}.Touched
		if err := d.put(t, after); err != nil {
			return err
		}
		return d.moved(s.Shard)
	})
	if err != nil {
		return journal.State{}, err
	}
	return after, nil
}

// Seal implements journal.Journal.
func (l log) Seal(ctx context.Context, s telemetry.Stream, last telemetry.Number) error {
	const op = "journal.seal"
	return l.write(ctx, op, 0, func(t *txn) error {
		d := dayOf(t.Tx, s.Day)
		st, _, err := d.state(op, s)
		switch {
		case err != nil:
			return err
		case !st.Ended:
			return fault.New(fault.Invalid, op, "the stream %s has not ended", s)
		case st.Sealed && st.Last != last:
			return fault.New(fault.Conflict, op, "the stream %s is sealed at %d", s, st.Last)
		case st.Sealed:
			return nil
		}
		st.Sealed, st.Last = true, last
		return d.put(t, st)
	})
}

// Fill implements journal.Journal.
func (l log) Fill(ctx context.Context, s telemetry.Stream, e journal.Entry) error {
	const op = "journal.fill"
	if e.Void {
		e.Block = nil
	}
	if err := checkBlock(op, s, e.Number, e.Block); err != nil {
		return err
	}
	record := newBlock(e.Void, e.Block)
	return l.write(ctx, op, len(record), func(t *txn) error {
		d := dayOf(t.Tx, s.Day)
		st, _, err := d.state(op, s)
		switch {
		case err != nil:
			return err
		case !st.Ended || st.Sealed:
			return fault.New(fault.Invalid, op, "the stream %s is not both ended and unsealed", s)
		case e.Number <= st.Mark:
			return nil
		}
		at := telemetry.Position{Stream: s, Number: e.Number}
		held, there, err := d.block(at)
		switch {
		case err != nil:
			return fault.Wrap(fault.Corrupt, op, err)
		case there && !sameBlock(held, record):
			return fault.New(fault.Conflict, op, "%s is taken", at)
		case there:
			return nil
		}
		return d.putBlock(t, at, record)
	})
}
