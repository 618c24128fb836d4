package memory_test

import (
	"testing"

	"tidemark/adapters/memory"
	"tidemark/ports/sched"
	"tidemark/ports/sched/schedtest"
)

// TestSchedProof runs the proof under many seeds, a different part of the schedules each time.
func TestSchedProof(t *testing.T) {
	seed := testSeed(t)
	for range 50 {
		seed++
		schedtest.Run(t, func(t schedtest.T, body func(sched.Scheduler)) {
			s := memory.NewSched(seed)
			if err := s.Run(func() { body(s) }); err != nil {
				t.Errorf("seed %d: %v", seed, err)
			}
		})
	}
}
