package bounds

import (
	"context"
	"iter"
	"sync"
	"time"

	"tidemark/domain/fault"
	"tidemark/ports/chunks"
	"tidemark/ports/sched"
)

// AnswersWithin is how long a piece of work that has to be done in time waits for a call of one of several accounts. It
// is a sixth of the lease for which evidence is good (T3): with a tidemark that is waited for in vain, and two accounts
// that hang, half of the lease is left.
const AnswersWithin = 5 * time.Second

// Patient is the same accounts for one piece of work that has to be done in time: a call for a row of another account
// than home is waited for so long at most, and an account that let it pass is not asked again, but is
// fault.Unavailable at once. So one that hangs costs the work that time once, and what is done side by side with it.
// Home is waited for as ever: without it there is nothing to be done.
func (a *Accounts) Patient(s sched.Scheduler, most time.Duration) *Accounts {
	if len(a.all) == 1 {
		return a
	}
	home := true
	return a.Over(func(of Account) Account {
		if home {
			home = false
			return of
		}
		of.Rows = &patient{of: of.Rows, sched: s, most: most}
		return of
	})
}

// patient is the rows of an account that may hang.
type patient struct {
	of    chunks.Store
	sched sched.Scheduler
	most  time.Duration

	mu    sync.Mutex
	hangs bool
}

// silent is why an account that hangs is not asked again.
func silent(op string) error {
	return &fault.Error{Kind: fault.Unavailable, Op: op, RetryAfter: time.Second,
		Message: "the storage did not answer in time: try again later"}
}

// hanging reports whether a call was not answered in time.
func (p *patient) hanging() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.hangs
}

// overdue is the error of a call whose time is over: late, unless it has a kind of its own because somebody else gave
// up, or it came to its end all the same.
func (p *patient) overdue(ctx, bounded context.Context, op string, late fault.Kind, err error) error {
	if err == nil || bounded.Err() == nil || ctx.Err() != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hangs = true
	return fault.Wrap(late, op, err)
}

// within makes a call; late is the kind of its error if it was not answered in time.
func (p *patient) within(ctx context.Context, op string, late fault.Kind, call func(context.Context) error) error {
	if p.hanging() {
		return silent(op)
	}
	bounded, cancel := p.sched.WithTimeout(ctx, p.most)
	defer cancel()
	return p.overdue(ctx, bounded, op, late, call(bounded))
}

// Get implements chunks.Store.
func (p *patient) Get(ctx context.Context, k chunks.Key) (row chunks.Row, err error) {
	err = p.within(ctx, "accounts.get", fault.Unavailable, func(ctx context.Context) error {
		row, err = p.of.Get(ctx, k)
		return err
	})
	return row, err
}

// Scan implements chunks.Store. It may be long: there is the time for each row, from when the one before was used.
func (p *patient) Scan(ctx context.Context, r chunks.Range) iter.Seq2[chunks.Row, error] {
	const op = "accounts.scan"
	return func(yield func(chunks.Row, error) bool) {
		if p.hanging() {
			yield(chunks.Row{}, silent(op))
			return
		}
		bounded, cancel := p.sched.WithCancel(ctx)
		defer cancel()
		stop := p.sched.AfterFunc(p.most, cancel)
		defer func() { stop() }()
		for row, err := range p.of.Scan(bounded, r) {
			stop()
			if err = p.overdue(ctx, bounded, op, fault.Unavailable, err); !yield(row, err) || err != nil {
				return
			}
			stop = p.sched.AfterFunc(p.most, cancel)
		}
	}
}

// Apply implements chunks.Store.
func (p *patient) Apply(ctx context.Context, changes ...chunks.Change) error {
	return p.within(ctx, "accounts.apply", fault.Indeterminate, func(ctx context.Context) error {
		return p.of.Apply(ctx, changes...)
	})
}

// Prepare implements chunks.Store.
func (p *patient) Prepare(ctx context.Context, years ...int32) error {
	return p.within(ctx, "accounts.prepare", fault.Indeterminate, func(ctx context.Context) error {
		return p.of.Prepare(ctx, years...)
	})
}

// Expire implements chunks.Store.
func (p *patient) Expire(ctx context.Context, before int32) error {
	return p.within(ctx, "accounts.expire", fault.Indeterminate, func(ctx context.Context) error {
		return p.of.Expire(ctx, before)
	})
}

// Expired implements chunks.Store.
func (p *patient) Expired(ctx context.Context) (before int32, err error) {
	err = p.within(ctx, "accounts.expired", fault.Unavailable, func(ctx context.Context) error {
		before, err = p.of.Expired(ctx)
		return err
	})
	return before, err
}
