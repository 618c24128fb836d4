package ingest

import (
	"context"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/planted"
	"tidemark/domain/stream"
	"tidemark/ports/journal"
)

// fly appends the block until the outcome is known.
func (f *flight) fly(ctx context.Context) {
	s := f.writer.s
	delay := s.cfg.RetryDelay
	for unsure := false; ; {
		sent, stored, err := f.try(ctx)
		kind := fault.KindOf(err)
		unsure = unsure || kind == fault.Indeterminate || kind == fault.Canceled
		switch kind {
		case 0:
			f.land(sent, stored)
			return
		case fault.Unavailable, fault.Indeterminate, fault.Canceled, fault.Throttled, fault.NotFound:
			if s.observe.Retried != nil {
				s.observe.Retried(kind)
			}
			if s.tooLate(f, err) {
				f.crash(nil)
				return
			}
			_ = s.sched.Sleep(ctx, delay)
			delay = min(2*delay, time.Second)
		case fault.Conflict:
			if planted.On(planted.FencedAcked) {
				f.land(sent, stored)
				return
			}
			if s.observe.Fenced != nil {
				s.observe.Fenced()
			}
			f.crash(nil)
			return
		default:
			if unsure { // an earlier try may have stored it
				err = errUnderWay(fault.Message(err))
			}
			f.crash(err)
			return
		}
	}
}

// tooLate notes why a try failed, and reports whether the block's time is over.
func (s *core) tooLate(f *flight, err error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.writer.trouble = fault.Message(err)
	return s.clock.now(s.sched.Now()).Sub(f.header.Stamp.Time()) > s.cfg.Bound
}

// try appends the block once. sent is when, by the node's clock. A birth has more time: it is several calls, of which
// the adapter gives each the time of one.
func (f *flight) try(ctx context.Context) (sent sendTime, _ journal.Stored, _ error) {
	s := f.writer.s
	timeout := s.cfg.AppendTimeout
	if !f.born() {
		timeout = s.cfg.BirthTimeout
	}
	ctx, cancel := s.sched.WithTimeout(ctx, timeout)
	defer cancel()
	if err := s.prepare(ctx, f.stream.id); err != nil {
		return sent, journal.Stored{}, err
	}
	sent = s.sendTime()
	stored, err := s.log.Journal.Append(ctx, journal.Append{At: f.header.At, Continues: f.stream.continues,
		Block: f.block})
	if fault.Is(err, fault.NotFound) {
		s.unprepare(f.stream.id)
	}
	return sent, stored, err
}

func (f *flight) born() bool {
	f.writer.s.mu.Lock()
	defer f.writer.s.mu.Unlock()
	return f.stream.sending.Born(leg)
}

// land is an append that succeeded.
func (f *flight) land(sent sendTime, stored journal.Stored) {
	s, w := f.writer.s, f.writer
	s.mu.Lock()
	now := s.sched.Now()
	s.clock.correct(sent, now, stored.Now)
	way := stream.Stored
	if !stored.By.IsZero() && stored.By.Sub(f.header.Stamp.Time()) > s.cfg.Bound && !planted.On(planted.LateAcked) {
		way = stream.Late
	}
	w.trouble = ""
	hint := w.tell(f.stream, f.stream.sending.Arrived(f.header.At.Number, leg, way), nil, now)
	w.wakeUp()
	s.mu.Unlock()
	if s.observe.Appended != nil {
		s.observe.Appended(len(f.block), f.readings, now.Sub(f.closed))
	}
	if hint {
		s.hint(context.Background(), w.shard)
	}
}

// crash is a flight that will never land in this stream: the stream was ended by somebody, or the block's time is
// over, or it cannot be stored: then err is the answer for this block alone.
func (f *flight) crash(err error) {
	s, w, n := f.writer.s, f.writer, f.header.At.Number
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		w.tell(f.stream, f.stream.sending.Refuse(n, leg), err, s.sched.Now())
	} else {
		w.tell(f.stream, f.stream.sending.Arrived(n, leg, stream.Barred), nil, s.sched.Now())
	}
	w.wakeUp()
}
