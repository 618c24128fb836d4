package embedded

import (
	"bytes"
	"cmp"
	"context"

	"tidemark/adapters/embedded/internal/keys"
	"tidemark/domain/stream"
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
	st, err := d.state(op, s)
	if err != nil {
		return false, err
	}
	do, err := d.reach(t, &st, stream.Drop{Through: through})
	if err != nil {
		return false, err
	}
	return d.swept(t, st, do)
}

// swept does stream.Sweep, a part of it if that is much: more is left then, and the stream is still listed.
func (d *day) swept(t *txn, st kept, do stream.Effects) (more bool, err error) {
	if !do.Has(stream.Sweep) {
		return false, nil
	}
	if more, err = d.sweep(t, st.Stream, st.Mark); err != nil || more {
		return more, err
	}
	return false, d.finish(t, st)
}

// sweep deletes keys at or below the mark, and says whether it left some.
func (d *day) sweep(t *txn, s telemetry.Stream, mark telemetry.Number) (more bool, err error) {
	prefix := keys.Blocks(s)
	var gone [][]byte
	c := d.blocks.Cursor()
	for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = c.Next() {
		n, _, err := keys.NumberOf(prefix, k)
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
		if d.stamps == nil {
			continue
		}
		if err := d.stamps.Delete(keys.Stamp(k)); err != nil {
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
		st, err := d.state(op, s)
		if err != nil {
			return err
		}
		_, err = d.reach(t, &st, stream.End{})
		after = st.State
		return err
	})
	if err != nil {
		return journal.State{}, err
	}
	return after, nil
}

// Seal implements journal.Journal.
func (l log) Seal(ctx context.Context, s telemetry.Stream, last telemetry.Number, unchanged string) error {
	const op = "journal.seal"
	return l.steps(ctx, op, func(t *txn) (more bool, err error) {
		d := dayOf(t.Tx, s.Day)
		st, err := d.state(op, s)
		if err != nil {
			return false, err
		}
		changed := unchanged != "" && st.Version != unchanged
		do, err := d.reach(t, &st, stream.Seal{Last: last, Changed: changed})
		if err != nil {
			return false, err
		}
		return d.swept(t, st, do)
	})
}

// Fill implements journal.Journal.
func (l log) Fill(ctx context.Context, s telemetry.Stream, e journal.Entry) error {
	const op = "journal.fill"
	e, err := journal.CheckFill(op, e)
	if err = cmp.Or(err, checkStream(op, s)); err != nil {
		return err
	}
	record := newBlock(e.Void, e.Block)
	return l.write(ctx, op, len(record), func(t *txn) error {
		d := dayOf(t.Tx, s.Day)
		st, err := d.state(op, s)
		if err != nil {
			return err
		}
		at := telemetry.Position{Stream: s, Number: e.Number}
		held, _, err := d.held(op, at, record)
		if err != nil {
			return err
		}
		do, err := d.reach(t, &st, stream.Fill{Number: e.Number, Held: held})
		if err != nil || !do.Has(stream.Store) {
			return err
		}
		return d.putBlock(t, at, record, e.Stamp)
	})
}
