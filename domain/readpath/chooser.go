package readpath

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/region"
	"tidemark/domain/tail"
	"tidemark/ports/sched"
)

// Journal is a journal that questions may be opened over, as a tail follows it.
type Journal struct {
	Region region.Name
	Tail   *tail.Tail
	// Generation is which journal of its region it is, "" while that is not known; nil: nobody knows. The only journal
	// has none, unless another one was the only one before it: what was cached beside that is not for it.
	Generation func() string
}

// One is the only journal there is.
func One(t *tail.Tail) []Journal { return []Journal{{Tail: t}} }

// place is which journal that is, as cached rows name it.
func (j Journal) place() place {
	p := place{Region: j.Region}
	if j.Generation != nil {
		p.Generation = j.Generation()
	}
	return p
}

// chooser finds the journal that a question is opened over: one alone, since marks, blocks and claim are a journal's.
type chooser struct {
	all   []Journal // the nearest first
	may   func(region.Name) error
	away  func(region.Name) bool
	wait  time.Duration
	sched sched.Scheduler
}

// order is the journals that may be read, those first that are not known to be away, and how many of these there are;
// and why not of one that may not be read.
func (c *chooser) order() (order []Journal, there int, not error) {
	var away []Journal
	for _, j := range c.all {
		var wrong error
		if c.may != nil {
			wrong = c.may(j.Region)
		}
		switch {
		case wrong != nil:
			not = cmp.Or(not, wrong)
		case c.away != nil && c.away(j.Region):
			away = append(away, j)
		default:
			order = append(order, j)
		}
	}
	return append(order, away...), len(order), not
}

// over calls open with the first journal in order and, if that does not answer, once with the next. The first has a
// part of the caller's time only if the next is not known to be away: then waiting on is all that is left.
func (c *chooser) over(ctx context.Context, open func(context.Context, Journal) error) error {
	order, there, not := c.order()
	switch {
	case len(order) == 0:
		return &unread{&fault.Error{Kind: fault.Unavailable, Op: "readpath.open", RetryAfter: time.Second,
			Message: "no journal may be read now: " + fault.Message(not), Cause: not}}
	case len(order) == 1:
		return open(ctx, order[0])
	}
	within := ctx
	if there > 1 {
		var cancel context.CancelFunc
		within, cancel = c.sched.WithTimeout(ctx, c.wait)
		defer cancel()
	}
	first := open(within, order[0])
	if first == nil || ctx.Err() != nil || !fault.Is(first, fault.Unavailable) && !fault.Is(first, fault.Canceled) {
		return first
	}
	next := open(ctx, order[1])
	if next == nil || ctx.Err() != nil {
		return next
	}
	return &unread{neither(order, first, next)}
}

// unread is that no journal of two could be read. It is the error that it holds.
type unread struct{ error }

// Unwrap is the error that is told.
func (u *unread) Unwrap() error { return u.error }

// neither is the error of a question that no journal answered: that of the first, which names both.
func neither(order []Journal, first, next error) error {
	again := time.Second
	var said *fault.Error
	if errors.As(first, &said) {
		again = cmp.Or(said.RetryAfter, again)
	}
	return &fault.Error{Kind: fault.Unavailable, Op: "readpath.open", RetryAfter: again,
		Message: fmt.Sprintf("neither the journal in %s nor the one in %s could be read: try again later",
			order[0].Region, order[1].Region),
		Cause: errors.Join(first, next)}
}
