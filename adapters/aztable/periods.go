package aztable

import (
	"context"
	"errors"

	"tidemark/adapters/aztable/internal/names"
	"tidemark/adapters/aztable/internal/tables"
	"tidemark/adapters/internal/azkit"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// periods is what was given up of a generation's tables.
func (d *Directory) periods(n names.Of) tables.Expiry {
	return tables.Expiry{Table: d.registry(n).Table, Partition: partitionJournal, Row: rowPeriods}
}

// firstPeriod is the name of the first period that was not given up.
func (d *Directory) firstPeriod(ctx context.Context, op string) (string, error) {
	n, err := d.client.named(ctx)
	if err != nil {
		return "", err
	}
	first, _, err := d.periods(n).First(ctx, op)
	return first, err
}

// Prepare implements journal.Directory: it makes the table of the day's month, and the directory's own. What it made
// for a generation that is not there any more it takes away again.
func (d *Directory) Prepare(ctx context.Context, day telemetry.Day) error {
	const op = "journal.prepare"
	n, name, err := d.written(ctx, op, day)
	if err != nil {
		return err
	}
	if err := d.periods(n).Give(ctx, op, name); err != nil {
		return err
	}
	err = d.client.still(ctx, op)
	if errors.Is(err, journal.ErrGone) {
		for _, made := range []string{name, n.Registry()} {
			if left := d.client.table(made).Drop(ctx, op); left != nil {
				return azkit.Classify(ctx, op, azkit.Write, left)
			}
		}
	}
	return azkit.Unsure(err)
}

// Expire implements journal.Directory: it remembers the month of the day, then drops the tables of the months before.
func (d *Directory) Expire(ctx context.Context, before telemetry.Day) error {
	const op = "journal.expire"
	n, name, err := d.written(ctx, op, before)
	if err != nil {
		return err
	}
	if err := d.periods(n).Raise(ctx, op, name); err != nil {
		return err
	}
	return d.periods(n).DropTables(ctx, op, n.Periods()+"000000", name)
}

// written is the names of the generation that is known, which is there, and of a day's table; the registry is made.
func (d *Directory) written(ctx context.Context, op string, day telemetry.Day) (n names.Of, name string, err error) {
	if err := d.client.still(ctx, op); err != nil {
		return n, "", err
	}
	if n, err = d.client.named(ctx); err != nil {
		return n, "", err
	}
	name, ok := n.Period(day)
	if !ok {
		return n, "", fault.New(fault.Invalid, op, "there is no journal for day %d", day)
	}
	err = d.registry(n).Create(ctx, op)
	return n, name, azkit.Classify(ctx, op, azkit.Write, err)
}
