package ingest

import (
	"context"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/planted"
	"tidemark/domain/stream"
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
	born    []stream.Leg // where the one to be ended was born
	event   sched.Event
	timeout time.Duration // of the wait; zero is none
	over    bool
}

// run is the writer's actor.
func (w *shardWriter) run() {
	ctx := context.Background()
	for {
		switch n := w.next(); {
		case n.over:
			return
		case n.block != nil:
			w.launch(ctx, n.block, n.at)
			w.lookAhead(ctx)
		case n.again != nil:
			w.relaunch(ctx, n.again, n.at)
		case n.tune:
			w.tune(ctx)
		case n.retire != nil:
			w.s.sched.Go("ingest retire", func() { w.retire(ctx, n.retire, n.born) })
		case n.timeout > 0:
			waitCtx, cancel := w.s.sched.WithTimeout(ctx, n.timeout)
			_ = n.event.Wait(waitCtx)
			cancel()
		default:
			_ = n.event.Wait(ctx)
		}
	}
}

// next is what the writer does now. It looks at the clock with mu held: an answer that corrected it between the look
// and its use would let a moment before the clock was set pass for one after.
func (w *shardWriter) next() step {
	s := w.s
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.sched.Now()
	sure := s.sure(now) || planted.On(planted.ClockUnheard)
	wait := step{event: w.wake}
	if st := w.stream; st != nil && w.worn(st, now) {
		if born := w.leave(st); len(born) > 0 {
			return step{retire: st, born: born}
		}
	}
	if !w.ready(now) {
		return wait
	}
	if len(w.resend)+len(w.queue) == 0 {
		return w.rest(now, wait)
	}
	if !sure {
		return step{tune: true}
	}
	if len(w.resend) > 0 {
		f := w.resend[0]
		w.resend = w.resend[1:]
		return step{again: f, at: s.clock.now(now)}
	}
	age := now.Sub(w.queue[0].since)
	if !w.full(w.bytes, w.series) && age < s.cfg.Linger && !s.closed {
		wait.timeout = s.cfg.Linger - age
		return wait
	}
	return step{block: w.take(), at: s.clock.now(now)}
}

// worn reports whether the stream takes no more blocks because its day is over and its last flight has ended.
func (w *shardWriter) worn(st *outbound, now time.Time) bool {
	return st.sending.Rests() && st.id.Day != telemetry.DayOf(w.s.clock.now(now))
}

// leave gives the stream up; it gives the legs where it has to be ended, because it was born there. The next one does
// not wait for that: everything in the old one is acknowledged, blocks of different streams are ordered by their
// stamps, and a stream is followed as long as it is open.
func (w *shardWriter) leave(st *outbound) []stream.Leg {
	w.stream = nil
	born := st.sending.Leave()
	if len(born) > 0 {
		w.previous = st.id
		w.retiring++
	}
	return born
}

// ready reports whether a flight is free. A stream that takes no more is given up once its last flight has ended.
func (w *shardWriter) ready(now time.Time) bool {
	st := w.stream
	switch {
	case st == nil:
		return true
	case st.sending.Over():
		w.previous, w.stream = st.id, nil
		return true
	}
	return st.sending.Takes(w.flights()) && st.id.Day == telemetry.DayOf(w.s.clock.now(now))
}

// wholeFlights is how many times more blocks may be under way while a whole block waits for a flight. Then there is
// nothing to gather any more, and what there is to wait for is the way to the journals: two blocks a round trip fill a
// near one, and leave a far one idle.
const wholeFlights = 4

// flights is how many blocks may be under way just now.
func (w *shardWriter) flights() int {
	if w.full(w.bytes, w.series) {
		return wholeFlights * w.s.cfg.Flights
	}
	return w.s.cfg.Flights
}

// rest is next with an empty queue: an idle stream is ended, and the actor ends when there is none and none is being
// ended.
func (w *shardWriter) rest(now time.Time, wait step) step {
	s := w.s
	if st := w.stream; st != nil {
		if !st.sending.Rests() {
			return wait
		}
		if idle := now.Sub(st.used); idle < s.cfg.Idle && !s.closed {
			wait.timeout = s.cfg.Idle - idle
			return wait
		}
		if !s.closed && !s.sites.allUp() { // else one every Idle would wait unsealed for the journal that is away
			wait.timeout = s.cfg.Idle
			return wait
		}
		if born := w.leave(st); len(born) > 0 {
			return step{retire: st, born: born}
		}
	}
	if w.retiring > 0 {
		return wait
	}
	w.running = false
	s.ends()
	return step{over: true}
}

// tune asks for the journal's clock once more, and waits a while if it does not answer. The requests wait in the
// queue: nothing of them was sent.
func (w *shardWriter) tune(ctx context.Context) {
	s := w.s
	err := s.tune(ctx)
	if err == nil {
		w.untuned = 0
		return
	}
	s.mu.Lock()
	w.untuned = min(max(2*w.untuned, s.cfg.RetryDelay), time.Second)
	w.trouble = fault.Message(err)
	s.mu.Unlock()
	_ = s.sched.Sleep(ctx, w.untuned)
}

// lookAhead prepares the next day when it is near. Failing is harmless: the next block tries again, and in the end
// the day's first stream does it.
func (w *shardWriter) lookAhead(ctx context.Context) {
	s := w.s
	s.mu.Lock()
	day := telemetry.DayOf(s.clock.now(s.sched.Now()).Add(ahead))
	var legs []stream.Leg
	for l := range s.known {
		if !s.known[l].prepared[day] {
			legs = append(legs, stream.Leg(l))
		}
	}
	if st := w.stream; !s.clock.steady(s.sched.Steps()) || st == nil || st.id.Day >= day || len(legs) == 0 ||
		s.preparing {
		s.mu.Unlock()
		return
	}
	s.preparing = true
	s.live++
	s.mu.Unlock()
	s.sched.Go("ingest ahead", func() {
		ctx, cancel := s.sched.WithTimeout(ctx, s.cfg.BirthTimeout)
		defer cancel()
		_ = sched.Each(ctx, s.sched, len(legs), 0, func(ctx context.Context, i int) error {
			if s.sites.All[legs[i]].Directory.Prepare(ctx, day) == nil {
				s.mu.Lock()
				s.known[legs[i]].prepared[day] = true
				s.mu.Unlock()
			}
			return nil
		})
		s.mu.Lock()
		defer s.mu.Unlock()
		s.preparing = false
		s.ends()
	})
}

// ahead is how long before midnight, by the storage's clock, a process that writes prepares the next day: no write at
// midnight waits for its tables.
const ahead = time.Hour
