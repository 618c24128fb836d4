// Package work is the background: messages that hint at work, the worker that does it, the sweeper that finds work
// whose hint was lost, and the tasks that failed too often, for people to see and to drive again.
//
// A message is a hint: at least once, in no order, safe to lose and to repeat. After five deliveries without success
// it goes to the poison queue, and a task row says why. A message of a newer form is left to newer programs, for some
// minutes.
//
// A worker does one piece of work for a message and never waits while it has it: a compaction that leaves blocks
// behind sends another hint, which hides until there is something to do, and only then deletes its own. It receives
// what there are free workers for, so that every process gets its share. Messages that ask for the same are one piece
// of work, and what a pass has carried out is deleted: the queue holds, while the workers keep up, a few messages for
// each shard and process, however many hints come. Purges and retention have workers of their own.
package work

import (
	"context"
	"time"

	"tidemark/domain/compaction"
	"tidemark/domain/fault"
	"tidemark/domain/retention"
	"tidemark/domain/sweep"
	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
	"tidemark/ports/journal"
	"tidemark/ports/queue"
	"tidemark/ports/sched"
)

// Config bounds the work. The zero value of a field means its default.
type Config struct {
	// compactions side by side; beside them half as many, rounded up, purges and retentions; default 2
	Workers    int
	Poll       time.Duration // between looks at a queue that holds little; default 500 ms
	Visibility time.Duration // a lease, extended at half its time; default 30 s
	Deliveries int           // a message that failed this often is poison; default 5
	Hang       time.Duration // a compaction pass that takes longer is given up; default 5 min
	Backoff    time.Duration // before a failed message is delivered again, times the delivery; default 2 s
	SweepEvery time.Duration // default 15 s
	PurgeEvery time.Duration // default 60 s
	RetainEach time.Duration // default 1 h
}

func (c Config) withDefaults() Config {
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	if c.Workers == 0 {
		c.Workers = 2
	}
	if c.Deliveries == 0 {
		c.Deliveries = 5
	}
	def(&c.Poll, 500*time.Millisecond)
	def(&c.Visibility, 30*time.Second)
	def(&c.Hang, 5*time.Minute)
	def(&c.Backoff, 2*time.Second)
	def(&c.SweepEvery, 15*time.Second)
	def(&c.PurgeEvery, time.Minute)
	def(&c.RetainEach, time.Hour)
	return c
}

// Log hears what a person would want to read. Err is nil where trouble is over. It does not hear of work that was
// given up because the service stops.
type Log func(what string, m Message, err error)

// Service sends hints and does the work. It is safe for concurrent use.
type Service struct {
	cfg    Config
	queue  queue.Queue
	poison queue.Queue
	uses   Uses
	rows   chunks.Store
	sched  sched.Scheduler
	ids    func() string // a new, random task name at each call
	log    Log

	jobs jobs
}

// Sweeper looks after streams: domain/sweep after those of one journal, domain/continuity after those of two.
type Sweeper interface {
	Sweep(ctx context.Context) (sweep.Swept, error)
}

// Uses are the use cases that do the work, and the directory of the journal that it is about.
type Uses struct {
	Compaction *compaction.Service
	Retention  *retention.Service
	Sweep      Sweeper
	Directory  journal.Directory
}

// New makes a service.
func New(cfg Config, q, poison queue.Queue, uses Uses, rows chunks.Store, s sched.Scheduler,
	ids func() string, log Log) *Service {
	if log == nil {
		log = func(string, Message, error) {}
	}
	return &Service{cfg: cfg.withDefaults(), queue: q, poison: poison, uses: uses, rows: rows, sched: s, ids: ids,
		log:  log,
		jobs: jobs{of: map[Message]*job{}}}
}

// tell logs trouble, or with a nil err its end. Everything that this package logs goes through here, under the
// context of the work that it is about: what fails because that was given up is no trouble, and comes back by itself.
func (s *Service) tell(ctx context.Context, what string, m Message, err error) {
	if err != nil && fault.GivenUp(ctx) {
		return
	}
	s.log(what, m, err)
}

// Hint asks for the compaction of a shard. What is lost here a sweeper finds.
func (s *Service) Hint(ctx context.Context, shard telemetry.Shard) {
	m := Message{Version: messageVersion, Kind: KindCompact, Tenant: string(shard.Tenant), Shard: shard.Index}
	now := s.sched.Now()
	s.jobs.forget(now)
	if !s.jobs.hint(m, now) {
		return
	}
	if err := s.queue.Send(ctx, m.encode(), 0); err != nil {
		s.jobs.unsent(m)
		s.tell(ctx, "a hint was not sent: the sweeper will find the work", m, err)
	}
}
