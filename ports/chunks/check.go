package chunks

import "tidemark/domain/fault"

// Check refuses changes that no store could make, before anything is sent.
func Check(op string, changes []Change) error {
	if len(changes) == 0 {
		return fault.New(fault.Invalid, op, "there is no change to make")
	}
	if len(changes) > MaxChanges {
		return fault.New(fault.TooLarge, op, "at most %d rows change together, these are %d", MaxChanges,
			len(changes))
	}
	total, named := 0, make(map[string]bool, len(changes))
	for _, c := range changes {
		switch {
		case c.Key.Row == "" || c.Key.Table < Chunks || c.Key.Table > Tasks:
			return fault.New(fault.Invalid, op, "a key names a table and a row")
		case c.Key.Partition != changes[0].Key.Partition:
			return fault.New(fault.Invalid, op, "only rows of one partition change together")
		case named[c.Key.Row]:
			return fault.New(fault.Invalid, op, "a row is named twice")
		case len(c.Value) > MaxValueBytes:
			return fault.New(fault.TooLarge, op, "a value has at most %d bytes, this has %d", MaxValueBytes,
				len(c.Value))
		}
		named[c.Key.Row] = true
		total += len(c.Value)
	}
	if total > MaxApplyBytes {
		return fault.New(fault.TooLarge, op, "values that change together have at most %d bytes, these have %d",
			MaxApplyBytes, total)
	}
	return nil
}
