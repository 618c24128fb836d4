package aztable

import (
	"context"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// maxParts is how many rows a block may take: three of 960 KiB would pass the 4 MiB of a batch in base64.
const maxParts = 2

// blockRows writes a block, or a void, as one row or two. The first says how many there are.
func (p place) blockRows(op string, e journal.Entry) ([]row, error) {
	if len(e.Block) > telemetry.MaxBlockBytes || len(e.Block) > maxParts*maxValue {
		return nil, fault.New(fault.TooLarge, op, "a block of %d bytes is over the bound of %d", len(e.Block),
			telemetry.MaxBlockBytes)
	}
	parts := max(1, (len(e.Block)+maxValue-1)/maxValue)
	rows := make([]row, 0, parts)
	for i := range parts {
		w := newRow(p.partition, p.block(e.Number, i))
		if i == 0 {
			w.int(propParts, int64(parts))
		}
		if e.Void {
			w.flag(propVoid, true)
		}
		row, err := w.value(e.Block[i*maxValue : min(len(e.Block), (i+1)*maxValue)]).done()
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
	first, err := p.get(ctx, op, p.partition, p.block(n, 0))
	if err != nil {
		return journal.Entry{}, time.Time{}, err
	}
	e, parts, err := first.entry(op, n)
	if err != nil || parts == 1 {
		return e, first.at, err
	}
	second, err := p.get(ctx, op, p.partition, p.block(n, 1))
	if err != nil {
		return journal.Entry{}, time.Time{}, err // both were there in one batch, and both go in one
	}
	rest, err := second.value(op)
	e.Block = append(e.Block, rest...)
	return e, first.at, err
}

// entry reads the first row of a number.
func (e entity) entry(op string, n telemetry.Number) (journal.Entry, int, error) {
	parts, err := e.int(op, propParts)
	if err != nil || parts < 1 || parts > maxParts {
		return journal.Entry{}, 0, corrupt(op, "row %s does not say of how many it is", e.rk)
	}
	if e.flag(propVoid) {
		return journal.Entry{Number: n, Void: true}, int(parts), nil
	}
	value, err := e.value(op)
	return journal.Entry{Number: n, Block: value}, int(parts), err
}
