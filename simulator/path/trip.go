package path

import (
	"context"
	"time"

	"tidemark/ports/sched"
	"tidemark/simulator/inject"
)

// State is where a call is on its way.
type State string

// The states, as the package has them.
const (
	Sent       State = "sent"
	Held       State = "held"
	Lost       State = "lost"
	Arrived    State = "arrived"
	Answered   State = "answered"
	AnswerLost State = "answer lost"
)

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
	// Alone is what a held call lives by when its sender counts no more; nil is for ever.
	Alone context.Context
	// Observe is told of each call of Do and Each how it went, before its sender is. It must not block. Whom it freezes
	// or kills does not hear the answer.
	Observe func(call inject.Call, e *Error)
	// Begins is told of each call of Do and Each before anything befalls it, and what it gives is called when that has
	// ended. Suffers is told of what befalls a call: of a rule the action, with "after" if the storage has carried the
	// call out; of a way that fails the text of the fault; of one that takes time "distance". ctx is the sender's.
	// Neither may block.
	Begins  func(ctx context.Context, call inject.Call) (ended func())
	Suffers func(ctx context.Context, call inject.Call, what string)
}

// Trip is one call on its way, there and back, moved on step by step by one actor: Do and Each are made of these
// steps, and a shell takes them whose senders are elsewhere, and which carries out itself what lies between them. The
// steps are Arrive; then Meet, and Arrive again if that holds it; Suffer; and Answer. After an error it has ended.
type Trip struct {
	// Listen is called before a wait whose end nobody knows, so that a shell hears its sender leave. Its error ends the
	// call. nil is nothing to do.
	Listen func() error
	// Unheard is told, once, that the answer is lost, as soon as that is known; one that a way keeps in silence may
	// come after all when the way heals. nil hears nothing.
	Unheard func(why string)

	path   *Path
	call   inject.Call
	sender context.Context // ends when nobody waits for the answer
	ctx    context.Context // what it lives by: its sender's, and while it is held the path's Alone
	apart  bool            // it was held, and its sender has not counted since
	state  State
	rule   inject.Decision // that it met and has not suffered yet
	why    string          // what loses it
	told   bool            // Unheard was
}

// Send begins the life of a call. Of the call the places and the service have to be known; the rest is Meet's to say.
func (p *Path) Send(sender context.Context, c inject.Call) Trip {
	return Trip{path: p, call: c, sender: sender, ctx: sender, state: Sent}
}

// State is where it is.
func (t *Trip) State() State { return t.state }

// Why is the rule or the cut that loses it before it was carried out, also while that is silent; "" is none.
func (t *Trip) Why() string { return t.why }

// Arrive brings the request to the storage; a held one when its time has come. It goes the way as it is then.
func (t *Trip) Arrive() error {
	if t.state == Held {
		if err := t.listen(); err != nil {
			return err
		}
		if err := t.path.Sched.Sleep(t.ctx, t.rule.Delay); err != nil {
			return err
		}
		t.rule = inject.Decision{}
	}
	if err := t.leg(request); err != nil {
		t.state = Lost
		return err
	}
	t.state = Arrived
	return nil
}

// Meet asks the rules about a call that has arrived, whose operation is known now. Held: it is back on its way, and has
// not arrived; its sender counts no more, until there is an answer. Lost: it comes to nothing, and Suffer says how.
func (t *Trip) Meet(c inject.Call, rows int) State {
	t.call = c
	t.meet(t.path.decide(c, rows))
	return t.state
}

func (t *Trip) meet(d inject.Decision) {
	t.rule = d
	switch {
	case d.After, d.Action == "", d.Action == inject.Delay:
	case d.Action == inject.Hold:
		t.state, t.ctx, t.apart = Held, t.path.alone(), true
	default:
		t.state, t.why = Lost, "rule "+d.Rule
	}
}

// Suffer does what the rule decided that the call met before the storage.
func (t *Trip) Suffer() error {
	if t.rule.After {
		return nil
	}
	d := t.rule
	t.rule = inject.Decision{}
	return t.suffer(d)
}

