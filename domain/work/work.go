// Package work is the background: messages that hint at work, the worker that does it, the sweeper that finds work whose hint was lost, and the
// tasks that failed too often, for people to see and to drive again.
//
// A message is a hint: at least once, in no order, safe to lose and to repeat. After five deliveries without success it goes to the
// poison queue, and a task row says why.
package work

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"tidemark/domain/compaction"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
	"tidemark/ports/queue"
	"tidemark/ports/sched"
)

// The kinds of work.
const (
	KindCompact = "compact" // fold and drop the blocks of a shard
	KindPurge   = "purge"   // carry out a shard's deletions
	KindRetain  = "retain"  // carry out a tenant's retention
)

// messageVersion is the version of a message's form.
const messageVersion = 1

// Message is what stands in the queue, as JSON. Task names the task row once there is one.
type Message struct {
	Version int    `json:"v"`
	Kind    string `json:"kind"`
	Tenant  string `json:"tenant"`
	Shard   uint16 `json:"shard"`
	Task    string `json:"task,omitempty"`
}

func (m Message) shard() telemetry.Shard {
	return telemetry.Shard{Tenant: telemetry.Tenant(m.Tenant), Index: m.Shard}
}

func (m Message) encode() []byte {
	m.Version = messageVersion
	p, err := json.Marshal(m)
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	return p
}

func parse(p []byte) (Message, error) {
	var m Message
	if err := json.Unmarshal(p, &m); err != nil {
		return m, fault.Wrap(fault.Corrupt, "work.message", err)
	}
	if m.Version != messageVersion {
		return m, fault.New(fault.Corrupt, "work.message", "message version %d is unknown to this program", m.Version)
	}
	switch m.Kind {
	case KindCompact, KindPurge, KindRetain:
		return m, nil
	}
	return m, fault.New(fault.Corrupt, "work.message", "work of kind %q is unknown to this program", m.Kind)
}

// Config bounds the work. The zero value of a field means its default.
type Config struct {
	Workers    int           // messages worked on side by side; default 2
	Poll       time.Duration // between looks at an empty queue; default 500 ms
	Visibility time.Duration // a lease, extended at half its time; default 30 s
	Deliveries int           // a message that failed this often is poison; default 5
	Budget     time.Duration // a compaction goes on for at most this long; default 20 s
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
	def(&c.Budget, 20*time.Second)
	def(&c.Backoff, 2*time.Second)
	def(&c.SweepEvery, 15*time.Second)
	def(&c.PurgeEvery, time.Minute)
	def(&c.RetainEach, time.Hour)
	return c
}

// Log hears what a person would want to read. Err may be nil.
type Log func(what string, m Message, err error)

// Service sends hints and does the work. It is safe for concurrent use.
type Service struct {
	cfg        Config
	queue      queue.Queue
	poison     queue.Queue
	compaction *compaction.Service
	rows       chunks.Store
	sched      sched.Scheduler
	ids        func() string // a new, random task name at each call
	log        Log

	mu   sync.Mutex
	busy map[telemetry.Shard]bool // shards under compaction here; true: a hint came meanwhile
}

// New makes a service.
func New(cfg Config, q, poison queue.Queue, c *compaction.Service, rows chunks.Store, s sched.Scheduler, ids func() string, log Log) *Service {
	if log == nil {
		log = func(string, Message, error) {}
	}
	return &Service{cfg: cfg.withDefaults(), queue: q, poison: poison, compaction: c, rows: rows, sched: s, ids: ids, log: log,
		busy: map[telemetry.Shard]bool{}}
}

// Hint asks for the compaction of a shard. What is lost here a sweeper finds.
func (s *Service) Hint(ctx context.Context, shard telemetry.Shard) {
	m := Message{Kind: KindCompact, Tenant: string(shard.Tenant), Shard: shard.Index}
	if err := s.queue.Send(ctx, m.encode(), 0); err != nil {
		s.log("a hint was not sent: the sweeper will find the work", m, err)
	}
}

