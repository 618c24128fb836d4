package memory

import (
	"context"
	"slices"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// Drop implements journal.Journal. The mark moves at one moment and the blocks go at a later one, each with a fault
// of its own ("journal.drop", "journal.sweep"): what happens in between is seen.
func (j *Journal) Drop(ctx context.Context, s telemetry.Stream, through telemetry.Number) error {
	const op = "journal.drop"
	err := j.write(ctx, op, func() error {
		st := j.find(s)
		switch {
		case st == nil:
			return fault.New(fault.NotFound, op, "no such stream")
		case st.state.Sealed && through > st.state.Last:
			return fault.New(fault.Invalid, op, "the stream's last number is %d", st.state.Last)
		}
		if through > st.state.Mark {
			st.state.Mark = through
			j.moved(s)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return indeterminate("journal.sweep", j.write(ctx, "journal.sweep", func() error {
		j.sweep(s)
		return nil
	}))
}

// indeterminate makes a failure of an operation's second half one of the whole: the first half happened.
func indeterminate(op string, err error) error {
	if fault.Is(err, fault.Unavailable) {
		return fault.Wrap(fault.Indeterminate, op, err)
	}
	return err
}

func (j *Journal) sweep(s telemetry.Stream) {
	st := j.find(s)
	if st == nil {
		return // expired meanwhile
	}
	kept := 0
	for kept < len(st.order) && st.order[kept] <= st.state.Mark {
		delete(st.entries, st.order[kept])
		kept++
	}
	st.order = slices.Delete(st.order, 0, kept)
	st.swept = st.state.Finished()
}

// End implements journal.Journal.
func (j *Journal) End(ctx context.Context, s telemetry.Stream) (journal.State, error) {
	const op = "journal.end"
	var after journal.State
	err := j.write(ctx, op, func() error {
		st := j.find(s)
		if st == nil {
			if err := j.takes(op, s.Day); err != nil {
				return err
			}
			st = j.add(journal.State{Stream: s})
		}
		if !st.state.Ended {
			st.state.Ended, st.state.Touched = true, time.Time{}
			j.moved(s)
		}
		after = st.state
		return nil
	})
	if err != nil {
		return journal.State{}, err
	}
	return after, nil
}

// Seal implements journal.Journal.
func (j *Journal) Seal(ctx context.Context, s telemetry.Stream, last telemetry.Number) error {
	const op = "journal.seal"
	return j.write(ctx, op, func() error {
		st := j.find(s)
		switch {
		case st == nil || !st.state.Ended:
			return fault.New(fault.Invalid, op, "the stream has not ended")
		case st.state.Sealed && st.state.Last == last:
			return nil
		case st.state.Sealed:
			return fault.New(fault.Conflict, op, "the stream's last number is %d", st.state.Last)
		}
		if err := st.complete(op, last); err != nil {
			return err
		}
		st.state.Sealed, st.state.Last = true, last
		if st.state.Finished() {
			j.sweep(s)
		}
		return nil
	})
}

// complete checks what Seal states: every number up to last is a block, a void or dropped, and there is none above.
func (s *stream) complete(op string, last telemetry.Number) error {
	if s.state.Mark > last {
		return fault.New(fault.Invalid, op, "number %d was dropped, above the last", s.state.Mark)
	}
	i, _ := slices.BinarySearch(s.order, s.state.Mark+1)
	above := s.order[i:]
	if n := len(above); n > 0 && above[n-1] > last {
		return fault.New(fault.Invalid, op, "number %d is there, above the last", above[n-1])
	}
	if missing := last - s.state.Mark - telemetry.Number(len(above)); missing > 0 {
		return fault.New(fault.Invalid, op, "%d numbers up to %d are neither block nor void nor dropped", missing, last)
	}
	return nil
}

// Fill implements journal.Journal.
func (j *Journal) Fill(ctx context.Context, s telemetry.Stream, e journal.Entry) error {
	const op = "journal.fill"
	if e.Number == 0 {
		return fault.New(fault.Invalid, op, "the first number is 1")
	}
	if e.Void {
		e.Block = nil
	} else if err := checkBlock(op, e.Block); err != nil {
		return err
	}
	return j.write(ctx, op, func() error {
		st := j.find(s)
		switch {
		case st == nil || !st.state.Ended:
			return fault.New(fault.Invalid, op, "the stream has not ended")
		case e.Number <= st.state.Mark:
			return nil
		case st.state.Sealed:
			return fault.New(fault.Invalid, op, "the stream is sealed")
		}
		if there, ok := st.entries[e.Number]; ok {
			return st.compare(op, there.Entry, e)
		}
		st.put(e, j.now())
		return nil
	})
}
