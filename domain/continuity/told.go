package continuity

import (
	"context"
	"sync"
	"time"

	"tidemark/domain/bounds"
	"tidemark/domain/fault"
	"tidemark/domain/planted"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// Told knows up to when both journals have everything of each other, also where this process does not sweep: whoever
// does writes it into both. It is safe for concurrent use.
//
// What a row says is a fact of the past, of the two generations that it names, and stays true of them. It counts while
// the pairing knows the two as a pair, or hears nothing of one of them; not once one was emptied, retired or replaced.
// The earlier of both rows counts, so that a journal that was set back to an earlier state speaks for itself.
type Told struct {
	pairing *Pairing
	own     func() time.Time

	mu   sync.Mutex // guards what follows
	of   [2]journal.Peer
	even time.Time
}

// NewTold makes it, of the journals of a pairing. own is what the process itself has found (Service.Even). Watch keeps
// it up.
func NewTold(p *Pairing, own func() time.Time) *Told { return &Told{pairing: p, own: own} }

// Even is the later of what this process has found and what it has read, as Service.Even has it: whoever relies on it
// for what it reads of a journal asks before it begins to read. Zero where neither is known.
func (t *Told) Even() time.Time {
	own, pair := t.own(), t.pairing.Peers()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of != pair && !planted.On(planted.EvenOfAnotherPair) || own.After(t.even) {
		return own
	}
	return t.even
}

// Read reads both rows of the pair that was read within the lease; where there is none nothing is read.
func (t *Told) Read(ctx context.Context) error {
	of := t.pairing.Peers()
	if !t.pairing.Holds() || of == [2]journal.Peer{} {
		return nil
	}
	var rows [2]journal.Even
	err := sched.Each(ctx, t.pairing.sched, 2, 2, func(ctx context.Context, i int) (err error) {
		rows[i], err = t.pairing.sites[i].Directory.Even(ctx, of[other(i)])
		if fault.Is(err, fault.NotFound) {
			return nil // nobody has said anything, or what was said is not there any more
		}
		return err
	})
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.even = heard(of == t.of, t.even, rows)
	t.of = of
	return nil
}

// heard is what is known once both rows were read. before is what was known, of the same pair or another.
func heard(same bool, before time.Time, rows [2]journal.Even) time.Time {
	if rows[0].Time.IsZero() || rows[1].Time.IsZero() {
		return time.Time{}
	}
	if rows[0].Sound() && rows[1].Sound() {
		return bounds.Earlier(rows[0].Time, rows[1].Time)
	}
	if same && !before.After(bounds.Earlier(rows[0].At, rows[1].At)) {
		return before // the front ends of a storage do not agree to the second
	}
	return time.Time{} // a clock has gone back
}

// Watch reads the rows a few times a lease, until the context ends; soon, where the pair is not known yet.
func (t *Told) Watch(ctx context.Context) {
	p := t.pairing
	for ctx.Err() == nil {
		wait := p.lease / 6
		if !p.Holds() {
			wait = p.lease / 30
		}
		each, cancel := p.sched.WithTimeout(ctx, p.lease/6)
		_ = t.Read(each)
		cancel()
		_ = p.sched.Sleep(ctx, wait)
	}
}
