package memory

import (
	"context"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/stream"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// Drop implements journal.Journal. The mark moves at one moment and the blocks go at a later one, each with a fault
// of its own ("journal.drop", "journal.sweep"): what happens in between is seen.
func (j *Journal) Drop(ctx context.Context, s telemetry.Stream, through telemetry.Number) error {
	const op = "journal.drop"
	err := j.write(ctx, op, func() error {
		_, err := j.reach(op, j.find(s), stream.Drop{Through: through}, j.now())
		return err
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

// sweep does stream.Sweep.
func (j *Journal) sweep(s telemetry.Stream) {
	k := j.find(s) // unborn if it was expired meanwhile
	k.Sweep(k.Mark)
	k.swept = k.HasFinished()
}

// End implements journal.Journal.
func (j *Journal) End(ctx context.Context, s telemetry.Stream) (journal.State, error) {
	const op = "journal.end"
	var after journal.State
	err := j.write(ctx, op, func() error {
		k := j.find(s)
		_, err := j.reach(op, k, stream.End{}, j.now())
		after = k.State
		return err
	})
	if err != nil {
		return journal.State{}, err
	}
	return after, nil
}

// Seal implements journal.Journal.
func (j *Journal) Seal(ctx context.Context, s telemetry.Stream, last telemetry.Number, unchanged string) error {
	const op = "journal.seal"
	return j.write(ctx, op, func() error {
		k := j.find(s)
		e := stream.Seal{Last: last, Changed: unchanged != "" && k.Version != unchanged}
		if err := k.complete(op, e); err != nil {
			return err
		}
		do, err := j.reach(op, k, e, j.now())
		if do.Has(stream.Sweep) {
			j.sweep(s)
		}
		return err
	})
}

// complete checks what a Seal that can succeed states: every number up to last is a block, a void or dropped, and
// there is none above.
func (k *kept) complete(op string, e stream.Seal) error {
	last := e.Last
	next, do, err := k.Step(e, time.Time{})
	if err != nil || !do.Has(stream.Write) {
		return nil
	}
	above := k.Above(next.Mark)
	if n := len(above); n > 0 && above[n-1] > last {
		return fault.New(fault.Invalid, op, "number %d is there, above the last", above[n-1])
	}
	if missing := last - next.Mark - telemetry.Number(len(above)); missing > 0 {
		return fault.New(fault.Invalid, op, "%d numbers up to %d are neither block nor void nor dropped", missing, last)
	}
	return nil
}

// Fill implements journal.Journal.
func (j *Journal) Fill(ctx context.Context, s telemetry.Stream, e journal.Entry) error {
	const op = "journal.fill"
	e, err := journal.CheckFill(op, e)
	if err != nil {
		return err
	}
	return j.write(ctx, op, func() error {
		k := j.find(s)
		now := j.now()
		do, err := j.reach(op, k, stream.Fill{Number: e.Number, Held: k.Held(e)}, now)
		if do.Has(stream.Store) {
			k.Put(e, now)
		}
		return err
	})
}