// Run works until the context ends, and returns once nothing is under way.
func (s *Service) Run(ctx context.Context) {
	group := sched.NewGroup(ctx, s.sched, s.cfg.Workers)
	for ctx.Err() == nil {
		got, err := s.queue.Receive(ctx, s.cfg.Workers, s.cfg.Visibility)
		if err != nil {
			s.log("the queue did not answer", Message{}, err)
		}
		for _, d := range got {
			group.Go(func(ctx context.Context) error {
				s.handle(ctx, d)
				return nil
			})
		}
		if len(got) == 0 {
			_ = s.sched.Sleep(ctx, s.cfg.Poll)
		}
	}
	_ = group.Wait()
}

// handle does one delivery under a lease that is extended while it runs.
func (s *Service) handle(ctx context.Context, d queue.Delivery) {
	m, err := parse(d.Body)
	if err != nil {
		s.bury(ctx, d, m, err)
		return
	}
	if d.DequeueCount > s.cfg.Deliveries {
		s.bury(ctx, d, m, fault.New(fault.Internal, "work", "%d deliveries ended without an answer: the worker died or hung", d.DequeueCount-1))
		return
	}
	lease := s.lease(ctx, d)
	err = s.do(lease.ctx, m)
	d, lost := lease.end()
	switch {
	case err == nil:
		s.finish(ctx, d, m)
	case lost:
		s.log("somebody else took work over", m, err)
	case ctx.Err() != nil:
		// stopping: the message comes back by itself
	case d.DequeueCount >= s.cfg.Deliveries:
		s.bury(ctx, d, m, err)
	default:
		s.log("work failed and will be tried again", m, err)
		_, _ = s.queue.Extend(ctx, d, max(time.Second, s.cfg.Backoff*time.Duration(d.DequeueCount)))
	}
}

func (s *Service) finish(ctx context.Context, d queue.Delivery, m Message) {
	if err := s.queue.Delete(ctx, d); err != nil && !fault.Is(err, fault.NotFound) {
		s.log("a finished message was not deleted and will be repeated", m, err)
	}
	if m.Task != "" {
		if err := s.update(ctx, telemetry.Tenant(m.Tenant), m.Task, func(t *Task) { t.State, t.Reason = StateDone, "" }); err != nil {
			s.log("a task's end was not written down", m, err)
		}
	}
}

// do is the work itself.
func (s *Service) do(ctx context.Context, m Message) error {
	switch m.Kind {
	case KindCompact:
		return s.compact(ctx, m.shard())
	case KindPurge:
		return s.purge(ctx, m.shard())
	case KindRetain:
		_, err := s.compaction.Retain(ctx, telemetry.Tenant(m.Tenant))
		return err
	}
	return fault.New(fault.Internal, "work", "no work of kind %q", m.Kind)
}

// compact makes passes over a shard. A hint for a shard that is worked on here already is carried out by who works on it: under steady load a
// journal is never empty, every second brings a hint, and each would keep a worker for its whole budget and leave a successor.
func (s *Service) compact(ctx context.Context, shard telemetry.Shard) error {
	if !s.begin(shard) {
		return nil
	}
	done, err := s.passes(ctx, shard)
	hinted := s.leave(shard)
	if err != nil || done && !hinted {
		return err
	}
	m := Message{Kind: KindCompact, Tenant: string(shard.Tenant), Shard: shard.Index}
	return s.queue.Send(ctx, m.encode(), time.Second)
}

