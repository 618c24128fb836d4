package intake

import (
	"cmp"
	"slices"
	"time"

	"tidemark/ports/sched"
)

// ledger is what a pool has given, and who waits. It is pure: times are arguments, and what is to be done is an
// effect.
type ledger struct {
	bytes   int64
	largest int64 // no body needs more
	grace   time.Duration
	fill    time.Duration
	strict  bool // whoever asks for least is first; else the oldest is first, and whom the rest suffices goes ahead

	held  int64
	given int64 // held by holds that are cut off: it comes back
	holds []*share
	line  []*share // those who wait, the first in front
	last  uint64

	scratch []claim
}

// effects is what follows from a step.
type effects struct {
	granted []sched.Event
	cut     []Cutter
	check   time.Time // when somebody may have become late that is waited for; zero: nobody waits
}

// enter makes a hold one of the ledger's.
func (l *ledger) enter(h *share) {
	if h.state != outside {
		return
	}
	l.last++
	h.state, h.number, h.index, h.deadline = arriving, l.last, len(l.holds), time.Time{}
	l.holds = append(l.holds, h)
}

// grow gives a hold what it wants, if nobody is before it.
func (l *ledger) grow(h *share, to int64) bool {
	if l.strict && len(l.line) > 0 && l.order(l.line[0], h, to) < 0 {
		return false
	}
	if !l.fits(h, to) {
		return false
	}
	l.held += to - h.held
	h.held, h.wants = to, to
	return true
}

// wait puts a hold into the line.
func (l *ledger) wait(h *share, to int64, granted sched.Event) {
	h.wants, h.granted = to, granted
	at, _ := slices.BinarySearchFunc(l.line, h, func(a, h *share) int { return l.order(a, h, to) })
	l.line = slices.Insert(l.line, at, h)
}

// order compares one in line with one that wants something.
func (l *ledger) order(a, h *share, to int64) int {
	if l.strict {
		return cmp.Or(cmp.Compare(a.wants, to), cmp.Compare(a.number, h.number))
	}
	return cmp.Compare(a.number, h.number)
}

// leave takes a hold out of the line.
func (l *ledger) leave(h *share) {
	if i := slices.Index(l.line, h); i >= 0 {
		l.line = slices.Delete(l.line, i, i+1)
	}
	h.wants, h.granted = h.held, nil
}

// came puts off when a hold is late: by as long as it took, at the least pace, to bring n bytes, and never by more
// than the grace from now.
func (l *ledger) came(h *share, n int, now time.Time) {
	if h.state != arriving || h.held == 0 {
		return
	}
	if h.deadline.IsZero() {
		h.deadline = now.Add(l.grace)
		return
	}
	earned := time.Duration(float64(l.fill) * float64(n) / float64(h.held))
	h.deadline = h.deadline.Add(min(earned, l.grace))
	if most := now.Add(l.grace); h.deadline.After(most) {
		h.deadline = most
	}
}

// remove takes a hold out, with all that it held.
func (l *ledger) remove(h *share) {
	if h.state == outside {
		return
	}
	if h.state == cut {
		l.given -= h.held
	}
	l.leave(h)
	l.held -= h.held
	last := len(l.holds) - 1
	l.holds[h.index] = l.holds[last]
	l.holds[h.index].index = h.index
	l.holds[last] = nil
	l.holds = l.holds[:last]
	h.state, h.held, h.wants = outside, 0, 0
}

// shrink takes back what a hold has over so much.
func (l *ledger) shrink(h *share, to int64) {
	if h.state == outside || to >= h.held {
		return
	}
	if h.state == cut {
		l.given -= h.held - to
	}
	l.held -= h.held - to
	h.held, h.wants = to, to
}

// end cuts a hold off. Its memory comes back when it closes.
func (l *ledger) end(h *share) {
	l.leave(h)
	h.state = cut
	l.given += h.held
}

// settle gives those who wait what there is, and cuts off who is late and holds what the first of them needs.
func (l *ledger) settle(now time.Time) (e effects) {
	for h := l.next(); h != nil; h = l.next() {
		e.granted = append(e.granted, h.granted)
		l.held += h.wants - h.held
		h.held = h.wants
		if h.state == arriving {
			h.deadline = now.Add(l.grace) // it did not keep anybody waiting meanwhile
		}
		l.leave(h)
	}
	if len(l.line) == 0 {
		return e
	}
	l.hurry(now)
	for first := l.line[0]; !l.willFit(first, first.wants); {
		v := l.victim(now)
		if v == nil {
			break
		}
		l.end(v)
		e.cut = append(e.cut, v.cutter)
	}
	e.check = l.nextLate()
	return e
}

// hurry lets the grace begin of holds of which nothing has come yet.
func (l *ledger) hurry(now time.Time) {
	for _, h := range l.holds {
		if h.deadline.IsZero() && h.hurried() {
			h.deadline = now.Add(l.grace)
		}
	}
}

// next is the first in line for whom there is enough. In a strict line that is the first of all or, lest it waits for
// those behind it, the one that is closest to its end: there may be thousands in it.
func (l *ledger) next() *share {
	if len(l.line) == 0 {
		return nil
	}
	candidates := l.line
	if l.strict {
		candidates = []*share{l.line[0], slices.MinFunc(l.line, nearerItsEnd)}
	}
	for _, h := range candidates {
		if l.fits(h, h.wants) {
			return h
		}
	}
	return nil
}

func nearerItsEnd(a, b *share) int { return cmp.Compare(a.remaining(), b.remaining()) }

// victim is the hold that is late for longest.
func (l *ledger) victim(now time.Time) (v *share) {
	for _, h := range l.holds {
		if h.late(now) && (v == nil || h.deadline.Before(v.deadline)) {
			v = h
		}
	}
	return v
}

// nextLate is when the next hold becomes late, zero when none will.
func (l *ledger) nextLate() (at time.Time) {
	for _, h := range l.holds {
		if h.hurried() && (at.IsZero() || h.deadline.Before(at)) {
			at = h.deadline
		}
	}
	return at
}

// fits reports whether a hold can have so much now.
func (l *ledger) fits(h *share, to int64) bool {
	return to-h.held <= l.bytes-l.held && l.willFit(h, to)
}

// willFit reports whether it can have it once those are gone that were cut off.
func (l *ledger) willFit(h *share, to int64) bool {
	free := l.bytes - l.held + l.given - (to - h.held)
	return free >= 0 && l.safe(free, h, to)
}

// claim is what a hold has and may still ask for.
type claim struct{ held, remaining int64 }

// safe reports whether all could come to their end, one after another, with so much free and one of them holding
// more. Those that hold nothing do not count: they can come last, when all is free.
func (l *ledger) safe(free int64, more *share, to int64) bool {
	if free >= l.largest {
		return true
	}
	l.scratch = append(l.scratch[:0], claim{to, max(0, more.need-to)})
	for _, h := range l.holds {
		if h != more && h.state != cut && h.held > 0 {
			l.scratch = append(l.scratch, claim{h.held, h.remaining()})
		}
	}
	rest := l.scratch[:0]
	for _, c := range l.scratch { // mostly that tells already, and there may be thousands to sort
		switch {
		case c.remaining > free:
			rest = append(rest, c)
		case free+c.held >= l.largest:
			return true
		default:
			free += c.held
		}
	}
	if len(rest) == len(l.scratch) {
		return false
	}
	slices.SortFunc(rest, func(a, b claim) int { return cmp.Compare(a.remaining, b.remaining) })
	for _, c := range rest {
		if c.remaining > free {
			return false
		}
		free += c.held
	}
	return true
}
