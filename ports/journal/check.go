package journal

import (
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
)

// CheckBlock refuses bytes that no journal stores.
func CheckBlock(op string, block []byte) error {
	switch n := len(block); {
	case n == 0:
		return fault.New(fault.Invalid, op, "a block has at least one byte")
	case n > telemetry.MaxBlockBytes:
		return fault.New(fault.TooLarge, op, "a block has at most %d bytes, this one %d", telemetry.MaxBlockBytes, n)
	}
	return nil
}

// CheckFill refuses an entry that no journal stores; it gives the entry as it is stored: a void has no bytes.
func CheckFill(op string, e Entry) (Entry, error) {
	if e.Void {
		e.Block = nil
		return e, nil
	}
	return e, CheckBlock(op, e.Block)
}
