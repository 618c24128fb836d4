package aztable

import (
	"context"

	"tidemark/adapters/aztable/internal/tables"
	"tidemark/adapters/internal/azkit"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// Lower implements journal.Directory. It writes the row also where the day stays, so that it has another ETag.
func (d *Directory) Lower(ctx context.Context, s telemetry.Shard, day telemetry.Day) error {
	const op = "journal.lower"
	now, err := d.Now(ctx)
	if err != nil {
		return err
	}
	n, err := d.client.named(ctx)
	if err != nil {
		return err
	}
	expired, err := d.firstPeriod(ctx, op)
	if err != nil {
		return azkit.Classify(ctx, op, azkit.Read, err)
	}
	if name, ok := n.Period(day); !ok || name < expired {
		return fault.New(fault.Conflict, op, "the journal has given up day %s: its retention has passed", day)
	}
	for range attempts {
		row, err := d.first(ctx, op, s)
		known := err == nil
		if !known && !fault.Is(err, fault.NotFound) {
			return err
		}
		lowered := shardRow(s, journal.Lowered(row.day, known, day, now))
		if known {
			err = d.registry(n).Replace(ctx, op, lowered, row.ETag)
		} else {
			err = d.registry(n).Insert(ctx, op, lowered)
		}
		if !tables.Refused(err) {
			return azkit.Classify(ctx, op, azkit.Write, d.notPrepared(ctx, op, err))
		}
	}
	return changing(op, s)
}
