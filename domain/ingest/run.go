package ingest

import (
	"context"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/planted"
	"tidemark/domain/telemetry"
	"tidemark/ports/sched"
)

// step is what the actor does next: close and launch a block of pieces, launch an old flight anew, ask for the
// journal's clock, end a stream, wait, or end itself.
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

// tune asks for the journal's clock once more, and waits a while if it does not answer. The requests wait in the
// queue: nothing of them was sent.
func (l *lane) tune(ctx context.Context) {
	s := l.s
	err := s.tune(ctx)
	if err == nil {
		l.untuned = 0
		return
	}
	s.mu.Lock()
	l.untuned = min(max(2*l.untuned, s.cfg.RetryDelay), time.Second)
	l.trouble = fault.Message(err)
	s.mu.Unlock()
	_ = s.sched.Sleep(ctx, l.untuned)
}

// lookAhead prepares the next day when it is near. Failing is harmless: the next block tries again, and in the end
// the day's first stream does it.
func (l *lane) lookAhead(ctx context.Context) {
	s := l.s
	s.mu.Lock()
	day := telemetry.DayOf(s.clock.now(s.sched.Now()).Add(ahead))
	if st := l.stream; !s.clock.steady(s.sched.Steps()) || st == nil || st.id.Day >= day ||
		s.known.prepared[day] || s.preparing {
		s.mu.Unlock()
		return
	}
	s.preparing = true
	s.live++
	s.mu.Unlock()
	s.sched.Go("ingest ahead", func() {
		ctx, cancel := s.sched.WithTimeout(ctx, s.cfg.BirthTimeout)
		defer cancel()
		err := s.log.Directory.Prepare(ctx, day)
		s.mu.Lock()
		defer s.mu.Unlock()
		if err == nil {
			s.known.prepared[day] = true
		}
		s.preparing = false
		s.ends()
	})
}

// ahead is how long before midnight, by the storage's clock, a process that writes prepares the next day: no write at
// midnight waits for its tables.
const ahead = time.Hour