// passes goes on until the journal holds nothing of the shard (done), or the budget is used up: then another hint takes over.
// A pass that hangs is given up, so that a node in trouble does not swallow the hints of a shard for ever.
func (s *Service) passes(ctx context.Context, shard telemetry.Shard) (done bool, err error) {
	ctx, cancel := s.sched.WithTimeout(ctx, 15*s.cfg.Budget)
	defer cancel()
	started := s.sched.Now()
	for s.sched.Now().Sub(started) <= s.cfg.Budget {
		s.heard(shard)
		res, err := s.compaction.Compact(ctx, shard)
		if err != nil || res.Done() {
			return true, err
		}
		if err := s.sched.Sleep(ctx, max(res.Waiting, 100*time.Millisecond)); err != nil {
			return false, err
		}
	}
	return false, nil
}

// begin takes a shard's turn, or tells who has it that a hint came.
func (s *Service) begin(shard telemetry.Shard) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, busy := s.busy[shard]
	s.busy[shard] = busy
	return !busy
}

// heard notes that the pass that begins carries out every hint up to now.
func (s *Service) heard(shard telemetry.Shard) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy[shard] = false
}

// leave gives the turn up; it reports whether a hint came since the last pass began.
func (s *Service) leave(shard telemetry.Shard) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	hinted := s.busy[shard]
	delete(s.busy, shard)
	return hinted
}

// purge carries out a shard's deletions. While some stand, every shard of the tenant gets a pass: floors rise in passes only, and nothing
// hints at a shard to which nobody writes any more.
func (s *Service) purge(ctx context.Context, shard telemetry.Shard) error {
	standing, err := s.compaction.Purge(ctx, shard)
	if err != nil || standing == 0 {
		return err
	}
	shards, err := s.compaction.Shards(ctx)
	if err != nil {
		return err
	}
	for _, other := range shards {
		if other.Tenant != shard.Tenant {
			continue
		}
		if _, err := s.compaction.Compact(ctx, other); err != nil {
			return err
		}
	}
	return nil
}

// Sweep looks for lost work until the context ends.
func (s *Service) Sweep(ctx context.Context, prepare func(ctx context.Context) error) {
	var purged, retained time.Time
	for ctx.Err() == nil {
		if err := prepare(ctx); err != nil {
			s.log("the tables ahead were not prepared", Message{}, err)
		}
		swept, err := s.compaction.Sweep(ctx)
		if err != nil {
			s.log("a sweep did not come to its end", Message{}, err)
		}
		for _, shard := range swept.Work {
			s.Hint(ctx, shard)
		}
		now := s.sched.Now()
		if now.Sub(purged) >= s.cfg.PurgeEvery {
			purged = now
			s.each(ctx, KindPurge)
		}
		if now.Sub(retained) >= s.cfg.RetainEach {
			retained = now
			s.each(ctx, KindRetain)
			if err := s.compaction.Expire(ctx); err != nil {
				s.log("periods that have passed were not given up", Message{Kind: KindRetain}, err)
			}
		}
		_ = s.sched.Sleep(ctx, s.cfg.SweepEvery)
	}
}

// each sends work of a kind once for every tenant that the journal knows, whichever shards it has written to.
func (s *Service) each(ctx context.Context, kind string) {
	shards, err := s.compaction.Shards(ctx)
	if err != nil {
		s.log("the shards could not be listed", Message{Kind: kind}, err)
		return
	}
	slices.SortFunc(shards, func(a, b telemetry.Shard) int {
		return cmp.Or(cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.Index, b.Index))
	})
	for i, shard := range shards {
		if i > 0 && shards[i-1].Tenant == shard.Tenant {
			continue
		}
		m := Message{Kind: kind, Tenant: string(shard.Tenant), Shard: shard.Index}
		if err := s.queue.Send(ctx, m.encode(), 0); err != nil {
			s.log("a hint was not sent", m, err)
		}
	}
}

// lease keeps a delivery hidden while work on it goes on.
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

// run extends until the work ends; a lease that was lost ends the work: somebody else has it.
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

func reasonOf(err error) string {
	if m := fault.Message(err); m != "" {
		return fmt.Sprintf("%s: %s", fault.KindOf(err), m)
	}
	return fault.KindOf(err).String()
}
