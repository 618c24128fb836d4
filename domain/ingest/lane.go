package ingest

import (
	"context"
	"slices"
	"time"

	"tidemark/domain/planted"
	"tidemark/domain/telemetry"
	"tidemark/ports/sched"
)

// stage is how far a piece is on its way into a block.
type stage uint8

const (
	queued  stage = iota // in its lane's queue
	closing              // its block is being sealed: the batch is read
	sealed               // its block has closed: the batch is no longer read
)

// caller is what the request of a piece does.
type caller uint8

const (
	waits  caller = iota
	gaveUp        // it waited as long as we let it, and is told what is known
	gone          // it does not wait for an answer
)

// pending is a piece of a request that waits for its block.
type pending struct {
	batch  *telemetry.Batch
	size   int
	series int // at most, with descriptions
	since  time.Time
	lane   *lane

	stage  stage
	caller caller

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
	if p.caller == gone {
		return errNotSent()
	}
	return errNotTaken(p.lane.trouble)
}

// lane is the writing side of one (tenant, shard): a queue of pieces and the stream they go to. One actor runs it
// while there is work or an open stream; everything is guarded by Service.mu.
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
	untuned time.Duration // how long the lane waited the last time for the journal's clock

	ratio float64 // encoded bytes to estimated bytes of late, a guide to how much fits into a block

	stream   *outbound        // nil: the next block gives birth
	previous telemetry.Stream // the stream before it
	resend   []*flight        // of a stream that somebody ended: they go first, with their first stamps
	retiring int              // streams before that are being ended
}

func (l *lane) add(p *pending, now time.Time) {
	p.lane, p.stage, p.since = l, queued, now
	l.queue = append(l.queue, p)
	l.bytes += p.size
	l.series += p.series
	if len(l.queue) == 1 || l.full(l.bytes, l.series) {
		l.wakeUp()
	}
}

// fullSeries is how many series fill a block, counted with repetitions: compaction has to look at all of their rows
// in one pass, within a lease (T3), on whatever storage.
const fullSeries = 10_000

// full reports whether readings of an estimated size will fill a block. Estimates are upper bounds, several times
// what encoding makes of ordinary readings.
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
}

func (l *lane) wakeUp() {
	l.wake.Set()
	l.wake = l.s.sched.NewEvent()
}

// step is what the actor does next: close and launch a block of pieces, launch an old flight anew, wait, or end.
type step struct {
	block   []*pending
	at      time.Time // of the block or of sending again, by the storage's clock
	again   *flight
	tune    bool
	retire  *outbound
	event   sched.Event
	timeout time.Duration // of the wait; zero is none
	over    bool
}

// run is the lane's actor.
func (l *lane) run() {
	ctx := context.Background()
	for {
		switch n := l.next(); {
		case n.over:
			return
		case n.block != nil:
			l.launch(ctx, n.block, n.at)
			l.lookAhead(ctx)
		case n.again != nil:
			l.relaunch(ctx, n.again, n.at)
		case n.tune:
			l.tune(ctx)
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

// next is what the lane does now. It looks at the clock with mu held: an answer that corrected it between the look and
// its use would let a moment before the clock was set pass for one after.
func (l *lane) next() step {
	s := l.s
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.sched.Now()
	sure := s.sure(now) || planted.On(planted.ClockUnheard)
	wait := step{event: l.wake}
	if st := l.stream; st != nil && l.worn(st, now) {
		if l.leave(st) {
			return step{retire: st}
		}
	}
	if !l.ready(now) {
		return wait
	}
	if len(l.resend)+len(l.queue) == 0 {
		return l.rest(now, wait)
	}
	if !sure {
		return step{tune: true}
	}
	if len(l.resend) > 0 {
		f := l.resend[0]
		l.resend = l.resend[1:]
		return step{again: f, at: s.clock.now(now)}
	}
	age := now.Sub(l.queue[0].since)
	if !l.full(l.bytes, l.series) && age < s.cfg.Linger && !s.closed {
		wait.timeout = s.cfg.Linger - age
		return wait
	}
	return step{block: l.take(), at: s.clock.now(now)}
}

// worn reports whether the stream takes no more blocks because its day is over and its last flight has ended.
func (l *lane) worn(st *outbound, now time.Time) bool {
	return st.sending.Rests() && st.id.Day != telemetry.DayOf(l.s.clock.now(now))
}

// leave gives the stream up; it reports whether it has to be ended, because it was born. The next one does not wait
// for that: everything in the old one is acknowledged, blocks of different streams are ordered by their stamps, and a
// stream is followed as long as it is open.
func (l *lane) leave(st *outbound) bool {
	l.stream = nil
	born := st.sending.Leave()
	if born {
		l.previous = st.id
		l.retiring++
	}
	return born
}

// ready reports whether a flight is free. A stream that takes no more is given up once its last flight has ended.
func (l *lane) ready(now time.Time) bool {
	st := l.stream
	switch {
	case st == nil:
		return true
	case st.sending.Over():
		l.previous, l.stream = st.id, nil
		return true
	}
	return st.sending.Takes(l.s.cfg.Flights) && st.id.Day == telemetry.DayOf(l.s.clock.now(now))
}

// rest is next with an empty queue: an idle stream is ended, and the actor ends when there is none and none is being
// ended.
func (l *lane) rest(now time.Time, wait step) step {
	s := l.s
	if st := l.stream; st != nil {
		if !st.sending.Rests() {
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
	if l.retiring > 0 {
		return wait
	}
	l.running = false
	s.ends()
	return step{over: true}
}

// take cuts the next block's pieces off the queue.
func (l *lane) take() []*pending {
	n, size, series := 0, 0, 0
	for n < len(l.queue) && (n == 0 || !l.full(size+l.queue[n].size, series+l.queue[n].series)) {
		size += l.queue[n].size
		series += l.queue[n].series
		l.queue[n].stage = closing
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
		p.stage = queued
		l.bytes += p.size
		l.series += p.series
	}
	l.queue = slices.Concat(block, l.queue)
}
