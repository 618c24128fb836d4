package memory

import (
	"context"
	"sync"
	"time"

	"tidemark/domain/fault"
	"tidemark/ports/sched"
)

// storage is what the twins of one storage account have in common: the scheduler, the storage's own clock, and the
// fault hook.
//
// The clock is the scheduler's plus a skew, cut to a resolution. It is the twin's own: two twins that are to stand
// for one account are given the same skew.
type storage struct {
	sched sched.Scheduler

	mu         sync.Mutex // guards the twin's data too; nothing under it calls the scheduler but Now
	skew       time.Duration
	resolution time.Duration
	fault      FaultFunc
}

// SetSkew sets how far the storage's clock is ahead of the scheduler's.
func (s *storage) SetSkew(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.skew = d
}

// SetResolution cuts the storage's clock to multiples of d, as services do that tell time in seconds; 0 is as fine as
// the scheduler's.
func (s *storage) SetResolution(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.resolution = d
}

// SetFault sets the hook that decides what each operation suffers; nil is none.
func (s *storage) SetFault(f FaultFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

// now is the storage's clock. The caller holds mu.
func (s *storage) now() time.Time {
	return s.sched.Now().Add(s.skew).UTC().Truncate(s.resolution)
}

// faultOf asks the hook without holding the lock, so that a hook may look at the twin.
func (s *storage) faultOf(op string) Fault {
	s.mu.Lock()
	hook := s.fault
	s.mu.Unlock()
	return hook.At(op)
}

// point is a scheduling point: the network between caller and storage.
func (s *storage) point(ctx context.Context, op string) error {
	return fault.Wrap(fault.Canceled, op, s.sched.Sleep(ctx, 0))
}

// write carries out an operation that changes something: request, apply under the lock, answer. Whoever gives up
// while the answer is on its way does not learn that it was applied; a hidden answer hides a refusal too.
func (s *storage) write(ctx context.Context, op string, apply func() error) error {
	if err := s.point(ctx, op); err != nil {
		return err
	}
	f := s.faultOf(op)
	err := f.Before(op)
	if err == nil {
		s.mu.Lock()
		err = apply()
		s.mu.Unlock()
	}
	if lost := s.point(ctx, op); lost != nil {
		return lost
	}
	if hidden := f.After(op); hidden != nil {
		return hidden
	}
	return err
}

// read carries out an operation that changes nothing.
func (s *storage) read(ctx context.Context, op string, look func() error) error {
	if err := s.point(ctx, op); err != nil {
		return err
	}
	err := s.faultOf(op).Reading(op)
	if err == nil {
		s.mu.Lock()
		err = look()
		s.mu.Unlock()
	}
	if lost := s.point(ctx, op); lost != nil {
		return lost
	}
	return err
}
