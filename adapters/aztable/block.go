package aztable

import (
	"context"
	"time"

	"tidemark/adapters/aztable/internal/entity"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// maxParts is how many rows a block may take: three of 960 KiB would pass the 4 MiB of a batch in base64.
const maxParts = 2

// blockRows writes a block, or a void, as one row or two. The first says how many there are.
func (p place) blockRows(op string, e journal.Entry) ([]entity.Row, error) {
	if len(e.Block) > telemetry.MaxBlockBytes || len(e.Block) > maxParts*entity.MaxValue {
		return nil, fault.New(fault.TooLarge, op, "a block of %d bytes is over the bound of %d", len(e.Block),
			telemetry.MaxBlockBytes)
	}
	parts := max(1, (len(e.Block)+entity.MaxValue-1)/entity.MaxValue)
	rows := make([]entity.Row, 0, parts)
	for i := range parts {
		w := entity.New(p.Partition, p.block(e.Number, i))
		if i == 0 {
			w.Int(propParts, int64(parts))
			if e.Stamp != 0 {
				w.Int(propStamp, int64(e.Stamp))
			}
		}
		if e.Void {
			w.Flag(propVoid, true)
		}
		row, err := w.Value(e.Block[i*entity.MaxValue : min(len(e.Block), (i+1)*entity.MaxValue)]).Done()
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// readBlock gets what a number holds and when it was stored. The service's 404 comes back as it is when it holds
// nothing.
func (p place) readBlock(ctx context.Context, op string, n telemetry.Number) (journal.Entry, time.Time, error) {
	first, err := p.Get(ctx, op, p.Partition, p.block(n, 0))
	if err != nil {
		return journal.Entry{}, time.Time{}, err
	}
	e, parts, err := entryOf(op, first, n)
	if err != nil || parts == 1 {
		return e, first.At, err
	}
	second, err := p.Get(ctx, op, p.Partition, p.block(n, 1))
	if err != nil {
		return journal.Entry{}, time.Time{}, err // both were there in one batch, and both go in one
	}
	rest, err := second.Value(op)
	e.Block = append(e.Block, rest...)
	return e, first.At, err
}

// headOf reads of the first row of a number what is not its value, and of how many rows it is. A row of before has no
// stamp.
func headOf(op string, e entity.Entity, n telemetry.Number) (journal.Head, int, error) {
	parts, err := e.Int(op, propParts)
	if err != nil || parts < 1 || parts > maxParts {
		return journal.Head{}, 0, entity.Corrupt(op, "row %s does not say of how many it is", e.RK)
	}
	if e.Flag(propVoid) {
		return journal.Head{Number: n, Void: true}, int(parts), nil
	}
	stamp, err := e.Int(op, propStamp)
	return journal.Head{Number: n, Stamp: telemetry.Stamp(stamp)}, int(parts), err
}

// entryOf reads the first row of a number.
func entryOf(op string, e entity.Entity, n telemetry.Number) (journal.Entry, int, error) {
	h, parts, err := headOf(op, e, n)
	if err != nil || h.Void {
		return journal.Entry{Number: n, Void: h.Void}, parts, err
	}
	value, err := e.Value(op)
	return journal.Entry{Number: n, Stamp: h.Stamp, Block: value}, parts, err
}
