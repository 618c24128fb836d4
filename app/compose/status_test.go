package compose

import (
	"testing"

	"tidemark/adapters/goruntime"
	"tidemark/adapters/memory"
	"tidemark/domain/tail"
	"tidemark/domain/work"
)

// A status says of each part what the node's own calls to it say: a tidemark that the secondary still tells is no sign of a primary that answers.
func TestStatusSaysWhatIsOutOfReach(t *testing.T) {
	for name, c := range map[string]struct {
		lost                     map[string]bool // operations that fail
		mode, account, state     string
		reachable, knowsPoisoned bool
	}{
		"nothing":                 {nil, "normal", "settling", "single", true, true},
		"the journal":             {map[string]bool{"journal.now": true}, "unavailable", "settling", "single", false, true},
		"the account's primary":   {map[string]bool{"chunks.get": true}, "normal", "paused", "single", true, true},
		"the account's secondary": {map[string]bool{"account.tidemark": true}, "normal", "growing", "unavailable", true, true},
		"a region":                {map[string]bool{"journal.now": true, "chunks.get": true, "queue.length": true}, "unavailable", "paused", "single", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := goruntime.New()
			fails := func(op string) memory.Fault {
				if c.lost[op] {
					return memory.FaultFail
				}
				return memory.FaultNone
			}
			journal, rows, tide, queue, poison := memory.NewJournal(s, memory.WithFault(fails)), memory.NewRows(s), memory.NewAccount(s), memory.NewQueue(s), memory.NewQueue(s)
			rows.SetFault(fails)
			tide.SetFault(fails)
			poison.SetFault(fails)
			st := &status{version: "v", region: "west", journal: "east", sched: s, tail: tail.New(tail.Config{}, journal, journal, s, nil),
				front: Stores{Journal: journal, Directory: journal, Rows: rows, Tide: tide, Queue: queue, Poison: poison},
				work:  work.New(work.Config{}, queue, poison, nil, rows, s, nil, nil)}
			got, err := st.Status(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got.Mode != c.mode || got.Account != c.account || got.Tidemark.State != c.state || got.Journals[0].Reachable != c.reachable || (got.Poisoned != nil) != c.knowsPoisoned {
				t.Errorf("%+v", got)
			}
		})
	}
}
