package work

import (
	"context"

	"tidemark/domain/fault"
	"tidemark/ports/queue"
	"tidemark/ports/sched"
)

// lease keeps a delivery hidden while it waits for a worker here and is worked on.
type lease struct {
	s        *Service
	ctx      context.Context
	cancel   context.CancelFunc
	delivery queue.Delivery
	lost     bool // somebody else has the message
	over     sched.Event
}

func (s *Service) lease(ctx context.Context, d queue.Delivery) *lease {
	l := &lease{s: s, delivery: d, over: s.sched.NewEvent()}
	l.ctx, l.cancel = s.sched.WithCancel(ctx)
	s.sched.Go("lease", l.run)
	return l
}

// run extends until the work has ended; a lease that was lost ends the work: somebody else has it.
func (l *lease) run() {
	defer l.over.Set()
	for l.s.sched.Sleep(l.ctx, l.s.cfg.Visibility/2) == nil {
		d, err := l.s.queue.Extend(l.ctx, l.delivery, l.s.cfg.Visibility)
		if fault.Is(err, fault.NotFound) {
			l.lost = true
			l.cancel()
			return
		}
		if err == nil {
			l.delivery = d
		}
	}
}

// end stops extending and gives the delivery with its last receipt, and whether the lease was lost.
func (l *lease) end() (d queue.Delivery, lost bool) {
	l.cancel()
	_ = l.over.Wait(context.Background())
	return l.delivery, l.lost
}

// leased is a delivery that this process works on or will, under a lease. The lease is extended while it waits, too:
// deliveries count, and work that waited too often would be poison. At most one delivery of each piece of work is
// leased.
type leased struct {
	lease *lease
	id    string
	m     Message
	wrong error // why this program does not work on it
}
