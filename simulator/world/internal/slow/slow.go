// Package slow is journals whose blocks, and heads of blocks, take their time to be read.
package slow

import (
	"context"
	"iter"
	"math/rand/v2"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// Reading is how long it takes to read a piece of an answer: less than Most, which is asked for each.
type Reading struct {
	Sched sched.Scheduler
	Rand  *rand.Rand
	Most  func() time.Duration
}

// Journal is a journal that is read so.
func Journal(of journal.Journal, r Reading) journal.Journal { return slow{of, r} }

type slow struct {
	journal.Journal
	r Reading
}

// Read implements journal.Journal.
func (s slow) Read(ctx context.Context, of telemetry.Stream, after telemetry.Number) iter.Seq2[journal.Entry, error] {
	return slowly(ctx, s.r, "journal.read", s.Journal.Read(ctx, of, after))
}

// Heads implements journal.Journal.
func (s slow) Heads(ctx context.Context, of telemetry.Stream, after telemetry.Number) iter.Seq2[journal.Head, error] {
	return slowly(ctx, s.r, "journal.heads", s.Journal.Heads(ctx, of, after))
}

// slowly lets a time pass before each piece of an answer.
func slowly[E any](ctx context.Context, r Reading, op string, answer iter.Seq2[E, error]) iter.Seq2[E, error] {
	return func(yield func(E, error) bool) {
		for e, err := range answer {
			if most := int64(r.Most()); err == nil && most > 0 {
				took := time.Duration(r.Rand.Int64N(most))
				if err = fault.Wrap(fault.Canceled, op, r.Sched.Sleep(ctx, took)); err != nil {
					e = *new(E)
				}
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}
