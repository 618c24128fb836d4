package ingest

import (
	"context"
	"slices"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/sched"
)

// pending is a piece of a request that waits for its block.
type pending struct {
	batch *telemetry.Batch
	size  int
	since time.Time
	lane  *lane

	queued    bool // in the lane's queue
	sealed    bool // its block has closed: the batch is no longer read
	abandoned bool // its request gave up while the block was closing
	gone      bool // and does not wait for an answer
	series    int  // at most, with descriptions

	done  sched.Event
	at    telemetry.Position
	stamp telemetry.Stamp
	err   error
}

// finish is called once, with Service.mu held or before anybody else knows the piece.
func (p *pending) finish(at telemetry.Position, stamp telemetry.Stamp, err error) {
	if p.done.IsSet() {
		return
	}
	p.at, p.stamp, p.err = at, stamp, err
	p.batch = nil
	p.done.Set()
}

// notSent is the error of a piece that was given up before it was in a block.
func (p *pending) notSent() error {
	if p.gone {
		return errNotSent()
	}
	return errNotTaken(p.lane.trouble)
}

// lane is the writing side of one (tenant, shard): a queue of pieces and the stream they go to. One actor runs it while there is work or
// an open stream; everything is guarded by Service.mu.
type lane struct {
	s       *Service
	shard   telemetry.Shard
	running bool

	queue  []*pending
	bytes  int
	series int
	wake   sched.Event
	hinted time.Time
	// trouble is what the journal said last, for clients, while it takes nothing.
	trouble string

	ratio float64 // encoded bytes to estimated bytes of late, a guide to how much fits into a block

	stream   *stream          // nil: the next block gives birth
	previous telemetry.Stream // the stream before it
	resend   []*flight        // of a stream that somebody ended: they go first, with their first stamps
	retiring bool             // the stream before is being ended
}

func (l *lane) add(p *pending, now time.Time) {
	p.lane, p.queued, p.since = l, true, now
	l.queue = append(l.queue, p)
	l.bytes += p.size
	l.series += p.series
	if len(l.queue) == 1 || l.full(l.bytes, l.series) {
		l.wakeUp()
	}
}

// fullSeries is how many series fill a block, counted with repetitions: compaction has to look at all of their rows in one pass, within a lease (T3),
// on whatever storage.
const fullSeries = 10_000

// full reports whether readings of an estimated size will fill a block. Estimates are upper bounds, several times what encoding
// makes of ordinary readings.
func (l *lane) full(estimate, series int) bool {
	return float64(estimate)*l.ratio >= telemetry.TargetBlockBytes || series >= fullSeries
}

// learn takes over what became of an estimate.
func (l *lane) learn(estimate, encoded int) {
	if estimate > 0 {
		l.ratio = max(0.02, 0.7*l.ratio+0.3*float64(encoded)/float64(estimate))
	}
}

func (l *lane) remove(p *pending) {
	i := slices.Index(l.queue, p)
	l.queue = slices.Delete(l.queue, i, i+1)
	l.bytes -= p.size
	l.series -= p.series
	p.queued = false
}

func (l *lane) wakeUp() {
	l.wake.Set()
	l.wake = l.s.sched.NewEvent()
}

// step is what the actor does next: close and launch a block of pieces, launch an old flight anew, wait, or end.
type step struct {
	block   []*pending
	again   *flight
	retire  *stream
	event   sched.Event
	timeout time.Duration // of the wait; zero is none
	over    bool
}

// run is the lane's actor.
func (l *lane) run() {
	ctx := context.Background()
	for {
		switch n := l.next(l.s.sched.Now()); {
		case n.over:
			return
		case n.block != nil:
			l.launch(ctx, n.block)
		case n.again != nil:
			l.relaunch(ctx, n.again)
		case n.retire != nil:
			l.s.sched.Go("ingest retire", func() { l.retire(ctx, n.retire) })
		case n.timeout > 0:
			waitCtx, cancel := l.s.sched.WithTimeout(ctx, n.timeout)
			_ = n.event.Wait(waitCtx)
			cancel()
		default:
			_ = n.event.Wait(ctx)
		}
	}
}

