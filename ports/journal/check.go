package journal

import (
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
)

// CheckBlock refuses a number that no block has, and bytes that no journal stores.
func CheckBlock(op string, number telemetry.Number, block []byte) error {
	switch n := len(block); {
	case number == 0:
		return fault.New(fault.Invalid, op, "the first number of a stream is 1")
	case n == 0:
		return fault.New(fault.Invalid, op, "a block has at least one byte")
	case n > telemetry.MaxBlockBytes:
		return fault.New(fault.TooLarge, op, "a block has at most %d bytes, this one %d", telemetry.MaxBlockBytes, n)
	}
	return nil
}

// CheckFill refuses an entry that no journal stores; it gives the entry as it is stored: a void has
// neither bytes nor stamp.
func CheckFill(op string, e Entry) (Entry, error) {
	if e.Void {
		e.Block, e.Stamp = nil, 0
		return e, CheckBlock(op, e.Number, []byte{0})
	}
	return e, CheckBlock(op, e.Number, e.Block)
}
