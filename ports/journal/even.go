package journal

import (
	"time"

	"tidemark/domain/fault"
)

// Even is a time up to which a journal and its peer have everything of each other, as a sweep found: whatever was
// stored in either before Time, by the clock of its own storage, is in both, and every dropped mark was taken over. At
// is the clock of the storage that was asked, when it answered.
type Even struct{ Time, At time.Time }

// Sound reports whether the time may be believed: none is later than the clock of its storage, unless that has gone
// back since. What is stored until it has passed the time once more counts as earlier, and no sweep has seen it.
func (e Even) Sound() bool { return !e.Time.IsZero() && !e.Time.After(e.At) }

// RaisedEven is the time that is kept of a pair once somebody sets one. was is what is there, zero for nothing, and now
// the storage's clock. It never falls, unless the clock has gone back behind it. A time that is later than the clock is
// fault.Conflict, and a peer or a time that is none is fault.Invalid.
func RaisedEven(op string, with Peer, was, to, now time.Time) (time.Time, error) {
	switch {
	case with.Region == "" || with.Generation == "" || to.IsZero():
		return was, fault.New(fault.Invalid, op, "a peer has a region and a generation, and a time is not zero")
	case to.After(now):
		return was, fault.New(fault.Conflict, op, "the time %s is later than the storage's clock, which says %s",
			to.UTC().Format(time.RFC3339Nano), now.UTC().Format(time.RFC3339Nano))
	case was.After(to) && !was.After(now):
		return was, nil
	}
	return to, nil
}
