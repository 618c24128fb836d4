package aztable

import (
	"context"
	"errors"

	"tidemark/adapters/aztable/internal/entity"
	"tidemark/adapters/internal/azkit"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// expiry is a row that remembers, in a table's name, what was given up: every table whose name sorts below it. It
// only moves up.
type expiry struct {
	table
	entity.Partition
	row string
}

// first is the name below which everything was given up, "" if nothing was.
func (x expiry) first(ctx context.Context, op string) (string, entity.Entity, error) {
	row, err := x.get(ctx, op, x.Partition, x.row)
	if rowMissing(err) || tableMissing(err) {
		return "", entity.Entity{}, nil
	}
	return row.Str(propFirst), row, err
}

// raise moves the row up.
func (x expiry) raise(ctx context.Context, op, to string) error {
	for range attempts {
		first, row, err := x.first(ctx, op)
		if err != nil || first >= to {
			return azkit.Classify(ctx, op, azkit.Read, err)
		}
		text := entity.New(x.Partition, x.row).Str(propFirst, to).Small()
		if first == "" {
			err = x.insert(ctx, op, text)
		} else {
			err = x.replace(ctx, op, text, row.ETag)
		}
		if !refused(err) {
			return azkit.Classify(ctx, op, azkit.Write, err)
		}
	}
	return fault.New(fault.Unavailable, op, "the expiry keeps changing")
}

// give makes a table that was not given up. An expiry that overtakes it wins: the table is deleted again.
func (x expiry) give(ctx context.Context, op, name string) error {
	t := x.client.table(name)
	for _, made := range []bool{false, true} {
		first, _, err := x.first(ctx, op)
		if err != nil && made {
			return azkit.Unsure(azkit.Classify(ctx, op, azkit.Read, err))
		}
		if err != nil {
			return azkit.Classify(ctx, op, azkit.Read, err)
		}
		if name < first {
			if made {
				err = t.drop(ctx, op)
			}
			if err != nil {
				return azkit.Unsure(azkit.Classify(ctx, op, azkit.Write, err))
			}
			return fault.New(fault.Conflict, op, "table %s was given up and is never made again", name)
		}
		if made {
			return nil
		}
		if err := t.create(ctx, op); err != nil {
			return azkit.Classify(ctx, op, azkit.Write, err)
		}
	}
	return nil
}

// dropTables deletes the tables from one name to the one that was given up to. The expiry has happened by then.
func (x expiry) dropTables(ctx context.Context, op, from, to string) error {
	for name, err := range x.client.tables(ctx, op, from, to) {
		if err == nil {
			err = x.client.table(name).drop(ctx, op)
		}
		if err != nil {
			return azkit.Unsure(azkit.Classify(ctx, op, azkit.Write, err))
		}
	}
	return nil
}

func (d *Directory) periods(n names) expiry {
	return expiry{d.registry(n), partitionJournal, rowPeriods}
}

// firstPeriod is the name of the first period that was not given up.
func (d *Directory) firstPeriod(ctx context.Context, op string) (string, error) {
	n, err := d.client.named(ctx)
	if err != nil {
		return "", err
	}
	first, _, err := d.periods(n).first(ctx, op)
	return first, err
}

// Prepare implements journal.Directory: it makes the table of the day's month, and the directory's own. What it made for
// a generation that is not there any more it takes away again.
func (d *Directory) Prepare(ctx context.Context, day telemetry.Day) error {
	const op = "journal.prepare"
	n, name, err := d.written(ctx, op, day)
	if err != nil {
		return err
	}
	if err := d.periods(n).give(ctx, op, name); err != nil {
		return err
	}
	err = d.client.still(ctx, op)
	if errors.Is(err, journal.ErrGone) {
		for _, made := range []string{name, n.registry()} {
			if left := d.client.table(made).drop(ctx, op); left != nil {
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
	if err := d.periods(n).raise(ctx, op, name); err != nil {
		return err
	}
	return d.periods(n).dropTables(ctx, op, n.periods()+"000000", name)
}

// written is the names of the generation that is known, which is there, and of a day's table; the registry is made.
func (d *Directory) written(ctx context.Context, op string, day telemetry.Day) (n names, name string, err error) {
	if err := d.client.still(ctx, op); err != nil {
		return n, "", err
	}
	if n, err = d.client.named(ctx); err != nil {
		return n, "", err
	}
	name, ok := n.period(day)
	if !ok {
		return n, "", fault.New(fault.Invalid, op, "there is no journal for day %d", day)
	}
	err = d.registry(n).create(ctx, op)
	return n, name, azkit.Classify(ctx, op, azkit.Write, err)
}
