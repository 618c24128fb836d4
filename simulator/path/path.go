package path

import (
	"context"
	"fmt"
	"iter"
	"time"

	"tidemark/ports/sched"
	"tidemark/simulator/inject"
)

// Ending is how a call ended without an answer of the storage's own.
type Ending string

// The endings.
const (
	Unreached  Ending = "unreached"  // nothing was done, and the sender knows
	Refused    Ending = "refused"    // nothing was done, and the answer says so: a status
	Unanswered Ending = "unanswered" // it may have been done, or may still be; of a read there is no answer
)

// Error is a call that ended without an answer of the storage's own.
type Error struct {
	Ending Ending
	Status int    // of Refused, as HTTP has it
	Code   string // of Refused, as the service has it
	Why    string // the rule or the cut
}

// Error says what happened.
func (e *Error) Error() string {
	if e.Ending == Refused {
		return fmt.Sprintf("refused with %d %s (%s)", e.Status, e.Code, e.Why)
	}
	return fmt.Sprintf("%s (%s)", e.Ending, e.Why)
}

// Leg is one direction of the ground between a sender and a storage, now. The zero value is open and takes no time.
type Leg struct {
	Delay time.Duration
	Cut   Cut
	Why   string // which cut
}

// Cut is how a leg fails.
type Cut string

// The cuts.
const (
	Open        Cut = ""
	Refuse      Cut = "refuse" // connections are refused
	Hang        Cut = "hang"   // nothing gets through until it heals
	Reset       Cut = "reset"  // connections are torn down
	Unavailable Cut = "503"    // somebody on the way answers for the storage
)

// Ground is what lies between places.
type Ground interface {
	// Legs are those of a call from a place to a service of another, now.
	Legs(from, to, service string) (request, answer Leg)
	// Changed is set when a leg has changed. Take it before looking.
	Changed() sched.Event
}

// Path leads from a process to the storages that it calls. Every field but Sched may be left out.
type Path struct {
	Sched  sched.Scheduler
	Sender *Process
	Ground Ground
	Rules  *inject.Engine
	// Patience is how long the sender waits for what takes time on the way, each time, as the client libraries of
	// adapters do; 0 is as long as its context. What it gives up may be done all the same.
	Patience time.Duration
	Now      func() time.Time // the clock of rules that count calls a second; nil is the scheduler's
	// Observe is told of each call how it went, before its sender is. It must not block. Whom it freezes or kills
	// does not hear the answer.
	Observe func(call inject.Call, e *Error)
}

// Do carries a call out. An error of the type *Error is the path's, or do's own; every other is do's, or the
// context's. The context bounds what the sender waits; what has arrived when it ends is carried out. do must bear
// being run while nobody waits for it.
func Do[T any](ctx context.Context, p *Path, c inject.Call, rows int,
	do func(ctx context.Context) (T, error)) (T, error) {
	var none T
	p.Sender.Pass()
	d := p.decide(c, rows)
	out, err := none, error(nil)
	if d.Action == inject.Hold && !d.After {
		out, err = held(ctx, p, c, d, do)
	} else if err = p.there(ctx, c, d); err == nil {
		out, err = do(ctx)
		if e := p.back(ctx, c, d); e != nil {
			out, err = none, e
		}
	}
	p.tell(c, err)
	p.Sender.Pass()
	return out, err
}

// decide asks the rules.
func (p *Path) decide(c inject.Call, rows int) inject.Decision {
	now := p.Sched.Now
	if p.Now != nil {
		now = p.Now
	}
	return p.Rules.Decide(now(), c, rows)
}

// there brings the request to the storage.
func (p *Path) there(ctx context.Context, c inject.Call, d inject.Decision) error {
	if err := p.leg(ctx, c, request); err != nil {
		return err
	}
	if d.After {
		return nil
	}
	return p.suffer(ctx, d)
}

// back brings the answer to the sender.
func (p *Path) back(ctx context.Context, c inject.Call, d inject.Decision) error {
	if d.After {
		if err := p.suffer(ctx, d); err != nil {
			if e, ok := err.(*Error); ok {
				e.Ending = Unanswered // it was done, whatever the sender is told
			}
			return err
		}
	}
	return p.leg(ctx, c, answer)
}

