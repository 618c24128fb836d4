package history

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Op is one operation: its invoke joined with its end.
type Op struct {
	ID      uint64
	Process string
	Session string
	Node    string
	Call    Call
	Outcome Outcome
	Answer  Answer // of one that is done
	Why     string

	Began, Ended time.Time // Ended is zero if it has not ended
	// Begin and End are places in the history, from 1: an operation that was over when another began has the lesser
	// ones. End is 0 if it has not ended.
	Begin, End int
}

// Before reports whether o was over when p began.
func (o *Op) Before(p *Op) bool { return o.End > 0 && o.End < p.Begin }

// Told is an event of the truth stream at its place.
type Told struct {
	Place int
	At    time.Time
	Event Event
}

// Moment is where a phase begins.
type Moment struct {
	Place int
	At    time.Time
	Phase string
}

// Rest is what was left to be done at a place.
type Rest struct {
	Place int
	At    time.Time
	Left
}

// History is a run in memory, in the order in which things happened. It grows by Begin, End, Tell, Enter and Note, or
// by records. It is not safe for concurrent use.
type History struct {
	Header  Header
	Ops     []*Op // by Begin
	Truth   []Told
	Phases  []Moment
	Backlog []Rest

	places int
	ops    map[uint64]*Op // that a record named
}

func (h *History) place() int {
	h.places++
	return h.places
}

// Begin adds an operation that begins now. It gets the next number if it has none.
func (h *History) Begin(at time.Time, op Op) *Op {
	op.Begin, op.Began = h.place(), at
	if op.ID == 0 {
		op.ID = uint64(len(h.Ops) + 1)
	}
	h.Ops = append(h.Ops, &op)
	return &op
}

// End ends an operation; the answer counts if it is done. One that has ended already stays as it is.
func (h *History) End(at time.Time, op *Op, o Outcome, a Answer, why string) {
	if op.End > 0 {
		return
	}
	op.End, op.Ended, op.Outcome, op.Why = h.place(), at, o, why
	if o == Done {
		op.Answer = a
	}
}

// Done gives the operations that were done, in the order in which they ended.
func (h *History) Done() []*Op {
	out := make([]*Op, 0, len(h.Ops))
	for _, op := range h.Ops {
		if op.Outcome == Done {
			out = append(out, op)
		}
	}
	slices.SortFunc(out, func(a, b *Op) int { return cmp.Compare(a.End, b.End) })
	return out
}

// Tell adds an event of the truth stream.
func (h *History) Tell(at time.Time, e Event) {
	h.Truth = append(h.Truth, Told{h.place(), at, e})
}

// Enter begins a phase.
func (h *History) Enter(at time.Time, phase string) {
	h.Phases = append(h.Phases, Moment{h.place(), at, phase})
}

// Note says what is left to be done.
func (h *History) Note(at time.Time, left Left) {
	h.Backlog = append(h.Backlog, Rest{h.place(), at, left})
}

// Add adds a record. An end without its invoke, a second end and a second invoke of one number are errors.
func (h *History) Add(r Record) error {
	if err := r.check(); err != nil {
		return err
	}
	switch r.Type {
	case Invoke:
		if h.ops == nil {
			h.ops = map[uint64]*Op{}
		}
		if h.ops[r.Op] != nil {
			return fmt.Errorf("operation %d begins a second time", r.Op)
		}
		h.ops[r.Op] = h.Begin(r.At, Op{ID: r.Op, Process: r.Process, Session: r.Session, Node: r.Node, Call: *r.Call})
	case OK, Fail, Info:
		return h.addEnd(r)
	case Truth:
		h.Tell(r.At, *r.Event)
	case Phase:
		h.Enter(r.At, r.Phase)
	case Backlog:
		h.Note(r.At, *r.Left)
	}
	return nil
}

func (h *History) addEnd(r Record) error {
	op := h.ops[r.Op]
	switch {
	case op == nil:
		return fmt.Errorf("operation %d ends and has not begun", r.Op)
	case op.End > 0:
		return fmt.Errorf("operation %d ends a second time", r.Op)
	}
	var a Answer
	if r.Answer != nil {
		a = *r.Answer
	}
	outcome := map[Type]Outcome{OK: Done, Fail: Refused, Info: Unknown}[r.Type]
	h.End(r.At, op, outcome, a, r.Why)
	return nil
}
