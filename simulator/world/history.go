package world

import (
	"fmt"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/ingest"
	"tidemark/domain/telemetry"
)

// Kind is what an operation does.
type Kind uint8

// The kinds.
const (
	Write Kind = iota
	Delete
	Read
	Last // a read of the latest value alone
)

// Op is one operation as its client saw it. Begin and End are places in the history: an operation that ended before
// another began has the lesser numbers. Outcome Unknown includes calls that never came back.
type Op struct {
	Kind       Kind
	Series     telemetry.Series
	Begin, End int
	Outcome    Outcome
	Times      []int64
	Values     []float64
	From, To   int64            // of a deletion
	Gone       int64            // of a read: readings before it had expired when it began
	Going      int64            // and before it when it ended
	Origin     telemetry.Origin // of an acknowledged write or deletion
	Began      time.Time        // by the world's clock
	Ended      time.Time
}

// ambiguous is how far apart two acknowledged operations have to be for their order to be certain without a stamp
// that a client hands on: each node's clock is within a second of the storage's, whose resolution is a second.
const ambiguous = 3 * time.Second

// after reports whether an acknowledged operation is certainly later than another: by its origin, or because it began
// well after that had ended.
func (o *Op) after(before *Op) bool {
	return o.Origin.Later(before.Origin) && !before.wellAfter(o) || o.wellAfter(before)
}

func (o *Op) wellAfter(before *Op) bool {
	return !before.Ended.IsZero() && o.Began.Sub(before.Ended) > ambiguous
}

// Outcome is how an operation ended.
type Outcome uint8

// The outcomes.
const (
	Unknown Outcome = iota
	OK
	Failed
)

func (o *Op) put(t int64, v float64) {
	o.Times, o.Values = append(o.Times, t), append(o.Values, v)
}

// History is what clients did and saw, in the order in which they began.
type History struct {
	Ops  []*Op
	next int
	now  func() time.Time
}

func (h *History) begin(k Kind, s telemetry.Series) *Op {
	h.next++
	op := &Op{Kind: k, Series: s, Begin: h.next, Began: h.now()}
	h.Ops = append(h.Ops, op)
	return op
}

func (h *History) end(op *Op, rec ingest.Receipt, err error) {
	h.next++
	op.End, op.Ended = h.next, h.now()
	switch fault.KindOf(err) {
	case 0:
		op.Outcome = OK
		if len(rec.Blocks) > 0 {
			at := rec.Blocks[len(rec.Blocks)-1]
			op.Origin = telemetry.Origin{Stamp: rec.Stamp, Writer: at.Stream.Writer, Number: at.Number}
		}
	case fault.Throttled, fault.Invalid:
		op.Outcome = Failed
	}
}

