package aztable

import (
	"context"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"tidemark/adapters/internal/azkit"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// maxBatch is how many actions the service takes in a batch.
const maxBatch = 100

// Drop implements journal.Journal: the mark moves in a compare-and-swap of row c, then the blocks go in batches.
func (j *Journal) Drop(ctx context.Context, s telemetry.Stream, through telemetry.Number) error {
	const op = "journal.drop"
	p, err := j.place(op, s)
	if err != nil {
		return err
	}
	if through > maxNumber {
		return fault.New(fault.Invalid, op, "%d is no number of a block", through)
	}
	mark, err := p.moveMark(ctx, op, through)
	if err != nil {
		return azkit.Classify(ctx, op, azkit.Write, err)
	}
	return azkit.Unsure(azkit.Classify(ctx, op, azkit.Write, p.sweep(ctx, op, mark))) // the mark has moved
}

// moveMark moves the dropped mark up and gives where it is.
func (p place) moveMark(ctx context.Context, op string, through telemetry.Number) (telemetry.Number, error) {
	for range attempts {
		rows, err := p.readIndex(ctx, op)
		if err != nil {
			return 0, azkit.Classify(ctx, op, azkit.Read, err)
		}
		if rows.birth == nil {
			return 0, fault.New(fault.NotFound, op, "there is no stream %s", p.stream)
		}
		st, err := rows.state(op, p.stream)
		switch {
		case err != nil:
			return 0, err
		case st.Sealed && through > st.Last:
			return 0, fault.New(fault.Invalid, op, "stream %s ends at %d", p.stream, st.Last)
		case through <= st.Mark:
			return st.Mark, nil
		}
		_, err = p.batch(ctx, op, p.markActions(rows, st, through))
		if err == nil || !refused(err) {
			return through, err
		}
	}
	return 0, fault.New(fault.Unavailable, op, "stream %s keeps changing", p.stream)
}

// markActions is the batch that moves the mark. Once it reaches the last number of a sealed stream nothing of the stream matters any more, but the
// rows stay. A seal that comes in between changes row c, so the batch fails and is decided anew.
func (p place) markActions(rows indexRows, st journal.State, through telemetry.Number) []azkit.Action {
	finished := st.Sealed && through == st.Last
	row := newRow(p.partition, p.index(kindMark)).flag(propLive, !finished).int(propMark, int64(through)).small()
	actions := []azkit.Action{putMark(rows.mark, row), p.newHead()}
	if finished {
		actions = append(actions, merge(newRow(p.partition, p.index(kindBirth)).flag(propLive, false).small(), azcore.ETagAny))
	}
	return actions
}

// sweep deletes what lies at or below the mark.
func (p place) sweep(ctx context.Context, op string, mark telemetry.Number) error {
	keys := azkit.And(azkit.RowKey.AtLeast(p.block(0, 0)), azkit.RowKey.Below(p.block(mark, 9)))
	for pg, err := range p.query(ctx, op, p.partition, keys, maxPage, propParts) {
		if err != nil {
			return azkit.Classify(ctx, op, azkit.Read, err)
		}
		for len(pg.rows) > 0 {
			n := min(maxBatch, len(pg.rows))
			if n < len(pg.rows) && pg.rows[n].rk[len(pg.rows[n].rk)-1] != '0' {
				n-- // both parts of a block go in one batch
			}
			if err := p.deleteRows(ctx, op, pg.rows[:n]); err != nil {
				return err
			}
			pg.rows = pg.rows[n:]
		}
	}
	return nil
}

// deleteRows deletes rows in one batch; those that another sweep has deleted are left out.
func (p place) deleteRows(ctx context.Context, op string, rows []entity) error {
	actions := make([]azkit.Action, 0, len(rows))
	for _, e := range rows {
		actions = append(actions, deletion(p.key, e.rk, azcore.ETagAny))
	}
	_, err := p.batch(ctx, op, actions)
	if !rowMissing(err) {
		return err
	}
	var present []entity
	for _, e := range rows {
		switch _, err := p.get(ctx, op, p.partition, e.rk); {
		case err == nil:
			present = append(present, e)
		case !rowMissing(err):
			return azkit.Classify(ctx, op, azkit.Read, err)
		}
	}
	if len(present) == 0 {
		return nil
	}
	if len(present) == len(rows) {
		return err // not a row of ours is missing
	}
	return p.deleteRows(ctx, op, present)
}
