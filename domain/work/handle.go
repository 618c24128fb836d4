package work

import (
	"cmp"
	"context"
	"time"

	"tidemark/domain/bounds"
	"tidemark/domain/compaction"
	"tidemark/domain/fault"
	"tidemark/domain/planted"
	"tidemark/domain/telemetry"
)

// kinds are what is known how to be done: one entry a kind of work. A message of another is left to newer programs.
var kinds = map[string]func(*Service, context.Context, Message) error{
	KindCompact: (*Service).compact,
	KindPurge:   (*Service).purge,
	KindRetain:  (*Service).retain,
}

// Handle does the work of one message, without its lease: whoever calls it holds one, or is called by a queue that
// does.
func (s *Service) Handle(ctx context.Context, m Message) error {
	do := kinds[m.Kind]
	if do == nil {
		return fault.New(fault.Internal, "work.handle", "no work of kind %q", m.Kind)
	}
	return do(s, ctx, m)
}

// compact makes one pass over a shard. Where it leaves blocks behind, or a hint came meanwhile, another hint takes
// over: it is sent before the caller deletes the one in hand.
func (s *Service) compact(ctx context.Context, m Message) error {
	s.jobs.begin(m)
	res, err := s.pass(ctx, m.shard())
	if err != nil {
		return err
	}
	if planted.On(planted.NextHintEarly) && !res.Done() {
		err := s.queue.Send(ctx, m.encode(), 0)
		s.jobs.passed(m, res, s.sched.Now())
		return err
	}
	wait, more := s.jobs.passed(m, res, s.sched.Now())
	if !more || planted.On(planted.NoHintForRest) {
		return nil
	}
	if planted.On(planted.WorkerWaits) {
		_ = s.sched.Sleep(ctx, wait)
	}
	m.Task = ""
	return s.queue.Send(ctx, m.encode(), hiding(wait))
}

// hiding is how long the message of work that is due after wait is hidden: whole seconds, which services count in,
// and never less than wait, so that it does not come while it still counts as hidden.
func hiding(wait time.Duration) time.Duration {
	if wait <= 0 {
		return 0
	}
	return wait.Truncate(time.Second) + time.Second
}

// purge carries out a shard's deletions. While some stand, every shard of the tenant gets a pass: floors rise in
// passes only, and nothing hints at a shard to which nobody writes any more.
func (s *Service) purge(ctx context.Context, m Message) error {
	shard := m.shard()
	standing, err := s.uses.Retention.Purge(ctx, shard)
	if err != nil || standing == 0 {
		return err
	}
	shards, err := bounds.Registered(ctx, s.uses.Directory)
	if err != nil {
		return err
	}
	for _, other := range shards {
		if other.Shard.Tenant != shard.Tenant {
			continue
		}
		if _, passed := s.pass(ctx, other.Shard); passed != nil { // one in trouble does not keep the others
			err = cmp.Or(err, passed)
		}
	}
	return err
}

func (s *Service) retain(ctx context.Context, m Message) error {
	_, err := s.uses.Retention.Retain(ctx, telemetry.Tenant(m.Tenant))
	return err
}

// pass is a compaction that may not hang for ever.
func (s *Service) pass(ctx context.Context, shard telemetry.Shard) (compaction.Result, error) {
	ctx, cancel := s.sched.WithTimeout(ctx, s.cfg.Hang)
	defer cancel()
	return s.uses.Compaction.Compact(ctx, shard)
}