// Check holds every answer against what was acknowledged before the question: nothing acknowledged is missing, unless
// something later replaced or deleted it; nothing is there that nobody wrote, that was deleted, or that something
// later replaced.
func (h *History) Check() error {
	c := checker{writes: map[slot][]write{}, deletes: map[telemetry.Series][]*Op{}}
	for _, op := range h.Ops {
		switch op.Kind {
		case Write:
			for i, t := range op.Times {
				k := slot{op.Series, t}
				c.writes[k] = append(c.writes[k], write{op, op.Values[i], i})
			}
		case Delete:
			c.deletes[op.Series] = append(c.deletes[op.Series], op)
		}
	}
	for _, op := range h.Ops {
		var err error
		switch {
		case op.Outcome != OK:
		case op.Kind == Read:
			err = c.read(op)
		case op.Kind == Last:
			err = c.last(op)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

type slot struct {
	series telemetry.Series
	time   int64
}

// write is one reading of a write; place is where it stood in the request, which orders two values of one reading in
// it.
type write struct {
	*Op
	value float64
	place int
}

type checker struct {
	writes  map[slot][]write
	deletes map[telemetry.Series][]*Op
}

func (c *checker) read(op *Op) error {
	seen := map[int64]float64{}
	for i, t := range op.Times {
		if i > 0 && op.Times[i-1] >= t {
			return fmt.Errorf("read %d: time %d is not after the one before it", op.Begin, t)
		}
		seen[t] = op.Values[i]
	}
	for k := range c.writes {
		if k.series != op.Series {
			continue
		}
		v, ok := seen[k.time]
		if err := c.slot(op, k, v, ok); err != nil {
			return err
		}
		delete(seen, k.time)
	}
	for t, v := range seen {
		return fmt.Errorf("read %d: %v at %d, which nobody wrote", op.Begin, v, t)
	}
	return nil
}

// last checks a latest value: it could have been read, and nothing after it had to be there.
func (c *checker) last(op *Op) error {
	at, value := telemetry.MinTime, 0.0
	if len(op.Times) > 0 {
		at, value = op.Times[0], op.Values[0]
		if len(c.writes[slot{op.Series, at}]) == 0 {
			return fmt.Errorf("latest %d: %v at %d, which nobody wrote", op.Begin, value, at)
		}
	}
	for k := range c.writes {
		if k.series != op.Series || k.time < at {
			continue
		}
		if err := c.slot(op, k, value, k.time == at); err != nil {
			return err
		}
	}
	return nil
}

// slot checks what a read saw of one reading.
func (c *checker) slot(op *Op, k slot, v float64, present bool) error {
	switch {
	case present && k.time < op.Gone:
		return fmt.Errorf("read %d of %v: %v at %d, which had expired", op.Begin, op.Series, v, k.time)
	case !present && k.time < op.Going:
		return nil
	}
	var got *write
	for i := range c.writes[k] {
		if w := &c.writes[k][i]; present && w.value == v {
			got = w
		}
	}
	if present && (got == nil || got.Begin > op.End) {
		return fmt.Errorf("read %d of %v: %v at %d, which nobody had written", op.Begin, op.Series, v, k.time)
	}
	for i := range c.writes[k] {
		w := &c.writes[k][i]
		if w.Outcome != OK || w.End > op.Begin || (got != nil && !beaten(got, w)) {
			continue
		}
		if got == nil && c.mayBeDeleted(w, k, op) {
			continue
		}
		if got == nil {
			return fmt.Errorf("read %d of %v: nothing at %d, where write %d (value %v, origin %v) was acknowledged "+
				"before", op.Begin, op.Series, k.time, w.Begin, w.value, w.Origin)
		}
		return fmt.Errorf("read %d of %v: %v at %d (write %d, origin %v), where the later %v (write %d, origin %v) "+
			"was acknowledged before",
			op.Begin, op.Series, v, k.time, got.Begin, got.Origin, w.value, w.Begin, w.Origin)
	}
	if got == nil || got.Outcome != OK {
		return nil
	}
	for _, d := range c.deletes[k.series] {
		if d.Outcome == OK && d.End < op.Begin && d.From <= k.time && k.time < d.To && d.after(got.Op) {
			return fmt.Errorf("read %d of %v: %v at %d (write %d), which delete %d had deleted", op.Begin, op.Series, v,
				k.time, got.Begin, d.Begin)
		}
	}
	return nil
}

// beaten reports whether an acknowledged write is certainly later than the one that was seen. Of one that was seen
// and not acknowledged nobody knows the origin, unless it ended before the other began.
func beaten(seen, by *write) bool {
	switch {
	case seen.Op == by.Op:
		return by.place > seen.place
	case seen.Outcome == OK:
		return by.after(seen.Op)
	}
	return false
}

// mayBeDeleted reports whether a deletion could be why an acknowledged write was not seen.
func (c *checker) mayBeDeleted(w *write, k slot, op *Op) bool {
	for _, d := range c.deletes[k.series] {
		if d.Begin > op.End || k.time < d.From || d.To <= k.time {
			continue
		}
		if d.Outcome != OK || d.after(w.Op) {
			return true
		}
	}
	return false
}
