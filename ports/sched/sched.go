// Package sched is time and concurrency as a port.
//
// Use cases, decorators and memory adapters read the clock, start work and wait only through it. In production it is
// the Go runtime (adapters/goruntime); in tests and in the simulator's world it is memory.Sched, which runs one actor
// at a time on virtual time and lets a seed pick which, so that the same seed gives the same history, byte for byte.
//
// A sync.Mutex may guard memory for as long as nothing under it calls into Scheduler: an actor that waits while it
// holds a mutex would stop a one-actor-at-a-time scheduler for ever.
package sched

import (
	"context"
	"time"
)

// Scheduler is the clock and the way to start work and to wait. It is safe for concurrent use.
//
// A function started by Go or AfterFunc is an actor. Contexts handed to Sleep and Event.Wait must descend from one
// made here (or be context.Background()); values may be added with context.WithValue.
type Scheduler interface {
	// Now is the present time, UTC, with a monotonic reading where there is one: differences of two Nows never go
	// back.
	Now() time.Time
	// Steps is another, greater number after Now has gone ahead by more than the time that passed: the clock of the
	// machine was set, or the machine slept. Who keeps an offset to another clock has to measure it again then. Read it
	// after the Now that it is about.
	Steps() int
	// Sleep returns nil after d, or the context's cause as soon as the context ends. d <= 0 lets others run and
	// returns at once (context error first): memory adapters call Sleep(ctx, 0) where a real one would do I/O.
	Sleep(ctx context.Context, d time.Duration) error
	// AfterFunc runs f as an actor after d unless stop is called before; stop reports whether it prevented f.
	AfterFunc(d time.Duration, f func()) (stop func() bool)
	// Go starts f as an actor. The name appears in histories and traces.
	Go(name string, f func())
	// NewEvent makes an unset event.
	NewEvent() Event
	// WithCancel derives a context that cancel ends. Ending it twice is harmless.
	WithCancel(parent context.Context) (context.Context, context.CancelFunc)
	// WithTimeout derives a context that ends by itself after d with context.DeadlineExceeded.
	WithTimeout(parent context.Context, d time.Duration) (context.Context, context.CancelFunc)
}

// Event is a one-shot latch: once set it stays set. It is safe for concurrent use.
type Event interface {
	// Set lets every present and future Wait return nil. Setting twice is harmless.
	Set()
	// Wait returns nil once the event is set, or the context's error if that ends first; a set event wins.
	Wait(ctx context.Context) error
	// IsSet reports whether Set was called.
	IsSet() bool
}
