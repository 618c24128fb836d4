package status_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/adapters/goruntime"
	"tidemark/adapters/memory"
	"tidemark/domain/bounds"
	"tidemark/domain/fault"
	"tidemark/domain/reach"
	"tidemark/domain/region"
	"tidemark/domain/status"
	"tidemark/domain/tail"
	"tidemark/domain/work"
	"tidemark/ports/chunks"
	"tidemark/ports/sched"
)

// statusOver is the status of a node on memory, every operation of which asks fails first.
func statusOver(s sched.Scheduler, shards int, fails memory.FaultFunc) *status.Service {
	return watchedStatus(s, shards, fails, nil)
}

// watchedStatus is the same with a watch, which may be nil.
func watchedStatus(s sched.Scheduler, shards int, fails memory.FaultFunc, w *reach.Watch) *status.Service {
	return pairedStatus(s, shards, fails, w, nil)
}

// pairedStatus is the same of a pair of journals, if it is not nil.
func pairedStatus(s sched.Scheduler, shards int, fails memory.FaultFunc, w *reach.Watch,
	p *status.Pair) *status.Service {
	journal, rows, tide := memory.NewJournal(s, memory.WithFault(fails)), memory.NewRows(s), memory.NewAccount(s)
	queue, poison := memory.NewQueue(s), memory.NewQueue(s)
	rows.SetFault(fails)
	tide.SetFault(fails)
	poison.SetFault(fails)
	return status.New(status.Config{Version: "v", Region: "west", Journal: "east", Shards: shards},
		status.Stores{Directory: journal, Accounts: bounds.One(rows, tide), Watch: w},
		status.Uses{Tail: tail.New(tail.Config{}, journal, journal, s, nil), Clock: bounds.NewClock(journal, s),
			Pair: p, Work: work.New(work.Config{}, queue, poison, work.Uses{}, rows, s, nil, nil)}, s)
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
				got.Tidemark.State.String() != c.state || got.Journals[0].Health.Answers() != c.reachable ||
				(got.Poisoned != nil) != c.knowsPoisoned {
				t.Errorf("%+v", got)
			}
			if got.Version != "v" || got.Region != "west" || len(got.Journals) != 1 ||
				got.Journals[0].Region != "east" || got.Pair != nil {
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

// TestAStatusOfAWatchAsksNobody but for tasks: it says what the watch has heard, of the calls of others.
func TestAStatusOfAWatchAsksNobody(t *testing.T) {
	s := memory.NewSched(1)
	calls := map[string]int{}
	w := reach.NewWatch(reach.WatchConfig{Journals: []region.Name{"east"}, Accounts: []region.Account{{}}}, s)
	journal, primary := w.Guard(region.JournalOf("east"), reach.Config{}), w.Guard(region.PrimaryOf(""), reach.Config{})
	lost := false
	fails := func(string) memory.Fault {
		if lost {
			return memory.FaultFail
		}
		return memory.FaultNone
	}
	j, a := memory.NewJournal(s, memory.WithFault(fails)), memory.NewAccount(s)
	directory, account := reach.Directory(j, journal), reach.Account(a, primary, w.Told)
	st := watchedStatus(s, 1, func(op string) memory.Fault { calls[op]++; return memory.FaultNone }, w)
	want := func(mode region.Mode, flow region.Flow, answers, tasks bool) {
		t.Helper()
		got, err := st.Status(context.Background(), "t")
		if err != nil || got.Mode != mode || got.Flow != flow || got.Journals[0].Health.Answers() != answers ||
			(got.Poisoned != nil) != tasks || got.Tidemark.Known() != (flow == region.Settling) {
			t.Errorf("want %v and %v: %+v, %v", mode, flow, got, err)
		}
	}
	err := s.Run(func() {
		ctx := context.Background()
		want(region.Away, region.Paused, false, false)
		if _, err := directory.Now(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := account.Tidemark(ctx); err != nil {
			t.Fatal(err)
		}
		want(region.Normal, region.Settling, true, true)
		lost = true
		for range 4 {
			_, _ = directory.Now(ctx)
			_ = s.Sleep(ctx, 200*time.Millisecond)
		}
		want(region.Away, region.Settling, false, true)
	})
	if err != nil {
		t.Fatal(err)
	}
	// tasks are counted, and the age is told by the journal's clock, which is asked once
	if calls["chunks.scan"] != 2 || calls["journal.now"] > 1 || calls["chunks.get"]+calls["account.tidemark"] > 0 {
		t.Errorf("it called %v", calls)
	}
}

// TestStatusNamesTheAccountsThatAreAway, each of them, although one hangs.
func TestStatusNamesTheAccountsThatAreAway(t *testing.T) {
	s := memory.NewSched(1)
	err := s.Run(func() {
		ctx := context.Background()
		lost := map[string]bool{}
		of := func(name string) bounds.Account {
			rows, tide := memory.NewRows(s), memory.NewAccount(s)
			rows.SetFault(func(string) memory.Fault {
				if lost[name] {
					return memory.FaultFail
				}
				return memory.FaultNone
			})
			silent := func() bool { return lost[name+" hangs"] }
			return bounds.Account{Name: name, Rows: hangs{rows, s, silent}, Tide: tide}
		}
		accounts, err := bounds.NewAccounts(of("a"), bounds.Generation{Account: of("b"), From: 1},
			bounds.Generation{Account: of("c"), From: 2}, bounds.Generation{Account: of("d"), From: 3})
		if err != nil {
			t.Fatal(err)
		}
		j, q := memory.NewJournal(s), memory.NewQueue(s)
		st := status.New(status.Config{}, status.Stores{Directory: j, Accounts: accounts},
			status.Uses{Tail: tail.New(tail.Config{}, j, j, s, nil), Clock: bounds.NewClock(j, s),
				Work: work.New(work.Config{}, q, q, work.Uses{}, accounts, s, nil, nil)}, s)
		for _, away := range [][]string{nil, {"b"}, {"a"}, {"b", "d"}, {"c hangs"}, {"b hangs", "d"}} {
			clear(lost)
			var want []string
			for _, name := range away {
				lost[name] = true
				name, _, _ = strings.Cut(name, " ")
				want = append(want, name)
			}
			got, err := st.Status(ctx, "t")
			if err != nil || !slices.Equal(got.Away, want) || (got.Flow == region.Paused) != (want != nil) {
				t.Errorf("%v: %+v, %v", away, got, err)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// hangs is rows of which some are not read for an hour.
type hangs struct {
	*memory.Rows
	s  *memory.Sched
	is func() bool
}

func (h hangs) Get(ctx context.Context, k chunks.Key) (chunks.Row, error) {
	if h.is() {
		return chunks.Row{}, fault.Wrap(fault.Canceled, "chunks.get", h.s.Sleep(ctx, time.Hour))
	}
	return h.Rows.Get(ctx, k)
}
