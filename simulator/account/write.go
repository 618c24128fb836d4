package account

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"tidemark/ports/sched"
	"tidemark/simulator/georep"
)

// askAgain is how long to wait before a storage is asked again what became of a write.
const askAgain = 100 * time.Millisecond

// ErrLost means that the primary's storage lost what it had, and that a failover away from it is under way.
var ErrLost = errors.New("the primary has lost what it had, and a failover away from it is under way")

// Write is one write to the account.
type Write struct {
	Partition   georep.Partition // held while it is done
	Rows, Bytes int
	Empties     bool // it deletes the container

	// Send does it on the primary's storage. The payload is nil when the storage refused. An error means that no
	// answer came: the outcome is unknown, unless it is ErrNotSent.
	Send func(ctx context.Context, stamp time.Time) (Payload, error)
	// Resolve asks the storage what became of a write of unknown outcome: its payload when it is there, nil when it is
	// not, an error to be asked again. The partition is still held, so nothing came after it.
	Resolve func(ctx context.Context, stamp time.Time) (Payload, error)
	// Unheard is told, if it is set, what the caller of Write does not learn: a write that was committed although the
	// caller has left or got no answer; with a nil entry, one whose primary is gone before it said what became of it.
	Unheard func(e *georep.Entry, why string)
}

// Outcome is how a write ended, as far as its caller learns.
type Outcome struct {
	Entry *georep.Entry // what was committed; nil: nothing
	Err   error         // no answer came from the storage: what became of it is found out without the caller
}

// Arrive takes a write in, at a region that was the primary when it set out. georep.ErrBacklog and georep.ErrDown
// refuse it. The ticket is for one Write or one Abandon.
func (a *Account) Arrive(at georep.Region, s georep.Service) (t georep.Ticket, err error) {
	a.do(func(now time.Time) {
		if is := a.geo.Status(now); is.Primary != at {
			err = fmt.Errorf("account %s: region %s is not its primary any more: %w", a.o.Name, at, georep.ErrDown)
			return
		}
		t, err = a.geo.Arrive(now, s)
	})
	return t, err
}

// Abandon gives a write up that was never sent.
func (a *Account) Abandon(t georep.Ticket) {
	a.do(func(now time.Time) {
		a.geo.Abandon(now, t)
		a.progressed(now)
		a.tellDrained()
	})
}

// progressed wakes the driver if a failover may wait for what just ended. The caller holds mu.
func (a *Account) progressed(now time.Time) {
	if a.geo.Status(now).Phase == georep.Down {
		a.bell.ring()
	}
}

// Write carries a write out and waits for its outcome, until the context ends. What was sent to the storage runs to its
// end whatever the caller does, because the log has to know how it ended. An error means that it was not sent: the
// context ended while other writes of its partition were under way, or ErrLost; or that the context ended afterwards.
func (a *Account) Write(ctx context.Context, t georep.Ticket, w Write) (Outcome, error) {
	h, err := a.locks.hold(ctx, w.Partition)
	if err != nil {
		a.Abandon(t)
		return Outcome{}, err
	}
	if a.Endpoints().Primary.Availability == Lost {
		h.release()
		a.Abandon(t)
		return Outcome{}, fmt.Errorf("account %s: %w", a.o.Name, ErrLost)
	}
	f := &flight{ended: a.s.NewEvent()}
	if !a.start(func() { a.carryOut(&w, t, h, f) }) {
		h.release()
		a.Abandon(t)
		return Outcome{}, context.Cause(a.ctx)
	}
	if err := f.ended.Wait(ctx); err != nil && f.leave() {
		return Outcome{}, err
	}
	return f.outcome, nil
}

// flight is a write that was sent, between its caller and who carries it out.
type flight struct {
	ended   sched.Event
	outcome Outcome

	mu    sync.Mutex
	state flightState
}

type flightState int

const (
	awaited  flightState = iota // its caller waits
	answered                    // its caller has the outcome
	left                        // its caller has left
)

// answer gives the caller the outcome, and says whether it hears it.
func (f *flight) answer(o Outcome) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.state != awaited {
		return false
	}
	f.state, f.outcome = answered, o
	f.ended.Set()
	return true
}

// leave says whether the caller leaves without an outcome.
func (f *flight) leave() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.state == awaited {
		f.state = left
	}
	return f.state == left
}

// carryOut does the write while its partition is held. It says how it went as soon as it knows, or that no answer
// came, and lets the partition go when the outcome is in the log.
func (a *Account) carryOut(w *Write, t georep.Ticket, h holding, f *flight) {
	var sending context.Context
	var stamp time.Time
	era := 0
	a.do(func(now time.Time) {
		sending, stamp, era = a.sending.ctx, a.geo.Stamp(now, t), a.era
		a.underWay[era]++
	})
	defer a.land(era)
	p, err := w.Send(sending, stamp)
	why := "the caller does not wait any more"
	if err != nil && !errors.Is(err, ErrNotSent) {
		f.answer(Outcome{Err: err})
		why = "the storage did not answer: " + err.Error()
		p = a.resolve(sending, w, stamp, err)
	}
	o := Outcome{Err: err}
	if p != nil {
		e := a.commit(t, w, p)
		o.Entry = &e
	} else {
		a.Abandon(t)
	}
	h.release()
	if !f.answer(o) && o.Entry != nil && w.Unheard != nil {
		w.Unheard(o.Entry, why)
	}
}

// resolve finds out what became of a write that got no answer. It gives up when an unplanned failover does away with
// the primary, or when the account is closed.
func (a *Account) resolve(ctx context.Context, w *Write, stamp time.Time, cause error) Payload {
	for ctx.Err() == nil {
		p, err := w.Resolve(ctx, stamp)
		if err == nil {
			return p
		}
		_ = a.s.Sleep(ctx, askAgain)
	}
	a.do(a.doubtful)
	if w.Unheard != nil {
		w.Unheard(nil, "the primary is gone before it said whether it has stored this write: "+cause.Error())
	}
	return nil
}

// commit logs a write that the primary has stored.
func (a *Account) commit(t georep.Ticket, w *Write, p Payload) (e georep.Entry) {
	a.do(func(now time.Time) {
		e = a.geo.Commit(now, t, w.Partition, w.Rows, w.Bytes)
		if a.geo.Status(now).Secondary != "" {
			a.log[e.Seq] = &entry{payload: p}
		}
		if w.Empties {
			a.geo.Emptied(now, w.Partition.Service, w.Partition.Container, e.Seq)
			if a.emptied != nil {
				a.emptied[container{w.Partition.Service, w.Partition.Container}] = true
			}
		}
		a.progressed(now)
		a.tellDrained()
		if at, ok := a.geo.Wake(now); ok && (a.wakeAt.IsZero() || at.Before(a.wakeAt)) {
			a.bell.ring()
		}
	})
	return e
}
