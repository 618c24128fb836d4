package world

import (
	"context"
	"iter"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// slow is a journal whose blocks, and heads of blocks, take their time to be read.
type slow struct {
	journal.Journal
	w *World
}

// Read implements journal.Journal.
func (s slow) Read(ctx context.Context, of telemetry.Stream, after telemetry.Number) iter.Seq2[journal.Entry, error] {
	return slowly(ctx, s.w, "journal.read", s.Journal.Read(ctx, of, after))
}

// Heads implements journal.Journal.
func (s slow) Heads(ctx context.Context, of telemetry.Stream, after telemetry.Number) iter.Seq2[journal.Head, error] {
	return slowly(ctx, s.w, "journal.heads", s.Journal.Heads(ctx, of, after))
}

// slowly lets a time pass before each piece of an answer.
func slowly[E any](ctx context.Context, w *World, op string, answer iter.Seq2[E, error]) iter.Seq2[E, error] {
	return func(yield func(E, error) bool) {
		for e, err := range answer {
			if most := int64(w.SlowRead); err == nil && most > 0 {
				took := time.Duration(w.Rand.Int64N(most))
				if err = fault.Wrap(fault.Canceled, op, w.Sched.Sleep(ctx, took)); err != nil {
					e = *new(E)
				}
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}
