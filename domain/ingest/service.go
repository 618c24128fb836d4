package ingest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/stream"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/blockcodec"
	"tidemark/ports/sched"
)

// Service accepts readings. It is safe for concurrent use.
type Service struct {
	*core
	shards   map[telemetry.Shard]*shardWriter // guarded by mu, as what follows
	inFlight int64
}

// New makes a service that writes to one or two journals. writers gives a new, random, sortable writer name at each
// call; hint may be nil.
func New(cfg Config, sites Sites, s sched.Scheduler, writers func() telemetry.Writer, hint Hint,
	observe Observer) *Service {
	if hint == nil {
		hint = func(context.Context, telemetry.Shard) {}
	}
	c := &core{cfg: cfg.withDefaults(), sites: sites, sched: s, writers: writers, hint: hint, observe: observe,
		clock: hybrid{storages: make([]correction, len(sites.All))}, idle: s.NewEvent(),
		builders: sync.Pool{New: func() any { return new(blockcodec.Builder) }}}
	for range sites.All {
		c.known = append(c.known, newKnown())
	}
	return &Service{core: c, shards: map[telemetry.Shard]*shardWriter{}}
}

// Write stores a batch and returns when it is durable. The batch must not change until then; afterwards it is the
// caller's again.
//
// fault.Throttled when too much is under way; fault.Unavailable when nothing was stored; fault.Indeterminate when it
// may have been (the context ended while its block was under way, too): sending it again is a new acceptance and
// harmless unless somebody corrected a reading in between.
func (s *Service) Write(ctx context.Context, t telemetry.Tenant, b *telemetry.Batch, o Options) (Receipt, error) {
	if err := s.admit(ctx, o); err != nil {
		if s.observe.Refused != nil {
			s.observe.Refused(fault.KindOf(err))
		}
		return Receipt{}, err
	}
	if b.Empty() {
		return s.nothing(), nil
	}
	size := int64(blockcodec.EstimateBytes(b))
	if !s.reserve(size) {
		if s.observe.Refused != nil {
			s.observe.Refused(fault.Throttled)
		}
		return Receipt{}, &fault.Error{Kind: fault.Throttled, Op: "ingest.write", RetryAfter: time.Second,
			Message: fmt.Sprintf("more than %d bytes of readings are under way: send again later", s.cfg.MaxInFlight)}
	}
	defer s.release(size)
	readings := b.Len()
	r, err := s.gather(ctx, t, b, o.Require)
	if err == nil && s.observe.Acknowledged != nil {
		s.observe.Acknowledged(t, readings, r)
	}
	return r, err
}

// nothing is the receipt of a request without readings.
func (s *Service) nothing() Receipt {
	legs := make([]stream.Leg, len(s.sites.All))
	for l := range legs {
		legs[l] = stream.Leg(l)
	}
	d, regions := s.sites.reached(legs)
	return Receipt{Durability: d, Regions: regions}
}

