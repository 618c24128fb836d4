package work

import (
	"context"
	"sync"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/planted"
	"tidemark/ports/queue"
	"tidemark/ports/sched"
)

// Run works until the context ends, and returns once nothing is under way. Only one Run of a service is on at a time.
//
// It receives what there are free workers for, so that other processes find the rest. While nothing but repetitions
// comes, it receives more and more at a time: they are deleted, and would bury the work.
func (s *Service) Run(ctx context.Context) {
	c := s.newCrew(ctx)
	var silent silence
	repeats := 0 // receives in a row that brought no work
	for ctx.Err() == nil {
		most := min(c.free(ctx)<<min(repeats, 5), queue.MaxReceive)
		if most == 0 {
			break
		}
		got, err := s.queue.Receive(ctx, most, s.cfg.Visibility)
		if what := silent.says(err, s.sched.Now()); what != "" {
			s.tell(ctx, what, Message{}, err)
		}
		if repeats++; c.admit(ctx, got) > 0 || len(got) < most {
			repeats = 0
		}
		if len(got) < most { // the queue holds no more
			s.jobs.forget(s.sched.Now())
			_ = s.sched.Sleep(ctx, s.cfg.Poll)
		}
	}
	_ = c.group.Wait()
}

// silence is a queue that does not answer. It is asked all the time, and told of now and then.
type silence struct{ began, told time.Time }

const tellEvery = time.Minute

// says gives what is worth telling after a call, "" for nothing.
func (q *silence) says(err error, now time.Time) string {
	switch {
	case err == nil && q.began.IsZero():
		return ""
	case err == nil:
		what := "the queue answers again, after " + now.Sub(q.began).Round(time.Second).String()
		*q = silence{}
		return what
	case q.began.IsZero():
		q.began, q.told = now, now
		return "the queue does not answer"
	case now.Sub(q.told) < tellEvery:
		return ""
	}
	q.told = now
	return "the queue has not answered for " + now.Sub(q.began).Round(time.Second).String()
}

// crew is the workers of one Run: a pool for compactions, and one for the rest, which is rare and would wait for long
// behind shards that are written to all the time.
type crew struct {
	s     *Service
	group *sched.Group

	mu              sync.Mutex // guards what follows
	compact, upkeep pool
	freed           sched.Event // a worker for compactions became free; replaced each time
}

// pool is workers, and the little that waits for them: what no worker is free for stays in the queue, where other
// processes find it.
type pool struct {
	free    int // workers without work; while there is one nothing waits
	room    int // how many may wait
	waiting []*leased
}

// upkeepRoom is how much of the rest may wait. It comes for all tenants at once, and what goes back waits anew behind
// every compaction.
const upkeepRoom = queue.MaxReceive

func (s *Service) newCrew(ctx context.Context) *crew {
	return &crew{s: s, group: sched.NewGroup(ctx, s.sched, 0), freed: s.sched.NewEvent(),
		compact: pool{free: s.cfg.Workers, room: s.cfg.Workers},
		upkeep:  pool{free: (s.cfg.Workers + 1) / 2, room: upkeepRoom}}
}

// free waits until a worker for compactions is free, and says how many are: any message may be one. 0 is the end of
// the context.
func (c *crew) free(ctx context.Context) int {
	for {
		c.mu.Lock()
		n, freed := c.compact.free, c.freed
		c.mu.Unlock()
		if n > 0 {
			return n
		}
		if freed.Wait(ctx) != nil {
			return 0
		}
	}
}

// admit takes deliveries in, and deletes those of work that other messages carry out, side by side: they are the most
// under load. It says how many brought work.
func (c *crew) admit(ctx context.Context, got []queue.Delivery) int {
	type message struct {
		queue.Delivery
		m     Message
		wrong error
	}
	var repeated, taken []message
	for _, d := range got {
		m, err := parse(d.Body)
		if err == nil {
			switch c.s.jobs.admit(m, d.ID, d.Inserted, c.s.sched.Now()) {
			case repeat:
				repeated = append(repeated, message{d, m, nil})
				continue
			case leave:
				continue
			}
			if d.DequeueCount > c.s.cfg.Deliveries && !c.s.jobs.answered(m, d.ID) {
				err = fault.New(fault.Internal, "work",
					"%d deliveries ended without an answer: the worker died or hung, or the queue did not take its "+
						"answer", d.DequeueCount-1)
			}
		}
		taken = append(taken, message{d, m, err})
	}
	for _, t := range taken { // once all are known: one pass carries out what came together
		c.put(ctx, t.Delivery, t.m, t.wrong)
	}
	_ = sched.Each(ctx, c.s.sched, len(repeated), deleteParallel, func(ctx context.Context, i int) error {
		if r := repeated[i]; c.s.queue.Delete(ctx, r.Delivery) != nil {
			c.s.jobs.note(r.m, r.ID, false, c.s.sched.Now()) // it is looked at again
		}
		return nil
	})
	return len(taken)
}

// deleteParallel is how many deletes are under way side by side.
const deleteParallel = 8

// put hands a delivery to a worker without work, or lets it wait for one where there is room. Else it goes back; one
// that this program does not work on has to stay as it is, and soon leaves its worker.
func (c *crew) put(ctx context.Context, d queue.Delivery, m Message, wrong error) {
	l := &c.compact
	if wrong == nil && m.Kind != KindCompact && !planted.On(planted.PurgeBehindCompactions) {
		l = &c.upkeep
	}
	c.mu.Lock()
	full := wrong == nil && l.free == 0 && len(l.waiting) >= l.room
	c.mu.Unlock()
	if full {
		c.s.putBack(ctx, d, m)
		return
	}
	h := &leased{lease: c.s.lease(ctx, d), id: d.ID, m: m, wrong: wrong}
	c.mu.Lock()
	l.waiting = append(l.waiting, h)
	begin := l.free > 0
	if begin {
		l.free--
	}
	c.mu.Unlock()
	if !begin {
		return
	}
	work := func(ctx context.Context) error {
		for h := c.next(l); h != nil; h = c.next(l) {
			c.s.handle(ctx, h)
		}
		return nil
	}
	if !c.group.Go(work) {
		_ = work(ctx) // stopping: it is given up
	}
}

// next gives the delivery that has waited for longest; a worker that gets nil ends.
func (c *crew) next(l *pool) *leased {
	c.mu.Lock()
	if len(l.waiting) > 0 {
		defer c.mu.Unlock()
		h := l.waiting[0]
		l.waiting[0] = nil
		l.waiting = l.waiting[1:]
		return h
	}
	l.free++
	freed := c.freed
	c.freed = c.s.sched.NewEvent()
	c.mu.Unlock()
	freed.Set()
	return nil
}