// Answer brings an answer to the sender: of the storage, which may have carried the call out, or of who refused it.
func (t *Trip) Answer() error {
	if t.apart {
		t.ctx, t.apart = t.sender, false
		if err := t.sender.Err(); err != nil {
			t.unheard("its sender has gone while it was held")
			return err
		}
	}
	if d := t.rule; d.After {
		t.rule = inject.Decision{}
		if d.Action != "" && !d.Action.TakesTime() {
			t.unheard("rule " + d.Rule)
		}
		if err := t.suffer(d); err != nil {
			if e, ok := err.(*Error); ok {
				e.Ending = Unanswered // it was done, whatever the sender is told
			}
			return err
		}
	}
	if err := t.leg(answer); err != nil {
		return err
	}
	t.state = Answered
	return nil
}

func (t *Trip) unheard(why string) {
	t.state = AnswerLost
	if !t.told && t.Unheard != nil {
		t.Unheard(why)
	}
	t.told = true
}

// suffer does what a rule decided.
func (t *Trip) suffer(d inject.Decision) error {
	if d.Delay > 0 {
		if err := t.pause(d.Delay); err != nil {
			return err
		}
	}
	why := "rule " + d.Rule
	switch d.Action {
	case inject.Reset:
		return &Error{Ending: Unanswered, Why: why}
	case inject.Hang:
		return t.silence(t.path.Sched.NewEvent())
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
func (t *Trip) leg(which direction) error {
	g := t.path.Ground
	if g == nil {
		return nil
	}
	for {
		changed := g.Changed()
		leg, back := g.Legs(t.call.From, t.call.To, t.call.Service)
		if which == answer {
			leg = back
		}
		switch {
		case leg.How == inject.Open:
			t.why = ""
			if leg.Delay > 0 {
				t.path.suffers(t.sender, t.call, "distance")
			}
			return t.path.sleep(t.ctx, leg.Delay)
		case which == answer:
			t.unheard(leg.Why)
		default:
			t.why = leg.Why
		}
		t.path.suffers(t.sender, t.call, leg.Why)
		if leg.How != inject.Silent {
			return failed(leg, which)
		}
		if err := t.silence(changed); err != nil {
			return err
		}
	}
}

// failed is how a call ends at a leg that fails and says so.
func failed(l Leg, which direction) error {
	e := &Error{Ending: Unanswered, Why: l.Why}
	if l.How == inject.Busy {
		e.Status, e.Code = 503, "ServerBusy"
	}
	switch {
	case which == answer:
	case l.How == inject.Busy:
		e.Ending = Refused
	case l.How == inject.Refuse:
		e.Ending = Unreached
	}
	return e
}

// pause waits for a time that a rule has it wait.
func (t *Trip) pause(d time.Duration) error {
	if err := t.listen(); err != nil {
		return err
	}
	return t.path.sleep(t.ctx, d)
}

// silence waits until something changes.
func (t *Trip) silence(changed sched.Event) error {
	if err := t.listen(); err != nil {
		return err
	}
	return t.path.wait(t.ctx, changed.Wait)
}

func (t *Trip) listen() error {
	if t.Listen == nil {
		return nil
	}
	return t.Listen()
}

// decide asks the rules.
func (p *Path) decide(c inject.Call, rows int) inject.Decision {
	if p.Rules == nil {
		return inject.Decision{}
	}
	now := p.Sched.Now
	if p.Now != nil {
		now = p.Now
	}
	return p.Rules.Decide(now(), c, rows)
}

// suffers tells what befalls a call.
func (p *Path) suffers(sender context.Context, c inject.Call, what string) {
	if p.Suffers != nil {
		p.Suffers(sender, c, what)
	}
}

func (p *Path) alone() context.Context {
	if p.Alone == nil {
		return context.Background()
	}
	return p.Alone
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
	if d <= 0 {
		return nil
	}
	return p.wait(ctx, func(ctx context.Context) error { return p.Sched.Sleep(ctx, d) })
}