// wait waits for something that takes time, with patience.
func (p *Path) wait(ctx context.Context, until func(ctx context.Context) error) error {
	if p.Patience == 0 {
		return until(ctx)
	}
	bounded, cancel := p.Sched.WithTimeout(ctx, p.Patience)
	defer cancel()
	err := until(bounded)
	if err != nil && ctx.Err() == nil {
		return &Error{Ending: Unanswered, Why: "no answer in time"}
	}
	return err
}

func (p *Path) sleep(ctx context.Context, d time.Duration) error {
	return p.wait(ctx, func(ctx context.Context) error { return p.Sched.Sleep(ctx, d) })
}

// suffer does what a rule decided.
func (p *Path) suffer(ctx context.Context, d inject.Decision) error {
	if d.Delay > 0 {
		if err := p.sleep(ctx, d.Delay); err != nil {
			return err
		}
	}
	why := "rule " + d.Rule
	switch d.Action {
	case inject.Reset:
		return &Error{Ending: Unanswered, Why: why}
	case inject.Hang:
		return p.wait(ctx, p.Sched.NewEvent().Wait)
	case inject.Status, inject.Throttle:
		return &Error{Ending: Refused, Status: d.Status, Code: d.Code, Why: why}
	}
	return nil
}

// direction is a leg of a call.
type direction int

const (
	request direction = iota
	answer
)

// leg goes one leg of the way.
func (p *Path) leg(ctx context.Context, c inject.Call, which direction) error {
	if p.Ground == nil {
		return nil
	}
	for {
		changed := p.Ground.Changed()
		leg, back := p.Ground.Legs(c.From, c.To, c.Service)
		if which == answer {
			leg = back
		}
		switch leg.Cut {
		case Open:
			if leg.Delay > 0 {
				return p.sleep(ctx, leg.Delay)
			}
			return nil
		case Hang:
			if err := p.wait(ctx, changed.Wait); err != nil {
				return err
			}
		case Unavailable:
			e := &Error{Ending: Refused, Status: 503, Code: "ServerBusy", Why: leg.Why}
			if which == answer {
				e.Ending = Unanswered
			}
			return e
		case Refuse:
			if which == request {
				return &Error{Ending: Unreached, Why: leg.Why}
			}
			return &Error{Ending: Unanswered, Why: leg.Why}
		default:
			return &Error{Ending: Unanswered, Why: leg.Why}
		}
	}
}

// held has the request wait on its way. It arrives whatever its sender does meanwhile; the way is asked again then.
func held[T any](ctx context.Context, p *Path, c inject.Call, d inject.Decision,
	do func(ctx context.Context) (T, error)) (T, error) {
	var out T
	var err error
	ended := p.Sched.NewEvent()
	p.Sched.Go("held call", func() {
		defer ended.Set()
		alone := context.Background()
		if err = p.Sched.Sleep(alone, d.Delay); err == nil {
			patient := *p
			patient.Patience = 0
			err = patient.leg(alone, c, request)
		}
		if err == nil {
			out, err = do(alone)
		}
	})
	if e := p.wait(ctx, ended.Wait); e != nil {
		var none T
		return none, e
	}
	if e := p.leg(ctx, c, answer); e != nil {
		var none T
		return none, e
	}
	return out, err
}

// Each carries a call out whose answer comes in pieces. Its sender stands still between them too. A rule that loses the
// answer strikes after the first piece: what fails has often given something already. A held one is late.
func Each[T any](ctx context.Context, p *Path, c inject.Call,
	do func(ctx context.Context) iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		p.Sender.Pass()
		d := p.decide(c, 1)
		err := p.there(ctx, c, d)
		stopped := false
		if err == nil {
			loses := d.After && !d.Action.TakesTime()
			stopped = pieces(p, do(ctx), loses, yield)
		}
		if err == nil && !stopped {
			err = p.back(ctx, c, d)
		}
		p.tell(c, err)
		p.Sender.Pass()
		if err != nil {
			var none T
			yield(none, err)
		}
	}
}

// pieces hands pieces on, of an answer that is lost the first alone. It says whether there are to be no more: their
// receiver has stopped, or one was an error.
func pieces[T any](p *Path, of iter.Seq2[T, error], first bool, yield func(T, error) bool) (stopped bool) {
	for piece, err := range of {
		p.Sender.Pass()
		if !yield(piece, err) || err != nil {
			return true
		}
		if first {
			return false
		}
	}
	return false
}

// tell tells the observer how a call went.
func (p *Path) tell(c inject.Call, err error) {
	if p.Observe != nil {
		e, _ := err.(*Error) // the path's own are not wrapped
		p.Observe(c, e)
	}
}
