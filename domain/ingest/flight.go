package ingest

import (
	"cmp"
	"context"
	"slices"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/planted"
	"tidemark/domain/stream"
	"tidemark/ports/journal"
)

// depart lets a block fly that was closed, and says when one journal is enough for it.
func (w *shardWriter) depart(ctx context.Context, f *flight) {
	s := w.s
	s.mu.Lock()
	if s.sites.two() {
		if !f.patient() || !s.sites.allUp() {
			f.stream.sending.Enough(f.header.At.Number)
		} else {
			f.settle = s.sched.AfterFunc(s.cfg.BothWait, func() { w.enough(ctx, f) })
		}
	}
	flights := w.departing(f.stream)
	s.mu.Unlock()
	w.fly(ctx, flights)
}

// enough ends the waiting for the other journal.
func (w *shardWriter) enough(ctx context.Context, f *flight) {
	s := w.s
	s.mu.Lock()
	hint := w.tell(f.stream, f.stream.sending.Enough(f.header.At.Number), s.sched.Now())
	w.wakeUp()
	flights := w.departing(f.stream)
	s.mu.Unlock()
	w.fly(ctx, flights)
	w.hint(hint)
}

// lost ends the waiting of all blocks of the stream for the other journal.
func (w *shardWriter) lost(ctx context.Context) {
	s := w.s
	s.mu.Lock()
	var waiting []*flight
	if w.stream != nil {
		for _, f := range w.stream.flights { // also below one that was answered early
			waiting = append(waiting, f)
		}
		slices.SortFunc(waiting, func(a, b *flight) int { return cmp.Compare(a.header.At.Number, b.header.At.Number) })
	}
	s.mu.Unlock()
	for _, f := range waiting {
		w.enough(ctx, f)
	}
}

// departure is a flight on a leg.
type departure struct {
	*flight
	leg stream.Leg
}

// trailing is how many appends of blocks that are decided may be under way on a leg.
const trailing = 8

// departing is what may fly now. Called with core.mu held.
func (w *shardWriter) departing(st *outbound) (out []departure) {
	most := max(w.s.cfg.Flights, st.sending.Flights())
	if w.s.sites.two() {
		most += trailing
	}
	for l := range st.sending.Legs() {
		for _, n := range st.sending.Depart(l, most) {
			out = append(out, departure{st.flights[n], l})
		}
	}
	return out
}

func (w *shardWriter) fly(ctx context.Context, all []departure) {
	for _, d := range all {
		w.s.sched.Go("ingest flight", func() { d.fly(ctx, d.leg) })
	}
}

// hint tells background work that there is something to do, if that is due.
func (w *shardWriter) hint(due bool) {
	if due {
		w.s.hint(context.Background(), w.shard)
	}
}

// fly appends the block to a leg's journal until the outcome is known, or nobody needs it any more.
func (f *flight) fly(ctx context.Context, l stream.Leg) {
	s := f.writer.s
	delay := s.cfg.RetryDelay
	for unsure := f.perhaps; ; {
		sent, stored, err := f.try(ctx, l)
		kind := fault.KindOf(err)
		unsure = unsure || kind == fault.Indeterminate || kind == fault.Canceled
		switch kind {
		case 0:
			f.land(ctx, l, sent, stored)
			return
		case fault.Unavailable, fault.Indeterminate, fault.Canceled, fault.Throttled, fault.NotFound:
			if s.observe.Retried != nil {
				s.observe.Retried(kind)
			}
			if f.over(ctx, l, err) {
				return
			}
			_ = s.sched.Sleep(ctx, delay)
			delay = min(2*delay, time.Second)
			if f.skipped(ctx, l) {
				return
			}
		case fault.Conflict:
			if planted.On(planted.FencedAcked) {
				f.land(ctx, l, sent, stored)
				return
			}
			if s.observe.Fenced != nil {
				s.observe.Fenced()
			}
			f.crash(ctx, l, stream.Barred, nil)
			return
		default:
			if unsure { // an earlier try may have stored it
				err = errUnderWay(fault.Message(err))
			}
			f.crash(ctx, l, stream.Unable, err)
			return
		}
	}
}

