package history

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Version is the version of the format that this package writes, and the only one that it reads.
const Version = 1

// Header is the first line.
type Header struct {
	History int    `json:"history"` // the version of the format
	Run     string `json:"run,omitempty"`
	Seed    uint64 `json:"seed,omitempty"`
	Program string `json:"program,omitempty"` // its version
}

// Record is a line.
type Record struct {
	Type Type      `json:"type"`
	Op   uint64    `json:"op,omitempty"` // of an operation's lines: which; from 1
	At   time.Time `json:"at,omitzero"`

	// of an invoke
	Process string `json:"process,omitempty"` // the client: does one thing after another
	Session string `json:"session,omitempty"` // operations of one session were promised to see each other's effects
	Node    string `json:"node,omitempty"`    // who was asked
	Call    *Call  `json:"call,omitempty"`

	// of an end
	Answer *Answer `json:"answer,omitempty"` // of ok
	Why    string  `json:"why,omitempty"`    // of fail and info

	Event *Event `json:"event,omitempty"`
	Phase string `json:"phase,omitempty"`
	Left  *Left  `json:"left,omitempty"`
	Text  string `json:"text,omitempty"` // of a comment
}

// Left is something that the program has still to do.
type Left struct {
	What  string `json:"what"`
	Count int    `json:"count"`
}

// The phases that checkers know. Healed: faults are over, and from here on everything has to make progress. Drained:
// replication has nothing left to do, so that a read which begins now, before the next write does, sees the same
// everywhere. It holds for readings too: what of unknown outcome has no effect by then never has one.
const (
	Healed  = "healed"
	Drained = "drained"
)

// check says what is wrong with a record by itself.
func (r *Record) check() error {
	op := r.Type == Invoke || r.Type == OK || r.Type == Fail || r.Type == Info
	switch {
	case r.Type == 0:
		return errors.New("a line has no type")
	case op != (r.Op > 0):
		return fmt.Errorf("a line of type %s with the number of operation %d", r.Type, r.Op)
	case (r.Type == Invoke) != (r.Call != nil):
		return fmt.Errorf("call belongs to an invoke, and this is of type %s", r.Type)
	case r.Answer != nil && r.Type != OK:
		return fmt.Errorf("answer belongs to an ok, and this is of type %s", r.Type)
	case (r.Type == Truth) != (r.Event != nil):
		return fmt.Errorf("event belongs to a truth, and this is of type %s", r.Type)
	case (r.Type == Phase) != (r.Phase != ""):
		return fmt.Errorf("phase belongs to a line of its type, and this is of type %s", r.Type)
	case (r.Type == Backlog) != (r.Left != nil):
		return fmt.Errorf("left belongs to a line of its type, and this is of type %s", r.Type)
	case r.Call != nil:
		return r.Call.check()
	case r.Answer != nil:
		return checkColumns(r.Answer.Readings)
	}
	return nil
}

func (c *Call) check() error {
	switch {
	case c.Kind == 0:
		return errors.New("a call has no kind")
	case (c.Kind == Fold) != (c.Step > 0):
		return fmt.Errorf("a step of %d belongs to a fold, and this is a %s", c.Step, c.Kind)
	case (c.Kind == Ask) != (c.Question != ""):
		return fmt.Errorf("the question %q belongs to an ask, and this is a %s", c.Question, c.Kind)
	}
	return checkColumns(c.Readings)
}

func checkColumns(columns []Column) error {
	for _, c := range columns {
		if len(c.Times) != len(c.Values) {
			return fmt.Errorf("%s/%s: %d times and %d values", c.Source, c.Metric, len(c.Times), len(c.Values))
		}
		for _, v := range c.Values {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("%s/%s: the value %v is no reading", c.Source, c.Metric, v)
			}
		}
	}
	return nil
}
