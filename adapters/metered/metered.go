// Package metered counts and times the calls of ports: decorators, each of which is the port and passes its proof.
package metered

import (
	"iter"
	"time"

	"tidemark/ports/chunks"
)

// Meter hears of calls. It is used by several goroutines at once.
type Meter struct {
	Now     func() time.Time
	Called  func(op string, took time.Duration, err error) // a call ended; op is as "journal.append"
	Changed func(in chunks.Table, rows int)                // so many rows of a table were written or deleted
}

// start begins a call; the func ends it.
func (m *Meter) start(op string) func(error) {
	began := m.Now()
	return func(err error) { m.Called(op, m.Now().Sub(began), err) }
}

// each times an iteration from its first step to its last, the caller's part of it included.
func each[T any](m *Meter, op string, seq iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		done := m.start(op)
		var failed error
		defer func() { done(failed) }()
		for v, err := range seq {
			failed = err
			if !yield(v, err) {
				return
			}
		}
	}
}
