package work

import (
	"context"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/planted"
	"tidemark/domain/telemetry"
	"tidemark/ports/queue"
)

// handle does the work of one delivery, under its lease.
func (s *Service) handle(ctx context.Context, h *leased) {
	err := h.wrong
	if err == nil {
		err = h.lease.ctx.Err() // it may have waited for long
	}
	if err == nil {
		err = s.Handle(h.lease.ctx, h.m)
	}
	d, lost := h.lease.end()
	var due time.Time
	switch {
	case err == nil:
		s.finish(ctx, d, h.m)
	case lost:
		s.tell(ctx, "somebody else took work over", h.m, err)
	case ctx.Err() != nil:
		// stopping: the message comes back by itself
	case h.wrong != nil:
		s.refuse(ctx, d, h.m, h.wrong)
	case d.DequeueCount >= s.cfg.Deliveries && !away(err):
		s.bury(ctx, d, h.m, err)
	default:
		s.tell(ctx, "work failed and will be tried again", h.m, err)
		due = s.giveBack(ctx, d, h.m, err)
	}
	s.jobs.end(h.m, h.id, due)
}

// giveBack puts a delivery off, and says until when. Where the storage is away that is no fault of the work, which a
// fresh message goes on with from the first delivery: however long the storage is away, nothing turns into poison.
func (s *Service) giveBack(ctx context.Context, d queue.Delivery, m Message, err error) (due time.Time) {
	hide := max(time.Second, s.cfg.Backoff*time.Duration(min(d.DequeueCount, s.cfg.Deliveries)))
	due = s.sched.Now().Add(hide)
	if !away(err) {
		_, _ = s.queue.Extend(ctx, d, hide)
		return due
	}
	fresh := s.jobs.replaced(m, d.ID)
	if !fresh && d.DequeueCount >= s.cfg.Deliveries {
		fresh = s.queue.Send(ctx, m.encode(), hiding(hide)) == nil
	}
	if fresh && s.queue.Delete(ctx, d) == nil {
		return due
	}
	s.jobs.note(m, d.ID, fresh, s.sched.Now())
	_, _ = s.queue.Extend(ctx, d, hide)
	return due
}

// putBack puts work back into the queue that no worker here is free for, as a fresh message: its deliveries do not
// count, nobody has tried. Compactions are received only while a worker is free for them; the rest hides for a while,
// or it would come again at once.
func (s *Service) putBack(ctx context.Context, d queue.Delivery, m Message) {
	var hide time.Duration
	if m.Kind != KindCompact {
		hide = s.cfg.Backoff
	}
	due := s.sched.Now().Add(hide)
	if s.queue.Send(ctx, m.encode(), hiding(hide)) != nil || s.queue.Delete(ctx, d) != nil {
		s.jobs.note(m, d.ID, false, s.sched.Now()) // it comes back by itself
	}
	s.jobs.end(m, d.ID, due)
}

// away reports whether work failed because a storage did not answer, or not in time.
func away(err error) bool {
	switch fault.KindOf(err) {
	case fault.Unavailable, fault.Indeterminate, fault.Canceled:
		return true
	}
	return false
}

// refuse deals with a delivery that this program does not work on. One of a newer form is hidden for longer each
// time, for a newer program to find it: while programs are replaced one after another, both kinds receive.
func (s *Service) refuse(ctx context.Context, d queue.Delivery, m Message, cause error) {
	if !m.newer() || planted.On(planted.NewerIsPoison) || d.DequeueCount >= s.cfg.Deliveries {
		s.bury(ctx, d, m, cause)
		return
	}
	_, _ = s.queue.Extend(ctx, d, s.cfg.Visibility*time.Duration(d.DequeueCount))
}

func (s *Service) finish(ctx context.Context, d queue.Delivery, m Message) {
	if err := s.queue.Delete(ctx, d); err != nil && !fault.Is(err, fault.NotFound) {
		s.tell(ctx, "a finished message was not deleted and will be repeated", m, err)
		s.jobs.note(m, d.ID, false, s.sched.Now())
	}
	if m.Task != "" {
		if err := s.update(ctx, telemetry.Tenant(m.Tenant), m.Task,
			func(t *Task) { t.State, t.Reason = StateDone, "" }); err != nil {
			s.tell(ctx, "a task's end was not written down", m, err)
		}
	}
}
