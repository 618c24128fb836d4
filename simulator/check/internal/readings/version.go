package readings

import (
	"cmp"
	"fmt"
	"time"

	"tidemark/simulator/history"
)

// fresher reports whether a began after b, by the measure of wellAfter.
func (c clock) fresher(a, b *history.Op) bool {
	if c.apart == 0 {
		return a.Begin >= b.Begin
	}
	return cmp.Or(a.Began.Compare(b.Began), cmp.Compare(a.ID, b.ID)) >= 0
}

// version is one value that a reading was given, or one deletion of it.
type version struct {
	op      *history.Op
	value   float64
	place   int32 // in its request: of two values of one reading there the later place wins
	gone    bool  // a deletion
	refused bool  // certainly not stored
	shared  bool  // another version of the reading has the same value
	first   int32 // the first of them, or itself

	seenEnd   int // the least End of an answer that showed its value; 0: none has
	seenBegin int // the greatest Begin of one
}

func (v *version) acked() bool { return v.op.Outcome == history.Done && !v.refused }

// clock compares operations of one history.
type clock struct{ apart time.Duration }

// wellAfter reports whether a began so long after b had ended that it is later, whatever their origins say.
func (c clock) wellAfter(a, b *history.Op) bool {
	return b.Before(a) && (c.apart == 0 || a.Began.Sub(b.Ended) > c.apart)
}

// originLater reports whether a is later than b by their origins, or by their places in one request.
func originLater(a, b *version) bool {
	if a.op == b.op {
		return a.place > b.place
	}
	x, y := a.op.Answer.Origin, b.op.Answer.Origin
	return x.Known() && y.Known() && x.Compare(y) > 0
}

// later reports whether an acknowledged version is certainly later than another.
func (c clock) later(a, b *version) bool {
	if !a.acked() || !b.acked() {
		return a.op == b.op && a.place > b.place || a.op != b.op && b.acked() && c.wellAfter(a.op, b.op)
	}
	return originLater(a, b) && !c.wellAfter(b.op, a.op) || a.op != b.op && c.wellAfter(a.op, b.op)
}

func (v *version) String() string {
	what := fmt.Sprintf("%v", v.value)
	if v.gone {
		what = "a deletion"
	}
	how := "acknowledged"
	switch {
	case v.refused:
		how = "refused"
	case !v.acked():
		how = "never acknowledged"
	case v.op.Answer.Durability > 0:
		how = "acknowledged " + v.op.Answer.Durability.String()
	}
	if o := v.op.Answer.Origin; o.Known() {
		how += ", stamp " + o.Stamp.String()
	}
	return fmt.Sprintf("%s (%s)", what, how)
}
