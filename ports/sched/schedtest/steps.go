package schedtest

import (
	"context"
	"time"

	"tidemark/ports/sched"
)

func within(c func(t T, s sched.Scheduler)) func(T, Within) {
	return func(t T, w Within) {
		ran := false
		w(t, func(s sched.Scheduler) {
			ran = true
			c(t, s)
		})
		if !ran {
			t.Errorf("the harness did not run the case")
		}
	}
}

const (
	short = 5 * time.Millisecond
	long  = time.Hour
)

var background = context.Background()

// until waits for an event that has to come.
func until(t T, e sched.Event, what string) {
	t.Helper()
	if err := e.Wait(background); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

func wantErr(t T, got, want error, what string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