func (l *lane) next(now time.Time) step {
	s := l.s
	s.mu.Lock()
	defer s.mu.Unlock()
	wait := step{event: l.wake}
	if st := l.stream; st != nil && !l.retiring && l.worn(st, now) {
		if l.leave(st) {
			return step{retire: st}
		}
	}
	if !l.ready(now) {
		return wait
	}
	if len(l.resend) > 0 {
		f := l.resend[0]
		l.resend = l.resend[1:]
		return step{again: f}
	}
	if len(l.queue) == 0 {
		return l.rest(now, wait)
	}
	age := now.Sub(l.queue[0].since)
	if !l.full(l.bytes, l.series) && age < s.cfg.Linger && !s.closed {
		wait.timeout = s.cfg.Linger - age
		return wait
	}
	return step{block: l.take()}
}

// worn reports whether the stream takes no more blocks because its day is over and its last flight has ended.
func (l *lane) worn(st *stream, now time.Time) bool {
	return !st.fenced && len(st.outstanding) == 0 && st.id.Day != telemetry.DayOf(l.s.clock.now(now))
}

// leave gives the stream up; it reports whether it has to be ended, because it was born.
func (l *lane) leave(st *stream) bool {
	l.stream = nil
	if st.born {
		l.previous, l.retiring = st.id, true
	}
	return st.born
}

// ready reports whether a flight is free. A stream that somebody ended is given up once its last flight has ended, and what it did not
// acknowledge is sent again.
func (l *lane) ready(now time.Time) bool {
	st := l.stream
	switch {
	case l.retiring:
		return false
	case st == nil:
		return true
	case st.fenced:
		if st.flying > 0 {
			return false
		}
		for _, f := range st.outstanding {
			if !f.dead {
				l.resend = append(l.resend, f)
			}
		}
		l.previous, l.stream = st.id, nil
		return true
	case !st.born:
		return len(st.outstanding) == 0
	}
	return len(st.outstanding) < l.s.cfg.Flights && st.id.Day == telemetry.DayOf(l.s.clock.now(now))
}

// rest is next with an empty queue: an idle stream is ended, and the actor ends when there is none.
func (l *lane) rest(now time.Time, wait step) step {
	s := l.s
	if st := l.stream; st != nil {
		if len(st.outstanding) > 0 {
			return wait
		}
		if idle := now.Sub(st.used); idle < s.cfg.Idle && !s.closed {
			wait.timeout = s.cfg.Idle - idle
			return wait
		}
		if l.leave(st) {
			return step{retire: st}
		}
	}
	l.running = false
	s.live--
	if s.closed && s.live == 0 {
		s.idle.Set()
	}
	return step{over: true}
}

// take cuts the next block's pieces off the queue.
func (l *lane) take() []*pending {
	n, size, series := 0, 0, 0
	for n < len(l.queue) && (n == 0 || !l.full(size+l.queue[n].size, series+l.queue[n].series)) {
		size += l.queue[n].size
		series += l.queue[n].series
		l.queue[n].queued = false
		n++
	}
	block := slices.Clone(l.queue[:n])
	l.queue = slices.Delete(l.queue, 0, n)
	l.bytes -= size
	l.series -= series
	return block
}

// putBack returns pieces that did not fit to the head of the queue.
func (l *lane) putBack(block []*pending) {
	for _, p := range block {
		p.queued = true
		l.bytes += p.size
		l.series += p.series
	}
	l.queue = slices.Concat(block, l.queue)
}

// launch closes a block and lets it fly.
func (l *lane) launch(ctx context.Context, block []*pending) {
	s := l.s
	s.tune(ctx)
	f, err := l.close(block)
	s.mu.Lock()
	for _, p := range block {
		switch {
		case err != nil:
			p.finish(telemetry.Position{}, 0, err)
		case p.queued && p.abandoned: // it did not fit
			l.remove(p)
			p.finish(telemetry.Position{}, 0, p.notSent())
		case p.queued:
		case p.abandoned:
			p.finish(telemetry.Position{}, 0, errUnderWay(l.trouble))
		default:
			p.sealed = true
		}
	}
	s.mu.Unlock()
	if f != nil {
		s.sched.Go("ingest flight", func() { f.fly(ctx) })
	}
}

