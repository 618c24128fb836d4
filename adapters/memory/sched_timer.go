package memory

import (
	"time"

	"tidemark/adapters/memory/internal/timers"
)

// addTimer lets fire happen after d, under s.mu. s.mu is held.
func (s *Sched) addTimer(d time.Duration, fire func()) *timers.Timer {
	s.lastSeq++
	t := &timers.Timer{At: s.now + d, Tie: s.rng.Uint64(), Seq: s.lastSeq, Fire: fire}
	s.timers.Add(t)
	return t
}

// dropTimer takes a timer back; one that fired or was dropped is left alone. s.mu is held.
func (s *Sched) dropTimer(t *timers.Timer) { s.timers.Drop(t) }

// fireTimers fires all timers of the present instant. s.mu is held, and free while what hangs on ended contexts is
// called.
func (s *Sched) fireTimers() {
	for t := s.timers.Due(s.now); t != nil; t = s.timers.Due(s.now) {
		t.Fire()
	}
	s.unlockAndRun()
	s.mu.Lock()
}
