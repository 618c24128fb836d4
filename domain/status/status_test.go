package status_test

import (
	"context"
	"testing"
	"time"

	"tidemark/adapters/goruntime"
	"tidemark/adapters/memory"
	"tidemark/domain/bounds"
	"tidemark/domain/status"
	"tidemark/domain/tail"
	"tidemark/domain/work"
	"tidemark/ports/sched"
)

// statusOver is the status of a node on memory, every operation of which asks fails first.
func statusOver(s sched.Scheduler, shards int, fails memory.FaultFunc) *status.Service {
	journal, rows, tide := memory.NewJournal(s, memory.WithFault(fails)), memory.NewRows(s), memory.NewAccount(s)
	queue, poison := memory.NewQueue(s), memory.NewQueue(s)
	rows.SetFault(fails)
	tide.SetFault(fails)
	poison.SetFault(fails)
	return status.New(status.Config{Version: "v", Region: "west", Journal: "east", Shards: shards},
		status.Stores{Directory: journal, Accounts: bounds.One(rows, tide)},
		status.Uses{Tail: tail.New(tail.Config{}, journal, journal, s, nil), Clock: bounds.NewClock(journal, s),
			Work: work.New(work.Config{}, queue, poison, work.Uses{}, rows, s, nil, nil)}, s)
}

// A status says of each part what the node's own calls to it say: a tidemark that the secondary still tells is no
// sign of a primary that answers.
func TestStatusSaysWhatIsOutOfReach(t *testing.T) {
	for name, c := range map[string]struct {
		lost                     map[string]bool // operations that fail
		mode, account, state     string
		reachable, knowsPoisoned bool
	}{
		"nothing":     {nil, "normal", "settling", "single", true, true},
		"the journal": {map[string]bool{"journal.now": true}, "unavailable", "settling", "single", false, true},
		"the account's primary": {map[string]bool{"chunks.get": true, "chunks.scan": true},
			"normal", "paused", "single", true, false},
		"the account's secondary": {map[string]bool{"account.tidemark": true}, "normal", "growing", "unavailable", true,
			true},
		"a region": {map[string]bool{"journal.now": true, "chunks.get": true, "chunks.scan": true},
			"unavailable", "paused", "single", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := goruntime.New()
			fails := func(op string) memory.Fault {
				if c.lost[op] {
					return memory.FaultFail
				}
				return memory.FaultNone
			}
			got, err := statusOver(s, 1, fails).Status(t.Context(), "t")
			if err != nil {
				t.Fatal(err)
			}
			if got.Mode.String() != c.mode || got.Flow.String() != c.account ||
				got.Tidemark.State.String() != c.state || got.Journal.Answers != c.reachable ||
				(got.Poisoned != nil) != c.knowsPoisoned {
				t.Errorf("%+v", got)
			}
			if got.Version != "v" || got.Region != "west" || got.Journal.Region != "east" {
				t.Errorf("of itself it says %+v", got)
			}
		})
	}
}

// TestAStatusAsksNobodyForEachShard asks a hundred times for the status of a tenant with two hundred shards: the
// calls of each are a handful, and behind all of them the node looks at the shards once.
func TestAStatusAsksNobodyForEachShard(t *testing.T) {
	const shards, asked = 200, 100
	s := memory.NewSched(1)
	calls := map[string]int{}
	st := statusOver(s, shards, func(op string) memory.Fault { calls[op]++; return memory.FaultNone })
	err := s.Run(func() {
		for range asked {
			if _, err := st.Status(context.Background(), "t"); err != nil {
				t.Fatal(err)
			}
		}
		_ = s.Sleep(context.Background(), time.Second)
	})
	if err != nil {
		t.Fatal(err)
	}
	each := 0
	for op, n := range calls {
		if n > shards+asked+10 {
			t.Errorf("%d calls of %s", n, op)
		}
		each += n
	}
	if each > shards+4*asked+10 {
		t.Errorf("%d calls: %v", each, calls)
	}
}
