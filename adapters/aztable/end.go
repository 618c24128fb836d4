package aztable

import (
	"context"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"tidemark/adapters/aztable/internal/entity"
	"tidemark/adapters/aztable/internal/tables"
	"tidemark/adapters/internal/azkit"
	"tidemark/domain/fault"
	"tidemark/domain/stream"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// End implements journal.Journal. A stream that arrived is ended by {merge a to a tombstone, delete b}, one that did
// not by {insert a as a tombstone}; when one is refused the other is tried, until a is a tombstone.
func (j *Journal) End(ctx context.Context, s telemetry.Stream) (journal.State, error) {
	const op = "journal.end"
	p, err := j.place(ctx, op, s)
	if err != nil {
		return journal.State{}, err
	}
	for i := range attempts {
		rows, err := p.readIndex(ctx, op)
		if err != nil {
			err = azkit.Classify(ctx, op, azkit.Read, err)
			if i > 0 {
				err = azkit.Unsure(err) // the stream has ended, only its state is not known
			}
			return journal.State{}, err
		}
		st, err := rows.state(op, s)
		if err != nil {
			return st, err
		}
		_, do, err := st.Step(stream.End{}, time.Time{})
		if err != nil || !do.Has(stream.Write) {
			return st, err
		}
		actions := p.endUnborn()
		if st.Born() {
			actions = p.endBorn()
		}
		switch _, err := p.Batch(ctx, op, actions); {
		case tables.Missing(err):
			return journal.State{}, j.missingTable(ctx, op, s.Day, err)
		case err != nil && !tables.Refused(err):
			return journal.State{}, azkit.Classify(ctx, op, azkit.Write, err)
		}
	}
	return journal.State{}, fault.New(fault.Unavailable, op, "stream %s keeps changing", s)
}

func (p place) endBorn() []azkit.Action {
	return []azkit.Action{
		tables.Merge(entity.New(p.Partition, p.index(kindBirth)).Flag(propEnded, true).Small(), azcore.ETagAny),
		tables.Deletion(p.Key, p.index(kindOpen), azcore.ETagAny),
		tables.Insertion(versioned(entity.New(p.Partition, p.index(kindEnded)).Flag(propLive, true)).Small()),
		p.newHead(),
	}
}

func (p place) endUnborn() []azkit.Action {
	return []azkit.Action{
		tables.Insertion(entity.New(p.Partition, p.index(kindBirth)).Flag(propLive, true).Flag(propEnded, true).
			Small()),
		tables.Insertion(versioned(entity.New(p.Partition, p.index(kindEnded)).Flag(propLive, true)).Small()),
		p.newHead(),
	}
}

// Seal implements journal.Journal. It conditions on the versions of rows a and c that it read and writes both, so
// that it and a drop notice each other; where nothing may have changed, on the version of row d too, which every fill
// writes.
func (j *Journal) Seal(ctx context.Context, s telemetry.Stream, last telemetry.Number, unchanged string) error {
	const op = "journal.seal"
	p, err := j.place(ctx, op, s)
	if err != nil {
		return err
	}
	if last > maxNumber {
		return fault.New(fault.Invalid, op, "%d is no number of a block", last)
	}
	for range attempts {
		rows, err := p.readIndex(ctx, op)
		if err != nil {
			return azkit.Classify(ctx, op, azkit.Read, err)
		}
		st, err := rows.state(op, s)
		if err != nil {
			return err
		}
		e := stream.Seal{Last: last, Changed: unchanged != "" && st.Version != unchanged}
		next, do, err := st.Step(e, time.Time{})
		if err != nil {
			return err
		}
		if do.Has(stream.Write) {
			fill := azcore.ETagAny
			if unchanged != "" && rows.ended != nil {
				fill = rows.ended.ETag
			}
			_, err = p.Batch(ctx, op, p.seal(rows, st, last, fill))
		}
		if tables.Refused(err) {
			continue
		}
		if err != nil || !do.Has(stream.Sweep) {
			return azkit.Classify(ctx, op, azkit.Write, err)
		}
		listed := do.Has(stream.Write) || rows.birth.Flag(propLive)
		return azkit.Unsure(p.clear(ctx, op, next, listed))
	}
	return fault.New(fault.Unavailable, op, "stream %s keeps changing", s)
}

// seal is the batch that seals a stream whose row d is still that of the last fill.
func (p place) seal(rows indexRows, st journal.State, last telemetry.Number, fill azcore.ETag) []azkit.Action {
	mark := entity.New(p.Partition, p.index(kindMark)).Flag(propLive, true).Int(propMark, int64(st.Mark)).Small()
	return []azkit.Action{
		tables.Merge(versioned(entity.New(p.Partition, p.index(kindBirth)).Flag(propLive, true).Flag(propSealed, true).
			Int(propLast, int64(last))).Small(), rows.birth.ETag),
		putMark(rows.mark, mark),
		tables.Deletion(p.Key, p.index(kindEnded), fill),
		p.newHead(),
	}
}

// Fill implements journal.Journal with the batch {insert the block, merge row d if it is there}.
func (j *Journal) Fill(ctx context.Context, s telemetry.Stream, e journal.Entry) error {
	const op = "journal.fill"
	p, err := j.place(ctx, op, s)
	if err != nil {
		return err
	}
	if err := checkNumber(op, e.Number); err != nil {
		return err
	}
	if e, err = journal.CheckFill(op, e); err != nil {
		return err
	}
	block, err := p.blockRows(op, e)
	if err != nil {
		return err
	}
	for range attempts {
		again, err := p.fill(ctx, op, e, block)
		if err != nil || !again {
			return azkit.Classify(ctx, op, azkit.Write, err)
		}
	}
	return fault.New(fault.Unavailable, op, "stream %s keeps changing", s)
}

// fill tries once. again means that what it met has gone since.
func (p place) fill(ctx context.Context, op string, e journal.Entry, block []entity.Row) (again bool, err error) {
	rows, err := p.readIndex(ctx, op)
	if err != nil {
		return false, azkit.Classify(ctx, op, azkit.Read, err)
	}
	st, err := rows.state(op, p.stream)
	if err != nil {
		return false, err
	}
	if _, do, err := st.Step(stream.Fill{Number: e.Number}, time.Time{}); err != nil || !do.Has(stream.Store) {
		return false, err
	}
	actions := make([]azkit.Action, 0, 3)
	for _, part := range block {
		actions = append(actions, tables.Insertion(part))
	}
	actions = append(actions,
		tables.Merge(versioned(entity.New(p.Partition, p.index(kindEnded))).Small(), azcore.ETagAny))
	switch _, err = p.Batch(ctx, op, actions); {
	case tables.RowMissing(err):
		return true, nil // sealed in between
	case tables.RowExists(err):
		return p.filled(ctx, op, st, e)
	}
	return false, err
}

// filled decides about a number that is taken.
func (p place) filled(ctx context.Context, op string, st journal.State, e journal.Entry) (again bool, err error) {
	there, _, err := p.readBlock(ctx, op, e.Number)
	switch {
	case tables.RowMissing(err):
		return true, nil // swept in between
	case err != nil:
		return false, azkit.Unsure(azkit.Classify(ctx, op, azkit.Read, err)) // it may be what an earlier try stored
	}
	_, _, err = st.Step(stream.Fill{Number: e.Number, Held: held(there, e)}, time.Time{})
	return false, err
}
