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
)

// maxBatch is how many actions the service takes in a batch.
const maxBatch = 100

// Drop implements journal.Journal: the mark moves in a compare-and-swap of row c, then the blocks go in batches, and
// a stream of which nothing is left is hidden last: one whose dropper died in between stays listed, so that somebody
// drops it again.
func (j *Journal) Drop(ctx context.Context, s telemetry.Stream, through telemetry.Number) error {
	const op = "journal.drop"
	p, err := j.place(ctx, op, s)
	if err != nil {
		return err
	}
	if through > maxNumber {
		return fault.New(fault.Invalid, op, "%d is no number of a block", through)
	}
	st, listed, err := p.moveMark(ctx, op, through)
	if err != nil {
		return azkit.Classify(ctx, op, azkit.Write, err)
	}
	return azkit.Unsure(p.clear(ctx, op, st, listed)) // the mark has moved
}

// clear deletes what lies at or below the mark, and hides a listed stream that is finished.
func (p place) clear(ctx context.Context, op string, st stream.State, listed bool) error {
	err := p.sweep(ctx, op, st.Mark)
	if err == nil && listed && st.HasFinished() {
		_, err = p.Batch(ctx, op, []azkit.Action{
			tables.Merge(entity.New(p.Partition, p.index(kindBirth)).Flag(propLive, false).Small(), azcore.ETagAny),
			tables.Merge(entity.New(p.Partition, p.index(kindMark)).Flag(propLive, false).Small(), azcore.ETagAny),
		})
	}
	return azkit.Classify(ctx, op, azkit.Write, err)
}

// moveMark moves the dropped mark up. It gives the state after that, and whether the index still lists the stream.
func (p place) moveMark(ctx context.Context, op string,
	through telemetry.Number) (next stream.State, listed bool, err error) {
	for range attempts {
		rows, err := p.readIndex(ctx, op)
		if err != nil {
			return next, false, azkit.Classify(ctx, op, azkit.Read, err)
		}
		st, err := rows.state(op, p.stream)
		if err != nil {
			return next, false, err
		}
		next, do, err := st.Step(stream.Drop{Through: through}, time.Time{})
		if err != nil {
			return next, false, err
		}
		listed = rows.birth.Flag(propLive)
		if !do.Has(stream.Write) {
			return next, listed, nil
		}
		// A seal that comes in between changes row c, so the batch fails and is decided anew.
		row := entity.New(p.Partition, p.index(kindMark)).Flag(propLive, true).Int(propMark, int64(through)).Small()
		_, err = p.Batch(ctx, op, []azkit.Action{putMark(rows.mark, row), p.newHead()})
		if err == nil || !tables.Refused(err) {
			return next, listed, err
		}
	}
	return next, false, fault.New(fault.Unavailable, op, "stream %s keeps changing", p.stream)
}

// sweep deletes what lies at or below the mark.
func (p place) sweep(ctx context.Context, op string, mark telemetry.Number) error {
	keys := azkit.And(azkit.RowKey.AtLeast(p.block(0, 0)), azkit.RowKey.Below(p.block(mark, 9)))
	for pg, err := range p.Query(ctx, op, p.Partition, keys, maxPage, propParts) {
		if err != nil {
			return azkit.Classify(ctx, op, azkit.Read, err)
		}
		for len(pg.Rows) > 0 {
			n := min(maxBatch, len(pg.Rows))
			if n < len(pg.Rows) && pg.Rows[n].RK[len(pg.Rows[n].RK)-1] != '0' {
				n-- // both parts of a block go in one batch
			}
			if err := p.deleteRows(ctx, op, pg.Rows[:n]); err != nil {
				return err
			}
			pg.Rows = pg.Rows[n:]
		}
	}
	return nil
}

// deleteRows deletes rows in one batch; those that another sweep has deleted are left out.
func (p place) deleteRows(ctx context.Context, op string, rows []entity.Entity) error {
	actions := make([]azkit.Action, 0, len(rows))
	for _, e := range rows {
		actions = append(actions, tables.Deletion(p.Key, e.RK, azcore.ETagAny))
	}
	_, err := p.Batch(ctx, op, actions)
	if !tables.RowMissing(err) {
		return err
	}
	var present []entity.Entity
	for _, e := range rows {
		switch _, err := p.Get(ctx, op, p.Partition, e.RK); {
		case err == nil:
			present = append(present, e)
		case !tables.RowMissing(err):
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

// putMark is the compare-and-swap of row c.
func putMark(present *entity.Entity, r entity.Row) azkit.Action {
	if present == nil {
		return tables.Insertion(r)
	}
	return tables.Replacement(r, present.ETag)
}
