package aztable

import (
	"context"

	"tidemark/adapters/aztable/internal/identity"
	"tidemark/adapters/aztable/internal/names"
	"tidemark/adapters/aztable/internal/tables"
	"tidemark/adapters/internal/azkit"
	"tidemark/domain/fault"
	"tidemark/ports/journal"
)

// Init implements journal.Directory.
func (d *Directory) Init(ctx context.Context, p journal.Place) error {
	const op = "journal.init"
	p = p.Whole()
	if err := p.Check(op); err != nil {
		return err
	}
	there, row, err := d.client.identity(ctx, op)
	known := err == nil
	if _, err = d.client.met(op, there, row, err); err != nil {
		return err
	}
	if !known {
		if err := d.unused(ctx, op, names.New(p.Generation)); err != nil {
			return err
		}
	}
	if err := d.table().Create(ctx, op); err != nil {
		return azkit.Classify(ctx, op, azkit.Write, err)
	}
	n := names.New(p.Generation)
	if err := d.registry(n).Create(ctx, op); err != nil {
		return azkit.Classify(ctx, op, azkit.Write, err)
	}
	err = d.table().Insert(ctx, op, identity.Row(partitionJournal, rowPlace, p, string(n)))
	if err == nil {
		_, err = d.client.journal.meet(op, &p, n)
		return azkit.Unsure(err)
	}
	if !tables.RowExists(err) {
		return azkit.Classify(ctx, op, azkit.Write, err)
	}
	there, row, err = d.client.identity(ctx, op)
	if err == nil {
		_, err = d.client.met(op, there, row, nil)
	}
	if err == nil && !there.Equal(p) {
		err = fault.New(fault.Conflict, op, "this journal is generation %q of region %q with a bound of %s",
			there.Generation, there.Region, there.Bound)
	}
	return err
}

// Change implements journal.Directory: a compare-and-swap of the row of the identity.
func (d *Directory) Change(ctx context.Context, from, to journal.Place) error {
	const op = "journal.change"
	to = to.Whole()
	if err := from.CheckChange(op, to); err != nil {
		return err
	}
	for range attempts {
		there, row, err := d.client.identity(ctx, op)
		if err == nil {
			_, err = d.client.met(op, there, row, nil)
		}
		switch {
		case err != nil || there.Equal(to):
			return err
		case !there.Equal(from):
			return fault.New(fault.Conflict, op, "the journal's identity has changed")
		}
		next := identity.Row(partitionJournal, rowPlace, to, identity.Tables(row))
		err = d.table().Replace(ctx, op, next, row.ETag)
		if !tables.VersionMoved(err) {
			return azkit.Classify(ctx, op, azkit.Write, err)
		}
	}
	return fault.New(fault.Unavailable, op, "the journal's identity keeps changing")
}