// close seals the pieces into a block: from here on its bytes, its number and its stamp are fixed, and the batches are no longer needed.
func (l *lane) close(block []*pending) (*flight, error) {
	s := l.s
	batches := make([]*telemetry.Batch, 0, len(block))
	for _, p := range block {
		batches = append(batches, p.batch)
	}
	s.mu.Lock()
	now := s.clock.now(s.sched.Now())
	if l.stream == nil {
		l.stream = newStream(telemetry.Stream{Shard: l.shard, Day: telemetry.DayOf(now), Writer: s.writers()}, l.previous)
	}
	st := l.stream
	header, elsewhere := st.header(s.clock.stamps.Next(now)), s.clock.elsewhere
	s.mu.Unlock()

	f := &flight{lane: l, stream: st, header: header, waiting: block, sealed: s.sched.Now()}
	for i, b := range batches {
		batches[i] = st.withoutKnown(b, header, elsewhere)
	}
	sealer := s.sealers.Get().(*telemetry.Sealer)
	defer s.sealers.Put(sealer)
	for {
		bytes, err := sealer.Seal(nil, header, batches...)
		if err != nil {
			for _, p := range block {
				st.forget(p.batch)
			}
			return nil, fault.Wrap(fault.Internal, "ingest.seal", err)
		}
		if f.block = bytes; len(bytes) <= telemetry.MaxBlockBytes || len(batches) == 1 {
			break
		}
		batches = batches[:len(batches)/2] // a guess that failed: the others wait for the next block
	}
	for _, p := range block[len(batches):] {
		st.forget(p.batch)
	}
	s.mu.Lock()
	l.putBack(block[len(batches):])
	f.waiting, f.readings = block[:len(batches)], 0
	estimate := 0
	for i, b := range batches {
		f.readings += b.Len()
		estimate += block[i].size
	}
	l.learn(estimate, len(f.block))
	st.depart(f, s.sched.Now())
	s.mu.Unlock()
	return f, nil
}

// relaunch sends a block of an ended stream again: a new number of a new stream, the same readings, the first stamp.
func (l *lane) relaunch(ctx context.Context, old *flight) {
	s := l.s
	s.mu.Lock()
	now := s.clock.now(s.sched.Now())
	if now.Sub(old.header.Stamp.Time()) > s.cfg.Bound {
		old.finish(errUnderWay(l.trouble))
		s.mu.Unlock()
		return
	}
	if l.stream == nil {
		l.stream = newStream(telemetry.Stream{Shard: l.shard, Day: telemetry.DayOf(now), Writer: s.writers()}, l.previous)
	}
	st := l.stream
	f := &flight{lane: l, stream: st, header: st.header(old.header.Stamp), waiting: old.waiting, readings: old.readings, sealed: old.sealed}
	s.mu.Unlock()

	bytes, err := reposition(old.block, f.header)
	s.mu.Lock()
	if err != nil {
		old.finish(fault.Wrap(fault.Internal, "ingest.resend", err))
		s.mu.Unlock()
		return
	}
	f.block = bytes
	st.depart(f, s.sched.Now())
	s.mu.Unlock()
	s.sched.Go("ingest flight", func() { f.fly(ctx) })
}

// reposition gives a block another header and keeps everything else.
func reposition(block []byte, h telemetry.BlockHeader) ([]byte, error) {
	b, err := telemetry.DecodeBlock(block)
	if err != nil {
		return nil, err
	}
	b.At, b.Stamp, b.Acked, b.AckedAs = h.At, h.Stamp, h.Acked, h.AckedAs
	return telemetry.EncodeBlock(nil, b)
}

// retire ends a stream that this writer will not use any more, with its last number, so that readers need not ask for it. Failing is
// harmless: a sweeper does it.
func (l *lane) retire(ctx context.Context, st *stream) {
	s := l.s
	ctx, cancel := s.sched.WithTimeout(ctx, 2*s.cfg.AppendTimeout)
	defer cancel()
	if _, err := s.log.Journal.End(ctx, st.id); err == nil {
		err = s.log.Journal.Seal(ctx, st.id, st.acked)
		if err == nil {
			_ = s.log.Journal.Drop(ctx, st.id, 0) // sweeps an append that arrived, perhaps again, after its number was dropped
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	l.retiring = false
	l.wakeUp()
}
