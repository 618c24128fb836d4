// Package goruntime is sched.Scheduler on the Go runtime: goroutines, channels, timers, and the machine's clock. It
// is what runs in production, and it adds nothing to their cost.
//
// It is the one package below app that may call time.Now and start goroutines on behalf of use cases; everything else
// asks the port, so that the simulator can put virtual time and a seed in its place.
package goruntime

import (
	"context"
	"runtime"
	"sync"
	"time"

	"tidemark/ports/sched"
)

// New is a scheduler on the Go runtime. Any context is good for it, not only those made by it.
func New() sched.Scheduler {
	return &scheduler{clock: newClock(time.Now())}
}

type scheduler struct{ clock *clock }

// Now is the machine's time as clock corrects it.
func (s *scheduler) Now() time.Time { return s.clock.at(time.Now()) }

func (s *scheduler) Steps() int { return int(s.clock.steps.Load()) }

// Sleep waits on a timer; d <= 0 yields the processor once.
func (s *scheduler) Sleep(ctx context.Context, d time.Duration) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if d <= 0 {
		runtime.Gosched()
		return context.Cause(ctx)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// AfterFunc is time.AfterFunc.
func (s *scheduler) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	return time.AfterFunc(d, f).Stop
}

// Go is the go statement. The Go runtime has no use for the name.
func (s *scheduler) Go(_ string, f func()) { go f() }

// NewEvent makes an event that is a channel to be closed.
func (s *scheduler) NewEvent() sched.Event { return &event{set: make(chan struct{})} }

// WithCancel is context.WithCancel.
func (s *scheduler) WithCancel(parent context.Context) (context.Context, context.CancelFunc) {
	return context.WithCancel(parent)
}

// WithTimeout is context.WithTimeout.
func (s *scheduler) WithTimeout(parent context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(parent, d)
}

type event struct {
	once sync.Once
	set  chan struct{}
}

// Set closes the channel, once.
func (e *event) Set() { e.once.Do(func() { close(e.set) }) }

// IsSet looks whether the channel is closed.
func (e *event) IsSet() bool {
	select {
	case <-e.set:
		return true
	default:
		return false
	}
}

// Wait waits for the channel or the context. When both are ready select picks either, so the event is asked again.
func (e *event) Wait(ctx context.Context) error {
	select {
	case <-e.set:
		return nil
	case <-ctx.Done():
		if e.IsSet() {
			return nil
		}
		return ctx.Err()
	}
}
