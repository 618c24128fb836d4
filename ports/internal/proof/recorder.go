package proof

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// Recorder is a T that only remembers.
type Recorder struct {
	name string

	mu       sync.Mutex
	failed   bool
	log      strings.Builder
	cleanups []func()
}

var _ T = (*Recorder)(nil)
var _ T = (*testing.T)(nil)

// Record runs a case to its end, however it ends, and tells whether it failed and what it said.
func Record(name string, run func(T)) (failed bool, log string) {
	r := &Recorder{name: name}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer r.clean()
		defer func() {
			if p := recover(); p != nil {
				r.Errorf("panic: %v", p)
			}
		}()
		run(r)
	}()
	<-ended
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed, r.log.String()
}

func (r *Recorder) clean() {
	for i := len(r.cleanups) - 1; i >= 0; i-- {
		r.cleanups[i]()
	}
}

// Helper does nothing.
func (r *Recorder) Helper() {}

// Name is the case's name.
func (r *Recorder) Name() string { return r.name }

// Logf remembers a line.
func (r *Recorder) Logf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprintf(&r.log, format+"\n", args...)
}

// Log remembers a line.
func (r *Recorder) Log(args ...any) { r.Logf("%s", fmt.Sprintln(args...)) }

// Skipf counts as a failure: a proof that was not tried proves nothing.
func (r *Recorder) Skipf(format string, args ...any) { r.Fatalf("skipped: "+format, args...) }

// Skip counts as a failure.
func (r *Recorder) Skip(args ...any) { r.Fatalf("skipped: %s", fmt.Sprintln(args...)) }

// SkipNow counts as a failure.
func (r *Recorder) SkipNow() { r.FailNow() }

// Errorf remembers a failure.
func (r *Recorder) Errorf(format string, args ...any) {
	r.Logf(format, args...)
	r.Fail()
}

// Error remembers a failure.
func (r *Recorder) Error(args ...any) { r.Errorf("%s", fmt.Sprintln(args...)) }

// Fatalf remembers a failure and ends the case.
func (r *Recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	r.FailNow()
}

// Fatal remembers a failure and ends the case.
func (r *Recorder) Fatal(args ...any) { r.Fatalf("%s", fmt.Sprintln(args...)) }

// FailNow remembers a failure and ends the case.
func (r *Recorder) FailNow() {
	r.Fail()
	runtime.Goexit()
}

// Fail remembers a failure.
func (r *Recorder) Fail() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed = true
}

// Failed reports whether the case has failed.
func (r *Recorder) Failed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed
}

// Cleanup runs f when the case is over, the last given first.
func (r *Recorder) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }
