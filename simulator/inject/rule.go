package inject

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Action is what happens to a call that a rule matches.
type Action string

// The actions. Delay only delays; the others may delay too. Hold keeps a request on its way, and lets it arrive after
// that although its sender may have given up or died: a delayed one never arrives then. Throttle answers 503 ServerBusy
// when the bucket is empty.
//
// Reset loses the request, and with After the answer, so that the caller learns at once that something is lost; Hang
// does the same in silence.
const (
	Delay    Action = "delay"
	Hold     Action = "hold"
	Status   Action = "status"
	Reset    Action = "reset"
	Hang     Action = "hang"
	Throttle Action = "throttle"
)

// takesTime says whether the action is nothing but the time that it takes.
func (a Action) takesTime() bool { return a == Delay || a == Hold }

var actions = []Action{Delay, Hold, Status, Reset, Hang, Throttle}

// By is what has a bucket of its own under a throttle.
type By string

// ByAccount is each service of an account at one of its endpoints; ByPartition each partition of it: a table and
// PartitionKey, or a queue.
const (
	ByAccount   By = "account"
	ByPartition By = "partition"
)

var bys = []By{ByAccount, ByPartition}

// Rule is a fault. A field of what it matches that is empty matches everything; "*" stands for any letters, none
// included, and a backslash takes the next letter as it is. String gives its text, ParseRule takes it back.
type Rule struct {
	Name string // "" is its text

	From, To, Service, Account, Operation, Container, Partition string

	Probability float64 // 0 to 1; 0 is 1
	Times       int     // at most so often; 0 is without bound
	After       bool    // after the storage has committed, instead of before: the answer is lost
	Action      Action
	Delay       Distribution
	Status      int     // of Status: 400 to 599
	Code        string  // of Status: the error code, as ServerBusy; may be empty
	PerSecond   float64 // of Throttle: rows (of a batch each counts), as the service counts them
	Burst       float64 // of Throttle: rows; 0 is what one second brings
	By          By      // of Throttle; "" is ByAccount
}

// Validate says everything that is wrong with the rule, and what to write instead.
func (r Rule) Validate() error {
	errs := slices.Concat(r.checkAction(), r.checkThrottle(), r.checkMatch(), r.checkDraw())
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("inject: rule %q: %w", r.String(), err)
	}
	return nil
}

func (r Rule) checkAction() (errs []error) {
	if !slices.Contains(actions, r.Action) {
		errs = append(errs, unknown("action", string(r.Action), actions))
	}
	if r.Delay != nil {
		if err := check(r.Delay); err != nil {
			errs = append(errs, err)
		}
	} else if r.Action.takesTime() {
		errs = append(errs, fmt.Errorf("%s without a distribution; write as in: %s constant 50ms", r.Action, r.Action))
	}
	if r.Action == Hold && r.After {
		errs = append(errs, errors.New("hold after commit: an answer has no sender that dies; write delay for hold"))
	}
	switch {
	case r.Action == Status && (r.Status < 400 || r.Status > 599):
		errs = append(errs, fmt.Errorf("status %d is no error; give one from 400 to 599, as in: status 503 ServerBusy",
			r.Status))
	case r.Action != Status && (r.Status != 0 || r.Code != ""):
		errs = append(errs, fmt.Errorf("status %d and code %q belong to the action status, not to %s", r.Status, r.Code,
			r.Action))
	}
	if strings.ContainsFunc(r.Code, func(c rune) bool { return !isLetter(c) }) || slices.Contains(clauses, r.Code) {
		errs = append(errs, fmt.Errorf("code %q: use letters and digits only, as in ServerBusy", r.Code))
	}
	return errs
}

func isLetter(c rune) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

func (r Rule) checkThrottle() (errs []error) {
	if r.Action != Throttle {
		if r.PerSecond != 0 || r.Burst != 0 || r.By != "" {
			errs = append(errs, fmt.Errorf("a rate, a burst and by belong to the action throttle, not to %s", r.Action))
		}
		return errs
	}
	if !(r.PerSecond > 0) || math.IsInf(r.PerSecond, 0) {
		errs = append(errs, fmt.Errorf("throttle at %v/s: give a rate above 0, in rows a second, as in: throttle 2000/s", r.PerSecond))
	}
	if !(r.Burst >= 0) || math.IsInf(r.Burst, 0) {
		errs = append(errs, fmt.Errorf("burst %v: give the rows that a full bucket holds, 0 or more", r.Burst))
	}
	if r.By != "" && !slices.Contains(bys, r.By) {
		errs = append(errs, unknown("by", string(r.By), bys))
	}
	if r.After {
		errs = append(errs, errors.New("throttle after commit: a throttled call does not reach the storage; leave "+
			"out after commit"))
	}
	return errs
}

// checkMatch refuses what no call can match.
func (r Rule) checkMatch() (errs []error) {
	for _, f := range []struct {
		what, pattern string
		of            []string
	}{{"service", r.Service, services}, {"operation", r.Operation, operations}} {
		if !slices.ContainsFunc(f.of, newPattern(f.pattern).match) {
			errs = append(errs, unknown(f.what, f.pattern, f.of))
		}
	}
	return errs
}

func (r Rule) checkDraw() (errs []error) {
	if !(r.Probability >= 0 && r.Probability <= 1) {
		errs = append(errs, fmt.Errorf("p=%v: a probability is from 0 to 1", r.Probability))
	}
	if r.Times < 0 {
		errs = append(errs, fmt.Errorf("times=%d: give 1 or more, or leave it out for no bound", r.Times))
	}
	return errs
}
