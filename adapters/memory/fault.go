package memory

import "tidemark/adapters/memory/internal/faults"

// Fault is what a hook lets the next operation of a memory adapter suffer. Every fault of a write comes in both
// shapes: it failed, and it failed but was applied.
type Fault = faults.Fault

// The faults.
const (
	FaultNone    = faults.None    // nothing: the operation goes on
	FaultFail    = faults.Fail    // fault.Unavailable: it did not happen
	FaultApplied = faults.Applied // fault.Indeterminate, and it happened
	FaultLost    = faults.Lost    // fault.Indeterminate, and it did not happen
)

// FaultFunc decides the fault of the operation that begins now; op is its name, "journal.append". It is called once
// for each operation (for an iterator, once for each call) and may be called by several actors at once. A nil
// FaultFunc never faults.
type FaultFunc = faults.Func
