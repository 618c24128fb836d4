package world

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"tidemark/domain/bounds"
	"tidemark/domain/telemetry"
	"tidemark/simulator/account"
	"tidemark/simulator/georep"
	"tidemark/simulator/inject/schedule"
	"tidemark/simulator/path"
	"tidemark/simulator/twin"
)

const (
	second = "second" // what faults call it
	border = 53       // the year window that it begins with
)

// begins is the time (Unix ns) that the second account begins with.
func begins() int64 { return telemetry.YearWindow(border).Start() }

// OpenSecond makes the second account. Call it after Open, before the first node starts.
func (w *World) OpenSecond(ctx context.Context, rng *rand.Rand) error {
	store := twin.NewStore(w.Sched)
	down := outage + time.Duration(rng.Int64N(int64(30*time.Second)))
	a, err := account.Open(account.Options{Name: second, Sched: w.Sched, Store: w.doubtful(store),
		Clock: w.clock, Reach: w.reach,
		Geo: georep.Options{Primary: east, Secondary: west, Seed: rng.Uint64(), Windows: georep.Windows{Down: down}}})
	if err != nil {
		return err
	}
	w.Second = &Second{a, twin.NewRows(w.Sched, a, store), twin.NewTide(w.Sched, a)}
	return w.Second.rows.Prepare(ctx)
}

// accounts are the first account and the second, if there is one, as the process of a path sees them.
func (w *World) accounts(p *path.Path, in georep.Region, first bounds.Account) *bounds.Accounts {
	if w.Second == nil {
		return bounds.Home(first)
	}
	s := w.Second
	rows, tide := twin.Account(p, string(in), second,
		func() string { return string(s.Endpoints().Primary.Region) },
		func() string { return string(s.Endpoints().Secondary.Region) }, s.rows, s.tide)
	all, err := bounds.NewAccounts(first, bounds.Generation{From: border,
		Account: bounds.Account{Name: second, Rows: rows, Tide: tide}})
	if err != nil {
		panic(err) // these are accounts
	}
	return all
}

// replicated are the accounts of the world.
func (w *World) replicated() []*account.Account {
	if w.Second == nil {
		return []*account.Account{w.Account}
	}
	return []*account.Account{w.Account, w.Second.Account}
}

// named is the account that a fault names.
func (w *World) named(name string) *account.Account {
	if name == second && w.Second != nil {
		return w.Second.Account
	}
	return w.Account
}

// trouble draws what befalls the second account, beside what is drawn for all: mostly it is far behind, while the first
// is not, and then it fails over; or it hangs, or refuses everything for a while.
func trouble(rng *rand.Rand, most time.Duration) (schedule.Schedule, error) {
	var lines []string
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	upTo := func(most time.Duration) time.Duration {
		return time.Duration(rng.Int64N(max(1, int64(most)))).Truncate(time.Millisecond)
	}
	if rng.IntN(8) > 0 {
		add("at 0s for %v account %s lag: constant %v", most, second, 10*time.Second+upTo(30*time.Second))
	}
	from := upTo(most - time.Second)
	switch rule := "at %v for %v %s if account=" + second; rng.IntN(9) {
	case 0:
		add(rule, from, min(most-from, time.Second+upTo(most/2)), "hang")
	case 1:
		add(rule, from, min(most-from, time.Second+upTo(most/2)), "status 503 ServerBusy")
	case 2:
		add(rule+" p=0.3", from, most-from, "reset after commit")
	default:
		from = most/3 + upTo(most/2)
		add("at %v account %s failover: unplanned", from.Truncate(time.Millisecond), second)
		if back := from + outage + upTo(time.Minute); back < most {
			add("at %v account %s reenable", back.Truncate(time.Millisecond), second)
		}
	}
	return schedule.Parse(strings.Join(lines, "\n"))
}
