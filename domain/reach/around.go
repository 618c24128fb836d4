package reach

import (
	"context"
	"iter"
	"time"

	"tidemark/domain/fault"
)

// do makes a call through a guard. A read that tries whether the endpoint is back goes on although its caller gives up,
// for as long as silence takes: a question makes several calls at once, and gives up the one that tries because the
// others are refused. If that said nothing, no question could ever find out.
func do[T any](ctx context.Context, g *Guard, op string, k kind, f func(context.Context) (T, error)) (T, error) {
	c, err := g.begin(ctx, op, k)
	if err != nil {
		var none T
		return none, err
	}
	within := ctx
	if c.tries && k == read {
		var cancel context.CancelFunc
		within, cancel = g.sched.WithTimeout(context.WithoutCancel(ctx), g.cfg.Silence)
		defer cancel()
		c.ctx = within
	}
	if g.cfg.Bound > 0 && k != long {
		var cancel context.CancelFunc
		within, cancel = g.sched.WithTimeout(within, g.cfg.Bound)
		defer cancel()
	}
	over := false
	defer func() {
		if !over {
			c.abandon()
		}
	}()
	v, err := f(within)
	over = true
	err = bounded(ctx, op, k, err)
	c.end(err, g.sched.Now())
	return v, err
}

// tell makes a call that says nothing but how it went.
func tell(ctx context.Context, g *Guard, op string, k kind, f func(context.Context) error) error {
	_, err := do(ctx, g, op, k, func(ctx context.Context) (struct{}, error) { return struct{}{}, f(ctx) })
	return err
}

// bounded is the error of a call whose caller goes on: if it was canceled, its bound was over. What a canceled write
// says, Indeterminate says too.
func bounded(ctx context.Context, op string, k kind, err error) error {
	if ctx.Err() != nil || !fault.Is(err, fault.Canceled) {
		return err
	}
	out := fault.Unavailable
	if k == write {
		out = fault.Indeterminate
	}
	return fault.Wrap(out, op, context.DeadlineExceeded)
}

// each makes a call that yields. It waits for the endpoint from one yield to the next, and not while whoever reads has
// the word. Its adapter bounds it.
func each[T any](ctx context.Context, g *Guard, op string,
	seq func() iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		c, err := g.begin(ctx, op, read)
		if err != nil {
			var none T
			yield(none, err)
			return
		}
		var failed error
		var last time.Time // when something came, where whoever reads has the word; zero: the endpoint has it
		over := false
		defer func() {
			switch {
			case !last.IsZero(): // whoever reads has had enough
				c.end(failed, last)
			case over:
				c.end(failed, g.sched.Now())
			default:
				c.abandon()
			}
		}()
		for v, err := range seq() {
			failed, last = err, c.g.sched.Now()
			g.mu.Lock()
			c.came(last, err == nil)
			g.mu.Unlock()
			if !yield(v, err) {
				return
			}
			now := g.sched.Now()
			g.mu.Lock()
			c.waits(now)
			g.mu.Unlock()
			last = time.Time{}
		}
		over = true
	}
}
