// Package faults is what a hook lets an operation of a memory adapter suffer.
package faults

import "tidemark/domain/fault"

// Fault is what a hook lets the next operation of a memory adapter suffer. Every fault of a write comes in both
// shapes: it failed, and it failed but was applied.
type Fault uint8

// The faults.
const (
	None    Fault = iota // nothing: the operation goes on
	Fail                 // fault.Unavailable: it did not happen
	Applied              // fault.Indeterminate, and it happened
	Lost                 // fault.Indeterminate, and it did not happen
)

// String is the fault's name in traces.
func (f Fault) String() string {
	switch f {
	case Fail:
		return "fail"
	case Applied:
		return "applied"
	case Lost:
		return "lost"
	}
	return "none"
}

// Func decides the fault of the operation that begins now; op is its name, "journal.append". It is called once
// for each operation (for an iterator, once for each call) and may be called by several actors at once. A nil
// Func never faults.
type Func func(op string) Fault

// At asks for the fault of op. A reader treats Applied and Lost as Fail: it applies nothing.
func (f Func) At(op string) Fault {
	if f == nil {
		return None
	}
	return f(op)
}

// Before is the error that stops an operation from being applied, nil when it goes on.
func (f Fault) Before(op string) error {
	switch f {
	case Fail:
		return fault.New(fault.Unavailable, op, "injected: it did not happen")
	case Lost:
		return fault.New(fault.Indeterminate, op, "injected: the answer was lost, and so was the request")
	}
	return nil
}

// After is the error that hides an applied operation's answer, nil when the answer arrives.
func (f Fault) After(op string) error {
	if f == Applied {
		return fault.New(fault.Indeterminate, op, "injected: the answer was lost")
	}
	return nil
}

// Reading is the error of an operation that only reads, nil when it goes on.
func (f Fault) Reading(op string) error {
	if f == None {
		return nil
	}
	return fault.New(fault.Unavailable, op, "injected: it could not be read")
}