func (s *Service) admit(ctx context.Context, o Options) error {
	if s.cfg.Full != nil {
		if err := s.cfg.Full(); err != nil {
			return err
		}
	}
	if o.Require == telemetry.DurableBoth {
		if !s.sites.two() {
			return errBothUnconfigured(s.sites.All[0].Region)
		}
		if why := s.exposed(); why != "" {
			return errExposed(why)
		}
	}
	if o.After == 0 {
		return nil
	}
	if err := s.tune(ctx); err != nil { // a clock that is behind would take a right stamp for one that is ahead
		return errNotTaken(fault.Message(err))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	node := s.sched.Now()
	if !s.sure(node) {
		return errNotTaken("the clock of the node was set just now")
	}
	if ahead := o.After.Time().Sub(s.clock.now(node)); ahead > s.cfg.MaxAhead {
		return fault.New(fault.Invalid, "ingest.write",
			"the stamp %s is %s ahead of the storage's clock (at most %s): send back a stamp that this service gave",
			o.After, ahead.Round(time.Second), s.cfg.MaxAhead)
	}
	s.clock.follow(o.After)
	return nil
}

// exposed says why nothing is acknowledged as both at present; "" where it is.
func (s *Service) exposed() string {
	for l := range s.sites.All {
		if !s.sites.up(stream.Leg(l)) {
			return fmt.Sprintf("the journal of region %q does not answer, or has "+
				"only just begun to again", s.sites.All[l].Region)
		}
	}
	if s.sites.Paired == nil || !s.sites.Paired() {
		return "the journals were not read of late to belong together"
	}
	return ""
}

func (s *Service) reserve(n int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.inFlight > 0 && s.inFlight+n > s.cfg.MaxInFlight {
		return false
	}
	s.inFlight += n
	return true
}

func (s *Service) release(n int64) {
	s.mu.Lock()
	s.inFlight -= n
	s.mu.Unlock()
}

// gather hands the batch, cut by shard and by block size, to the writers of its shards and waits for all of them.
func (s *Service) gather(ctx context.Context, t telemetry.Tenant, b *telemetry.Batch,
	require telemetry.Durability) (Receipt, error) {
	var waits []*pending
	parts := []*telemetry.Batch{b}
	if s.cfg.Shards > 1 {
		parts = splitShards(b, s.cfg.Shards)
	}
	for i, part := range parts {
		if part.Empty() {
			continue
		}
		for _, piece := range blockcodec.Split(part, telemetry.TargetBlockBytes) {
			p := &pending{batch: piece, size: blockcodec.EstimateBytes(piece), series: len(piece.Series) +
				len(piece.Sources), require: require, done: s.sched.NewEvent()}
			if err := s.enqueue(telemetry.Shard{Tenant: t, Index: uint16(i)}, p); err != nil {
				p.finish(outcome{err: err})
			}
			waits = append(waits, p)
		}
	}
	return s.await(ctx, waits)
}

// await collects what became of the pieces, as long as one after another is done within our patience. All durable is
// a receipt; otherwise the worst error: one piece of unknown outcome, or one durable beside one refused, makes the
// whole indeterminate.
func (s *Service) await(ctx context.Context, waits []*pending) (Receipt, error) {
	var r Receipt
	var failed error
	stored := false
	for _, p := range waits {
		if err := s.wait(ctx, p); err != nil {
			s.abandon(p, ctx.Err() != nil)
			_ = p.done.Wait(context.Background())
		}
		if len(p.regions) > 0 { // what an error reached is told too
			r = r.With(Receipt{Blocks: []telemetry.Position{p.at}, Stamp: p.stamp, Durability: p.durability,
				Regions: p.regions, By: p.by})
		}
		if p.err == nil {
			stored = true
			continue
		}
		if failed == nil || fault.Is(p.err, fault.Indeterminate) {
			failed = p.err
		}
	}
	if failed != nil && stored && !fault.Is(failed, fault.Indeterminate) {
		failed = &fault.Error{Kind: fault.Indeterminate, Op: "ingest.write", Cause: failed, RetryAfter: time.Second,
			Message: "a part of the readings was stored and a part was not: send them again"}
	}
	return r, failed
}

func (s *Service) wait(ctx context.Context, p *pending) error {
	ctx, cancel := s.sched.WithTimeout(ctx, s.cfg.Patience)
	defer cancel()
	return p.done.Wait(ctx)
}

// abandon is what happens when a caller has gone, or we do not let it wait any longer. A piece that is still in the
// queue is taken out and was never stored; one whose block has closed no longer needs the batch, so the caller is let
// go with an unknown outcome while the flight goes on.
func (s *Service) abandon(p *pending, left bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := gaveUp
	if left {
		c = gone
	}
	switch {
	case p.done.IsSet():
	case p.stage == queued:
		p.writer.remove(p)
		p.caller = c
		p.finish(outcome{err: p.notSent()})
	case p.stage == closing:
		p.caller = c
	default:
		p.finish(outcome{err: errUnderWay(p.writer.trouble)})
	}
}

func (s *Service) enqueue(shard telemetry.Shard, p *pending) error {
	start, err := s.queue(shard, p)
	if start != nil {
		s.sched.Go("ingest shard", start)
	}
	return err
}

// queue gives a piece to the writer of its shard; start is the writer's actor if it does not run.
func (s *Service) queue(shard telemetry.Shard, p *pending) (start func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, &fault.Error{Kind: fault.Unavailable, Op: "ingest.write",
			Message: "the service is stopping: send the readings to another node", RetryAfter: time.Second}
	}
	w := s.shards[shard]
	if w == nil {
		w = &shardWriter{s: s.core, shard: shard, wake: s.sched.NewEvent(), ratio: 0.25}
		s.shards[shard] = w
	}
	w.add(p, s.sched.Now())
	if w.running {
		return nil, nil
	}
	w.running = true
	s.live++
	return w.run, nil
}

// Observe lifts the stamp clock to a stamp seen in the journal, so that what this node accepts is later than what it
// has shown.
func (s *Service) Observe(stamp telemetry.Stamp) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen(stamp)
}

// Lost is told when a journal may have been lost: blocks that wait for one that is not up do so no more.
func (s *Service) Lost() {
	if s.sites.allUp() {
		return
	}
	for _, w := range s.writing() {
		w.lost(context.Background())
	}
}

// writing are the shard writers that have a stream, in a fixed order.
func (s *Service) writing() (all []*shardWriter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.shards {
		if w.stream != nil {
			all = append(all, w)
		}
	}
	slices.SortFunc(all, func(a, b *shardWriter) int {
		return a.shard.Compare(b.shard)
	})
	return all
}

// Close stops accepting, waits until everything accepted is answered, and ends the streams. A context that ends first
// leaves streams open: a sweeper ends them, and nothing acknowledged depends on it.
func (s *Service) Close(ctx context.Context) error {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		if s.live == 0 {
			s.idle.Set()
		}
		for _, w := range s.shards {
			w.wakeUp()
		}
	}
	s.mu.Unlock()
	if err := s.idle.Wait(ctx); err != nil {
		return fault.Wrap(fault.Canceled, "ingest.close", err)
	}
	return nil
}
