package memory

import "tidemark/domain/fault"

// Fault is what a hook lets the next operation of a memory adapter suffer. Every fault of a write comes in both
// shapes: it failed, and it failed but was applied.
type Fault uint8

// The faults.
const (
	FaultNone    Fault = iota // nothing: the operation goes on
	FaultFail                 // fault.Unavailable: it did not happen
	FaultApplied              // fault.Indeterminate, and it happened
	FaultLost                 // fault.Indeterminate, and it did not happen
)

// String is the fault's name in traces.
func (f Fault) String() string {
	switch f {
	case FaultFail:
		return "fail"
	case FaultApplied:
		return "applied"
	case FaultLost:
		return "lost"
	}
	return "none"
}

// FaultFunc decides the fault of the operation that begins now; op is its name, "journal.append". It is called once
// for each operation (for an iterator, once for each call) and may be called by several actors at once. A nil
// FaultFunc never faults.
type FaultFunc func(op string) Fault

// at asks for the fault of op. A reader treats FaultApplied and FaultLost as FaultFail: it applies nothing.
func (f FaultFunc) at(op string) Fault {
	if f == nil {
		return FaultNone
	}
	return f(op)
}

// before is the error that stops an operation from being applied, nil when it goes on.
func (f Fault) before(op string) error {
	switch f {
	case FaultFail:
		return fault.New(fault.Unavailable, op, "injected: it did not happen")
	case FaultLost:
		return fault.New(fault.Indeterminate, op, "injected: the answer was lost, and so was the request")
	}
	return nil
}

// after is the error that hides an applied operation's answer, nil when the answer arrives.
func (f Fault) after(op string) error {
	if f == FaultApplied {
		return fault.New(fault.Indeterminate, op, "injected: the answer was lost")
	}
	return nil
}

// reading is the error of an operation that only reads, nil when it goes on.
func (f Fault) reading(op string) error {
	if f == FaultNone {
		return nil
	}
	return fault.New(fault.Unavailable, op, "injected: it could not be read")
}
