package reach_test

import (
	"testing"
	"time"

	"tidemark/adapters/goruntime"
	"tidemark/adapters/memory"
	"tidemark/domain/reach"
	"tidemark/domain/region"
	"tidemark/ports/chunks/chunkstest"
	"tidemark/ports/journal/journaltest"
	"tidemark/ports/sched"
	"tidemark/ports/storageaccount/storageaccounttest"
)

var faultOf = map[journaltest.Fault]memory.Fault{
	journaltest.Failed: memory.FaultFail, journaltest.Applied: memory.FaultApplied, journaltest.Lost: memory.FaultLost,
}

// struck is a fault hook that strikes what was armed.
func struck(a *journaltest.Armed) memory.FaultFunc {
	return func(string) memory.Fault { return faultOf[a.Strike()] }
}

// guarded is a guard whose bound is on, so that what it does to calls is proved too.
func guarded(of region.Endpoint, s sched.Scheduler) *reach.Guard {
	return reach.NewGuard(of, reach.Config{Bound: time.Minute}, s, func(region.Called) {})
}

func journalFixture(s sched.Scheduler) journaltest.Fixture {
	a := &journaltest.Armed{}
	inner := memory.NewJournal(s, memory.WithFault(struck(a)))
	g, second := guarded(east, s), guarded(east, s)
	return journaltest.Fixture{Journal: reach.Journal(inner, g), Directory: reach.Directory(inner, g),
		SecondJournal: reach.Journal(inner, second), SecondDirectory: reach.Directory(inner, second), Arm: a.Arm}
}

func TestGuardedJournalsPassTheProof(t *testing.T) {
	journaltest.Run(t, journaltest.Harness{
		New:    func(journaltest.T) journaltest.Fixture { return journalFixture(goruntime.New()) },
		Faults: true, Second: true,
	})
}

// TestGuardedJournalsPassTheProofOnSchedules runs it on virtual time, under another schedule each time.
func TestGuardedJournalsPassTheProofOnSchedules(t *testing.T) {
	seed := seedOf(t)
	var s *memory.Sched
	journaltest.Run(t, journaltest.Harness{
		New:    func(journaltest.T) journaltest.Fixture { return journalFixture(s) },
		Faults: true, Second: true,
		Within: func(t journaltest.T, body func(sched.Scheduler)) {
			s = memory.NewSched(seed)
			if err := s.Run(func() { body(s) }); err != nil {
				t.Errorf("seed %d: %v", seed, err)
			}
		},
	})
}

func TestGuardedRowsPassTheProof(t *testing.T) {
	chunkstest.Run(t, chunkstest.Harness{Faults: true, Second: true,
		New: func(chunkstest.T) chunkstest.Fixture {
			s, a := goruntime.New(), &journaltest.Armed{}
			inner := memory.NewRows(s)
			inner.SetFault(struck(a))
			return chunkstest.Fixture{
				Store:  reach.Rows(inner, guarded(region.PrimaryOf("acct"), s)),
				Second: reach.Rows(inner, guarded(region.PrimaryOf("acct"), s)),
				Arm:    func(f chunkstest.Fault) { a.Arm(f, 0) }, Now: s.Now,
			}
		}})
}

func TestGuardedAccountsPassTheProof(t *testing.T) {
	storageaccounttest.Run(t, storageaccounttest.Harness{Faults: true, States: true,
		New: func(storageaccounttest.T) storageaccounttest.Fixture {
			s, a := goruntime.New(), &journaltest.Armed{}
			rows, account := memory.NewRows(s), memory.NewAccount(s)
			rows.SetResolution(time.Second)
			account.SetFault(struck(a))
			var skew time.Duration
			pass := func(d time.Duration) {
				skew += d
				rows.SetSkew(skew)
				account.SetSkew(skew)
			}
			return storageaccounttest.Fixture{
				Account: reach.Account(account, guarded(region.PrimaryOf("acct"), s), func(region.Told) {}),
				Rows:    rows, Pass: pass, Arm: func(f storageaccounttest.Fault) { a.Arm(f, 0) },
				Set: func(state region.State) { account.SetState(state, 2*time.Second) },
				Now: func() time.Time { return s.Now().Add(skew) },
			}
		}})
}
