package world

import (
	"context"
	"iter"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// slow is a journal whose blocks take their time to be read.
type slow struct {
	journal.Journal
	w *World
}

// Read implements journal.Journal.
func (s slow) Read(ctx context.Context, of telemetry.Stream, after telemetry.Number) iter.Seq2[journal.Entry, error] {
	return func(yield func(journal.Entry, error) bool) {
		for e, err := range s.Journal.Read(ctx, of, after) {
			if most := int64(s.w.SlowRead); err == nil && most > 0 {
				took := time.Duration(s.w.Rand.Int64N(most))
				if err = fault.Wrap(fault.Canceled, "journal.read", s.w.Sched.Sleep(ctx, took)); err != nil {
					e = journal.Entry{}
				}
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}
