package path

import (
	"context"
	"iter"

	"tidemark/simulator/inject"
)

// Do carries a call out. An error of the type *Error is the path's, or do's own; every other is do's, or the
// context's. The context bounds what the sender waits; what has arrived when it ends is carried out. do must bear
// being run while nobody waits for it.
func Do[T any](ctx context.Context, p *Path, c inject.Call, rows int,
	do func(ctx context.Context) (T, error)) (T, error) {
	var none T
	p.Sender.Pass()
	ended := p.begins(ctx, c)
	d := p.decided(ctx, c, rows)
	t := p.Send(ctx, c)
	out, err := none, error(nil)
	if d.Action == inject.Hold && !d.After {
		out, err = held(ctx, t, d, do)
	} else if err = t.there(d); err == nil {
		out, err = do(ctx)
		if e := t.Answer(); e != nil {
			out, err = none, e
		}
	}
	ended()
	p.tell(c, err)
	p.Sender.Pass()
	return out, err
}

// there brings a call to the storage, of which the rules have decided.
func (t *Trip) there(d inject.Decision) error {
	if err := t.Arrive(); err != nil {
		return err
	}
	t.meet(d)
	return t.Suffer()
}

// held has the request wait on its way. It arrives whatever its sender does meanwhile; the way is asked again then.
func held[T any](ctx context.Context, t Trip, d inject.Decision, do func(ctx context.Context) (T, error)) (T, error) {
	var out, none T
	var err error
	p := t.path
	ended := p.Sched.NewEvent()
	p.Sched.Go("held call", func() {
		defer ended.Set()
		patient := *p
		patient.Patience = 0
		alone := patient.Send(ctx, t.call)
		alone.meet(d)
		if err = alone.Arrive(); err == nil {
			out, err = do(alone.ctx)
		}
	})
	if e := p.wait(ctx, ended.Wait); e != nil {
		return none, e
	}
	if e := t.Answer(); e != nil {
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
		ended := p.begins(ctx, c)
		d := p.decided(ctx, c, 1)
		if d.Action == inject.Hold {
			d.Action = inject.Delay
		}
		t := p.Send(ctx, c)
		err := t.there(d)
		stopped := false
		if err == nil {
			loses := d.After && !d.Action.TakesTime()
			stopped = pieces(p, do(ctx), loses, yield)
		}
		if err == nil && !stopped {
			err = t.Answer()
		}
		ended()
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

// begins tells that a call begins.
func (p *Path) begins(ctx context.Context, c inject.Call) (ended func()) {
	if p.Begins == nil {
		return func() {}
	}
	return p.Begins(ctx, c)
}

// decided asks the rules, and tells what they do to the call.
func (p *Path) decided(ctx context.Context, c inject.Call, rows int) inject.Decision {
	d := p.decide(c, rows)
	switch what := string(d.Action); {
	case d.Action == "":
	case d.After:
		p.suffers(ctx, c, what+" after")
	default:
		p.suffers(ctx, c, what)
	}
	return d
}

// tell tells the observer how a call went.
func (p *Path) tell(c inject.Call, err error) {
	if p.Observe != nil {
		e, _ := err.(*Error) // the path's own are not wrapped
		p.Observe(c, e)
	}
}
