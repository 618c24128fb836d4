package tables

import (
	"context"

	"tidemark/adapters/aztable/internal/entity"
	"tidemark/adapters/internal/azkit"
	"tidemark/domain/fault"
)

// PropFirst is the property of an expiry.
const PropFirst = "first"

// attempts bounds how often a row is written anew because it changed meanwhile.
const attempts = 16

// Expiry is a row that remembers, in a table's name, what was given up: every table whose name sorts below it. It
// only moves up.
type Expiry struct {
	Table
	entity.Partition
	Row string
}

// First is the name below which everything was given up, "" if nothing was.
func (x Expiry) First(ctx context.Context, op string) (string, entity.Entity, error) {
	row, err := x.Get(ctx, op, x.Partition, x.Row)
	if RowMissing(err) || Missing(err) {
		return "", entity.Entity{}, nil
	}
	return row.Str(PropFirst), row, err
}

// Raise moves the row up.
func (x Expiry) Raise(ctx context.Context, op, to string) error {
	for range attempts {
		first, row, err := x.First(ctx, op)
		if err != nil || first >= to {
			return azkit.Classify(ctx, op, azkit.Read, err)
		}
		text := entity.New(x.Partition, x.Row).Str(PropFirst, to).Small()
		if first == "" {
			err = x.Insert(ctx, op, text)
		} else {
			err = x.Replace(ctx, op, text, row.ETag)
		}
		if !Refused(err) {
			return azkit.Classify(ctx, op, azkit.Write, err)
		}
	}
	return fault.New(fault.Unavailable, op, "the expiry keeps changing")
}

// Give makes a table that was not given up. An expiry that overtakes it wins: the table is deleted again.
func (x Expiry) Give(ctx context.Context, op, name string) error {
	t := x.of.Table(name)
	for _, made := range []bool{false, true} {
		first, _, err := x.First(ctx, op)
		if err != nil && made {
			return azkit.Unsure(azkit.Classify(ctx, op, azkit.Read, err))
		}
		if err != nil {
			return azkit.Classify(ctx, op, azkit.Read, err)
		}
		if name < first {
			if made {
				err = t.Drop(ctx, op)
			}
			if err != nil {
				return azkit.Unsure(azkit.Classify(ctx, op, azkit.Write, err))
			}
			return fault.New(fault.Conflict, op, "table %s was given up and is never made again", name)
		}
		if made {
			return nil
		}
		if err := t.Create(ctx, op); err != nil {
			return azkit.Classify(ctx, op, azkit.Write, err)
		}
	}
	return nil
}

// DropTables deletes the tables from one name to the one that was given up to. The expiry has happened by then.
func (x Expiry) DropTables(ctx context.Context, op, from, to string) error {
	for name, err := range x.of.Named(ctx, op, from, to) {
		if err == nil {
			err = x.of.Table(name).Drop(ctx, op)
		}
		if err != nil {
			return azkit.Unsure(azkit.Classify(ctx, op, azkit.Write, err))
		}
	}
	return nil
}
