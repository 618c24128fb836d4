package journaltest_test

import (
	"sync"
	"testing"

	"tidemark/adapters/memory"
	"tidemark/ports/internal/proof"
	"tidemark/ports/journal"
	"tidemark/ports/journal/journaltest"
	"tidemark/ports/sched"
)

// striker arms one fault of a memory journal.
type striker struct {
	mu    sync.Mutex
	fault memory.Fault
	skip  int
}

func (a *striker) arm(f journaltest.Fault, skip int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.fault = map[journaltest.Fault]memory.Fault{
		journaltest.Failed: memory.FaultFail, journaltest.Applied: memory.FaultApplied,
		journaltest.Lost: memory.FaultLost,
	}[f]
	a.skip = skip
}

func (a *striker) strike(string) (f memory.Fault) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.fault == memory.FaultNone {
		return memory.FaultNone
	}
	if a.skip--; a.skip >= 0 {
		return memory.FaultNone
	}
	f, a.fault = a.fault, memory.FaultNone
	return f
}

// harness makes twins that damage broke, on schedules of a seed.
func harness(damage func(*twin, sched.Scheduler), seed uint64) journaltest.Harness {
	var s *memory.Sched
	return journaltest.Harness{
		New: func(journaltest.T) journaltest.Fixture {
			a := &striker{}
			t := &twin{Journal: memory.NewJournal(s, memory.WithFault(a.strike))}
			damage(t, s)
			return journaltest.Fixture{Journal: t, Directory: t, SecondJournal: t, SecondDirectory: t, Arm: a.arm,
				Wipe: t.wiped, Again: func() (journal.Journal, journal.Directory) {
					again := &twin{Journal: t.Another()}
					damage(again, s)
					return again, again
				}}
		},
		Faults: true, Second: true, Wipes: true,
		Within: func(t journaltest.T, body func(sched.Scheduler)) {
			s = memory.NewSched(seed)
			if err := s.Run(func() { body(s) }); err != nil {
				t.Errorf("seed %d: %v", seed, err)
			}
		},
	}
}

// TestSoundTwinPasses shows that what the proof notices of a broken twin is not the twin itself.
func TestSoundTwinPasses(t *testing.T) {
	for seed := range uint64(3) {
		journaltest.Run(t, harness(func(*twin, sched.Scheduler) {}, seed))
	}
}

// TestBrokenTwinsAreCaught shows of every broken twin that each case named for it notices.
func TestBrokenTwinsAreCaught(t *testing.T) {
	proof.Quiet(t)
	for _, b := range twins {
		t.Run(b.name, func(t *testing.T) {
			for _, name := range b.notice {
				failed, log := proof.Record(name, func(r proof.T) {
					find(t, name).Run(r, harness(b.damage, 1))
				})
				if !failed {
					t.Errorf("case %q did not notice\n%s", name, log)
				}
			}
		})
	}
}

func find(t *testing.T, name string) proof.Case[journaltest.Harness] {
	for _, c := range journaltest.Cases {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("there is no case %q", name)
	panic("unreachable")
}
