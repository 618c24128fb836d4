package reach_test

import (
	"sync"
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

// armed is a fault hook that strikes one storage call.
type armed struct {
	mu    sync.Mutex
	fault memory.Fault
	skip  int
}

var faultOf = map[journaltest.Fault]memory.Fault{
	journaltest.Failed: memory.FaultFail, journaltest.Applied: memory.FaultApplied, journaltest.Lost: memory.FaultLost,
}

func (a *armed) arm(f journaltest.Fault, skip int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.fault, a.skip = faultOf[f], skip
}

func (a *armed) strike(string) memory.Fault {
	a.mu.Lock()
	defer a.mu.Unlock()
	f := a.fault
	if f == memory.FaultNone {
		return f
	}
	if a.skip--; a.skip >= 0 {
		return memory.FaultNone
	}
	a.fault = memory.FaultNone
	return f
}

// guarded is a guard whose bound is on, so that what it does to calls is proved too.
func guarded(of region.Endpoint, s sched.Scheduler) *reach.Guard {
	return reach.NewGuard(of, reach.Config{Bound: time.Minute}, s, func(region.Called) {})
}

func journalFixture(s sched.Scheduler) journaltest.Fixture {
	a := &armed{}
	inner := memory.NewJournal(s, memory.WithFault(a.strike))
	g, second := guarded(east, s), guarded(east, s)
	return journaltest.Fixture{Journal: reach.Journal(inner, g), Directory: reach.Directory(inner, g),
		SecondJournal: reach.Journal(inner, second), SecondDirectory: reach.Directory(inner, second), Arm: a.arm}
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
			s, a := goruntime.New(), &armed{}
			inner := memory.NewRows(s)
			inner.SetFault(a.strike)
			return chunkstest.Fixture{
				Store:  reach.Rows(inner, guarded(region.PrimaryOf("acct"), s)),
				Second: reach.Rows(inner, guarded(region.PrimaryOf("acct"), s)),
				Arm:    func(f chunkstest.Fault) { a.arm(f, 0) }, Now: s.Now,
			}
		}})
}

func TestGuardedAccountsPassTheProof(t *testing.T) {
	storageaccounttest.Run(t, storageaccounttest.Harness{Faults: true, States: true,
		New: func(storageaccounttest.T) storageaccounttest.Fixture {
			s, a := goruntime.New(), &armed{}
			rows, account := memory.NewRows(s), memory.NewAccount(s)
			rows.SetResolution(time.Second)
			account.SetFault(a.strike)
			var skew time.Duration
			pass := func(d time.Duration) {
				skew += d
				rows.SetSkew(skew)
				account.SetSkew(skew)
			}
			return storageaccounttest.Fixture{
				Account: reach.Account(account, guarded(region.PrimaryOf("acct"), s), func(region.Told) {}),
				Rows:    rows, Pass: pass, Arm: func(f storageaccounttest.Fault) { a.arm(f, 0) },
				Set: func(state region.State) { account.SetState(state, 2*time.Second) },
				Now: func() time.Time { return s.Now().Add(skew) },
			}
		}})
}
