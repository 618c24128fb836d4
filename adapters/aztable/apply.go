package aztable

import (
	"context"

	"tidemark/adapters/aztable/internal/entity"
	"tidemark/adapters/aztable/internal/tables"
	"tidemark/adapters/internal/azkit"
	"tidemark/domain/fault"
	"tidemark/ports/chunks"
)

// Apply implements chunks.Store: a single change by a call of its own, several by a batch.
func (r *Rows) Apply(ctx context.Context, changes ...chunks.Change) error {
	const op = "rows.apply"
	if err := checkChanges(op, changes); err != nil {
		return err
	}
	t, p, err := r.tableOf(op, changes[0].Key.Partition)
	if err != nil {
		return err
	}
	changes, err = r.withoutEmpty(ctx, changes)
	if err != nil || len(changes) == 0 {
		return err
	}
	if len(changes) == 1 {
		err = t.applyOne(ctx, op, p, changes[0])
	} else {
		err = t.applyAll(ctx, op, p, changes)
	}
	switch {
	case tables.Missing(err):
		return &fault.Error{Kind: fault.NotFound, Op: op,
			Message: "the account is not prepared for that time, or has given it up", Cause: err}
	case tables.Refused(err):
		return fault.Wrap(fault.Conflict, op, err)
	}
	return azkit.Classify(ctx, op, azkit.Write, err)
}

// checkChanges checks the bounds, which Azurite does not, and that no row is named twice.
func checkChanges(op string, changes []chunks.Change) error {
	if len(changes) == 0 {
		return fault.New(fault.Invalid, op, "there is nothing to change")
	}
	if len(changes) > chunks.MaxChanges {
		return fault.New(fault.TooLarge, op, "%d changes are over the bound of %d", len(changes), chunks.MaxChanges)
	}
	seen := make(map[string]bool, len(changes))
	total := 0
	for _, c := range changes {
		switch {
		case c.Key.Partition != changes[0].Key.Partition:
			return fault.New(fault.Invalid, op, "the changes are of several partitions")
		case c.Key.Row == "":
			return fault.New(fault.Invalid, op, "a row has no name")
		case seen[c.Key.Row]:
			return fault.New(fault.Invalid, op, "row %q is named twice", c.Key.Row)
		case len(c.Value) > chunks.MaxValueBytes:
			return fault.New(fault.TooLarge, op, "a value of %d bytes is over the bound of %d", len(c.Value),
				chunks.MaxValueBytes)
		}
		seen[c.Key.Row] = true
		total += len(c.Value)
	}
	if total > chunks.MaxApplyBytes {
		return fault.New(fault.TooLarge, op, "values of %d bytes are over the bound of %d", total, chunks.MaxApplyBytes)
	}
	return nil
}

// withoutEmpty looks after the changes that delete a row which must not exist: there is nothing to send, only to
// look.
func (r *Rows) withoutEmpty(ctx context.Context, changes []chunks.Change) ([]chunks.Change, error) {
	var rest []chunks.Change
	for _, c := range changes {
		if !c.Delete || c.If != "" {
			rest = append(rest, c)
			continue
		}
		switch _, err := r.Get(ctx, c.Key); {
		case err == nil:
			return nil, fault.New(fault.Conflict, "rows.apply", "row %q exists", c.Key.Row)
		case !fault.Is(err, fault.NotFound):
			return nil, err
		}
	}
	return rest, nil
}

// encodeChange writes the row of a change.
func encodeChange(p entity.Partition, c chunks.Change) (entity.Row, error) {
	rk := azkit.Key(c.Key.Row)
	w := entity.New(p, rk)
	if azkit.Shortened(rk) {
		w.Binary(propRow, []byte(c.Key.Row))
	}
	return w.Value(c.Value).Done()
}

func (t table) applyOne(ctx context.Context, op string, p entity.Partition, c chunks.Change) error {
	rk := azkit.Key(c.Key.Row)
	if c.Delete {
		return t.Remove(ctx, op, p.Key, rk, etagOf(rk, c.If))
	}
	row, err := encodeChange(p, c)
	if err != nil {
		return err
	}
	if c.If == "" {
		return t.Insert(ctx, op, row)
	}
	return t.Replace(ctx, op, row, etagOf(rk, c.If))
}

func (t table) applyAll(ctx context.Context, op string, p entity.Partition, changes []chunks.Change) error {
	actions := make([]azkit.Action, 0, len(changes))
	for _, c := range changes {
		rk := azkit.Key(c.Key.Row)
		is := etagOf(rk, c.If)
		if c.Delete {
			actions = append(actions, tables.Deletion(p.Key, rk, is))
			continue
		}
		row, err := encodeChange(p, c)
		switch {
		case err != nil:
			return err
		case c.If == "":
			actions = append(actions, tables.Insertion(row))
		default:
			actions = append(actions, tables.Replacement(row, is))
		}
	}
	_, err := t.Batch(ctx, op, actions)
	return err
}
