package ingest

import (
	"context"
	"errors"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/planted"
	"tidemark/domain/stream"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/blockcodec"
	"tidemark/ports/sched"
)

// launch closes a block and lets it fly.
func (w *shardWriter) launch(ctx context.Context, block []*pending, at time.Time) {
	f, err := w.close(block, at)
	w.closed(block, err)
	if f != nil {
		w.depart(ctx, f)
	}
}

// closed tells pieces that were to be closed what became of them: an err is all of theirs, what did not fit is in the
// queue again. A caller may have given up since it is there, and was told.
func (w *shardWriter) closed(block []*pending, err error) {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	for _, p := range block {
		switch {
		case p.done.IsSet():
		case err != nil:
			p.finish(outcome{err: err})
		case p.stage == queued && p.caller != waits: // it did not fit
			w.remove(p)
			p.finish(outcome{err: p.notSent()})
		case p.stage == queued:
		case p.caller != waits:
			p.finish(outcome{err: errUnderWay(w.trouble)})
		default:
			p.stage = closed
		}
	}
}

// close makes a block of the pieces: from here on its bytes, its number and its stamp are fixed, and the batches
// are no longer needed. The clock is not read again here: it may have been set since.
func (w *shardWriter) close(block []*pending, at time.Time) (*flight, error) {
	s := w.s
	batches := make([]*telemetry.Batch, 0, len(block))
	for _, p := range block {
		batches = append(batches, p.batch)
	}
	s.mu.Lock()
	if w.stream == nil {
		w.stream = s.newOutbound(telemetry.Stream{Shard: w.shard, Day: telemetry.DayOf(at), Writer: s.writers()},
			w.previous)
	}
	st := w.stream
	header, elsewhere := st.header(s.clock.stamps.Next(at)), s.clock.elsewhere
	s.mu.Unlock()

	f := &flight{writer: w, stream: st, header: header, waiting: block, closed: s.sched.Now()}
	for i, b := range batches {
		batches[i] = st.withoutKnown(b, header, elsewhere)
	}
	builder := s.builders.Get().(*blockcodec.Builder)
	defer s.builders.Put(builder)
	for {
		bytes, err := builder.Build(nil, header, batches...)
		if units := (*blockcodec.UnitsError)(nil); errors.As(err, &units) {
			batches = batches[:units.Batch] // the others wait for the next block, so that both units are kept
			continue
		}
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
	w.putBack(block[len(batches):])
	f.waiting, f.readings = block[:len(batches)], 0
	estimate := 0
	for i, b := range batches {
		f.readings += b.Len()
		estimate += block[i].size
	}
	w.learn(estimate, len(f.block))
	st.add(f, s.sched.Now())
	s.mu.Unlock()
	return f, nil
}

// relaunch sends a block of a fenced stream again: a new number of a new stream, the same readings, the first stamp.
func (w *shardWriter) relaunch(ctx context.Context, old *flight, now time.Time) {
	s := w.s
	s.mu.Lock()
	if now.Sub(old.header.Stamp.Time()) > s.cfg.Bound {
		old.finish(errUnderWay(w.trouble))
		s.mu.Unlock()
		return
	}
	if w.stream == nil {
		w.stream = s.newOutbound(telemetry.Stream{Shard: w.shard, Day: telemetry.DayOf(now), Writer: s.writers()},
			w.previous)
	}
	st := w.stream
	stamp := old.header.Stamp
	if planted.On(planted.ResentRestamped) {
		stamp = s.clock.stamps.Next(now)
	}
	f := &flight{writer: w, stream: st, header: st.header(stamp), waiting: old.waiting, readings: old.readings,
		closed: old.closed, perhaps: true}
	s.mu.Unlock()

	bytes, err := reposition(old.block, f.header)
	s.mu.Lock()
	if err != nil {
		old.finish(fault.Wrap(fault.Indeterminate, "ingest.resend", err))
		s.mu.Unlock()
		return
	}
	f.block = bytes
	st.add(f, s.sched.Now())
	s.mu.Unlock()
	w.depart(ctx, f)
}

// reposition gives a block another header and keeps everything else.
func reposition(block []byte, h blockcodec.Header) ([]byte, error) {
	b, err := blockcodec.Decode(block)
	if err != nil {
		return nil, err
	}
	b.At, b.Stamp, b.Acked, b.AckedAs, b.Whole = h.At, h.Stamp, h.Acked, h.AckedAs, h.Whole
	return blockcodec.Encode(nil, b)
}

// retire ends a stream that this writer will not use any more in the journals where it was born, and seals it there if
// both have everything, so that readers need not ask for it. Failing is harmless: a sweeper does it.
func (w *shardWriter) retire(ctx context.Context, st *outbound, born []stream.Leg) {
	s := w.s
	ctx, cancel := s.sched.WithTimeout(ctx, 2*s.cfg.AppendTimeout)
	defer cancel()
	s.mu.Lock()
	last := st.sending.Next() - 1
	whole := st.sending.Whole() == last
	s.mu.Unlock()
	ended := sched.Each(ctx, s.sched, len(born), 0, func(ctx context.Context, i int) error {
		_, err := s.sites.All[born[i]].Journal.End(ctx, st.id)
		return err
	})
	if ended == nil && whole {
		_ = sched.Each(ctx, s.sched, len(born), 0, func(ctx context.Context, i int) error {
			// An append that arrived, perhaps again, after its number was dropped goes with the drop to the last
			// number, or with this, if that came before.
			return s.sites.All[born[i]].Journal.Seal(ctx, st.id, last, "")
		})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	w.retiring--
	w.wakeUp()
}
