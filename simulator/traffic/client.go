package traffic

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"tidemark/ports/sched"
	"tidemark/simulator/history"
)

// Client does one thing after another, and notes it.
type Client struct {
	Name   string // in the history
	Tenant string // in whose name it asks
	Log    *Log
	Sched  sched.Scheduler
	Rand   *rand.Rand
	// Pick gives the node for the next call.
	Pick func() Node
	// Next draws the next call; false: nothing this time.
	Next func(*rand.Rand) (history.Call, bool)
	// Patience is how long a call is waited for: that of a dead node never ends, and its client goes on. What comes
	// after that is noted all the same.
	Patience time.Duration
	Pause    time.Duration // between two calls, less than that; 0 is none

	drawing sync.Mutex // of Rand, Next and Pick: a call that was given up may be drawing still
}

// Run does one thing after another until it is over, or the context ends.
func (c *Client) Run(ctx context.Context, over func() bool) {
	for ; !over() && ctx.Err() == nil; c.Rest(ctx) {
		c.Step(ctx)
	}
}

// Step does the next thing.
func (c *Client) Step(ctx context.Context) {
	c.Bounded(ctx, func(ctx context.Context) {
		if node, call, some := c.draw(); some {
			c.Do(ctx, node, call)
		}
	})
}

func (c *Client) draw() (Node, history.Call, bool) {
	c.drawing.Lock()
	defer c.drawing.Unlock()
	call, some := c.Next(c.Rand)
	if !some {
		return Node{}, call, false
	}
	return c.Pick(), call, true
}

// Rest is the pause between two things.
func (c *Client) Rest(ctx context.Context) {
	var pause time.Duration
	if c.Pause > 0 {
		c.drawing.Lock()
		pause = time.Duration(c.Rand.Int64N(int64(c.Pause)))
		c.drawing.Unlock()
	}
	_ = c.Sched.Sleep(ctx, pause)
}

// Bounded waits for something until the client's patience is over.
func (c *Client) Bounded(ctx context.Context, do func(context.Context)) {
	ctx, cancel := c.Sched.WithTimeout(ctx, c.Patience)
	defer cancel()
	done := c.Sched.NewEvent()
	c.Sched.Go("call", func() {
		do(ctx)
		done.Set()
	})
	_ = done.Wait(ctx)
}

// Do has a node do one call, and notes it. The operation has ended when it returns.
func (c *Client) Do(ctx context.Context, n Node, call history.Call) *history.Op {
	call.Tenant = c.Tenant
	op := c.Log.Begin(history.Op{Process: c.Name, Node: n.Name, Call: call})
	a, err := n.do(ctx, call)
	c.Log.End(op, a, err)
	return op
}
