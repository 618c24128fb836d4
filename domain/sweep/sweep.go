// Package sweep looks after the streams of a journal whose writers do not: it ends those whose writer is gone, proves
// what was never stored, writes down last numbers, moves the shards' first days up, and says which shards have work
// whose hint may be lost. It may run on any number of machines at once: every step is one that the journal decides
// (domain/stream), and one that somebody else made meanwhile is left to the next sweep.
package sweep

import (
	"context"
	"time"

	"tidemark/domain/bounds"
	"tidemark/domain/fault"
	"tidemark/domain/planted"
	"tidemark/domain/stream"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// DefaultIdle is how long a stream without an append is left to its writer.
const DefaultIdle = time.Minute

// Service sweeps. It is safe for concurrent use.
type Service struct {
	journal   journal.Journal
	directory journal.Directory
	idle      time.Duration
}

// New makes a service. A stream without an append for idle, by the journal's clock, is dead; zero is DefaultIdle.
func New(j journal.Journal, d journal.Directory, idle time.Duration) *Service {
	if idle == 0 {
		idle = DefaultIdle
	}
	return &Service{journal: j, directory: d, idle: idle}
}

// Swept is what a sweep found and did.
type Swept struct {
	Ended  int               // dead streams that were ended
	Sealed int               // ended streams that got their last number
	Voided int               // numbers proven never stored
	Work   []telemetry.Shard // shards with blocks or open ends: a compaction hint is due
}

// Sweep goes over every shard of the journal: it ends streams whose writer is dead, proves what was never stored,
// seals, moves the first day up, and lists the shards that need compaction, whose hints may have been lost. What
// fails in one shard does not keep the others waiting: the first error is given beside what was done.
func (s *Service) Sweep(ctx context.Context) (Swept, error) {
	var out Swept
	now, err := s.directory.Now(ctx)
	if err != nil {
		return out, err
	}
	registered, err := bounds.Registered(ctx, s.directory)
	if err != nil {
		return out, err
	}
	var failed error
	for _, r := range registered {
		if err := s.sweepShard(ctx, r, now, &out); err != nil && failed == nil {
			failed = err
		}
		if ctx.Err() != nil {
			break
		}
	}
	return out, failed
}

func (s *Service) sweepShard(ctx context.Context, r journal.Registered, now time.Time, out *Swept) error {
	today := telemetry.DayOf(now)
	first, moving, work := r.First, true, false
	var failed error
	for day := r.First; day <= today+1; day++ {
		idx, err := s.journal.Index(ctx, r.Shard, day)
		if err != nil {
			return err
		}
		for _, st := range idx.Streams {
			if err := s.sweepStream(ctx, st, idx.At, out); err != nil && failed == nil {
				failed = err // the other streams, and the shard's compaction, do not wait for this one
			}
			work = true
		}
		moving = moving && len(idx.Streams) == 0 && day < today-1
		if moving {
			first = day + 1
		}
	}
	if work {
		out.Work = append(out.Work, r.Shard)
	}
	if failed != nil {
		return failed
	}
	if first > r.First {
		err := s.directory.Advance(ctx, r, first)
		if !fault.Is(err, fault.Conflict) { // or something came into a day that had passed: the next sweep looks again
			return err
		}
	}
	return nil
}

// sweepStream ends a stream that is dead and seals one that ended.
func (s *Service) sweepStream(ctx context.Context, st journal.State, now time.Time, out *Swept) error {
	switch st.Due(now, s.idle) {
	case stream.ToEnd:
		ended, err := s.journal.End(ctx, st.Stream)
		if err != nil {
			return err
		}
		out.Ended++
		return s.sweepStream(ctx, ended, now, out)
	case stream.ToSeal:
		return s.seal(ctx, st, out)
	case stream.ToDrop: // whoever dropped it to its last number did not delete all blocks
		return s.journal.Drop(ctx, st.Stream, st.Mark)
	}
	return nil
}

// rounds is how often an ended stream is looked at in a sweep: once more after voids were filled in.
const rounds = 3

// seal writes an ended stream's last number. Nothing can be appended any more, so a number below the highest that is
// neither stored nor dropped was never stored: it becomes void (T8), unless a block says that it was acknowledged. The
// stream may not have changed since before its numbers were read: what somebody else filled in meanwhile would lie
// above the last number. Voids change it too, so after those the numbers are read again.
func (s *Service) seal(ctx context.Context, st journal.State, out *Swept) error {
	for range rounds {
		found, err := s.look(ctx, st)
		if err != nil {
			return err
		}
		if err := s.lost(ctx, st.Stream, found); err != nil {
			return err
		}
		voided, err := s.void(ctx, st.Stream, found.holes)
		out.Voided += voided
		if fault.Is(err, fault.Conflict) || fault.Is(err, fault.Invalid) {
			return nil // another sweeper was here: the next sweep looks again
		}
		if err == nil && voided > 0 {
			st, err = s.journal.End(ctx, st.Stream) // for the version
		}
		if err != nil {
			return err
		}
		if voided > 0 {
			continue
		}
		err = s.journal.Seal(ctx, st.Stream, found.last, st.Version)
		if fault.Is(err, fault.Conflict) {
			return nil
		}
		if err != nil {
			return err
		}
		out.Sealed++
		if found.mark > 0 {
			return s.journal.Drop(ctx, st.Stream, found.mark) // sweeps what arrived late at or below the mark
		}
		return nil
	}
	return nil
}

// numbers is what an ended stream holds: its dropped mark, its highest number, its highest block, and the holes
// between.
type numbers struct {
	mark, last, block telemetry.Number
	holes             []telemetry.Number
}

// lost refuses holes that were acknowledged.
func (s *Service) lost(ctx context.Context, of telemetry.Stream, found numbers) error {
	if len(found.holes) == 0 || planted.On(planted.LostIsVoid) {
		return nil
	}
	said, err := Said(ctx, s.journal, of, found.block)
	if err != nil {
		return err
	}
	return Holes{Stream: of, Numbers: found.holes, Said: said}.Check(ctx, s.journal)
}

// look reads the numbers of an ended stream, and then its mark: read after them, it accounts for what was dropped
// meanwhile.
func (s *Service) look(ctx context.Context, st journal.State) (found numbers, err error) {
	have := map[telemetry.Number]bool{}
	found.last = st.Mark
	for h, err := range s.journal.Heads(ctx, st.Stream, st.Mark) {
		if err != nil {
			return found, err
		}
		have[h.Number] = true
		found.last = max(found.last, h.Number)
		if !h.Void {
			found.block = max(found.block, h.Number)
		}
	}
	after, err := s.journal.End(ctx, st.Stream)
	if err != nil {
		return found, err
	}
	found.mark, found.last = after.Mark, max(found.last, after.Mark)
	if planted.On(planted.SealAtMark) {
		found.last = after.Mark
	}
	for n := after.Mark + 1; n < found.last; n++ {
		if have[n] || planted.On(planted.SealWithoutVoids) {
			continue
		}
		found.holes = append(found.holes, n)
	}
	return found, nil
}

// void fills holes with voids, and says how many it filled.
func (s *Service) void(ctx context.Context, of telemetry.Stream, holes []telemetry.Number) (int, error) {
	for i, n := range holes {
		if err := s.journal.Fill(ctx, of, journal.Entry{Number: n, Void: true}); err != nil {
			return i, err
		}
	}
	return len(holes), nil
}