// over notes why a try failed, and reports whether there is none after it: the block's time is over, or nobody needs
// it there any more.
func (f *flight) over(ctx context.Context, l stream.Leg, err error) bool {
	s := f.writer.s
	s.mu.Lock()
	f.writer.trouble = fault.Message(err)
	late := s.clock.now(s.sched.Now()).Sub(f.header.Stamp.Time()) > s.cfg.Bound
	s.mu.Unlock()
	if f.skipped(ctx, l) {
		return true
	}
	if late {
		f.crash(ctx, l, stream.Barred, nil)
	}
	return late
}

// skipped gives the leg up, if the block goes without it: it was decided, or its stream has been fenced, and the other
// journal has it or it is sent again.
func (f *flight) skipped(ctx context.Context, l stream.Leg) bool {
	s := f.writer.s
	if !s.sites.two() {
		return false
	}
	s.mu.Lock()
	sending := &f.stream.sending
	skip := !sending.Undecided(f.header.At.Number) || sending.Phase() == stream.Fenced
	s.mu.Unlock()
	if skip {
		f.crash(ctx, l, stream.Skipped, nil)
	}
	return skip
}

// try appends the block once. sent is when, by the node's clock. A birth has more time: it is several calls, of which
// the adapter gives each the time of one.
func (f *flight) try(ctx context.Context, l stream.Leg) (sent sendTime, _ journal.Stored, _ error) {
	s := f.writer.s
	timeout := s.cfg.AppendTimeout
	if !f.born(l) {
		timeout = s.cfg.BirthTimeout
	}
	ctx, cancel := s.sched.WithTimeout(ctx, timeout)
	defer cancel()
	if err := s.prepare(ctx, l, f.stream.id); err != nil {
		return sent, journal.Stored{}, err
	}
	sent = s.sendTime()
	stored, err := s.sites.All[l].Journal.Append(ctx, journal.Append{At: f.header.At,
		Continues: f.stream.continues, Stamp: f.header.Stamp, Block: f.block})
	if fault.Is(err, fault.NotFound) {
		s.unprepare(l, f.stream.id)
	}
	return sent, stored, err
}

func (f *flight) born(l stream.Leg) bool {
	f.writer.s.mu.Lock()
	defer f.writer.s.mu.Unlock()
	return f.stream.sending.Born(l)
}

// land is an append that succeeded.
func (f *flight) land(ctx context.Context, l stream.Leg, sent sendTime, stored journal.Stored) {
	s, w := f.writer.s, f.writer
	s.mu.Lock()
	now := s.sched.Now()
	s.clock.storages[l].correct(sent, now, stored.Now)
	way := stream.Stored
	if !stored.By.IsZero() && stored.By.Sub(f.header.Stamp.Time()) > s.cfg.Bound && !planted.On(planted.LateAcked) {
		way = stream.Late
	}
	w.trouble = ""
	f.by = latest(f.by, s.clock.by(l, stored, now))
	hint := w.tell(f.stream, f.stream.sending.Arrived(f.header.At.Number, l, way), now)
	w.wakeUp()
	flights := w.departing(f.stream)
	s.mu.Unlock()
	if s.observe.Appended != nil {
		s.observe.Appended(s.sites.All[l].Region, len(f.block), f.readings, now.Sub(f.closed))
	}
	w.fly(ctx, flights)
	w.hint(hint)
}

// crash is a flight on a leg that will never land in this stream: the stream was ended by somebody, or the block's time
// is over, or it cannot be stored there: then err is the answer for this block alone, unless another journal has it; or
// nobody needs it there any more.
func (f *flight) crash(ctx context.Context, l stream.Leg, way stream.Way, err error) {
	s, w := f.writer.s, f.writer
	s.mu.Lock()
	if err != nil && !fault.Is(f.trouble, fault.Indeterminate) {
		f.trouble = err
	}
	hint := w.tell(f.stream, f.stream.sending.Arrived(f.header.At.Number, l, way), s.sched.Now())
	w.wakeUp()
	flights := w.departing(f.stream)
	s.mu.Unlock()
	w.fly(ctx, flights)
	w.hint(hint)
}
