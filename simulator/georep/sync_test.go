package georep

import (
	"strings"
	"testing"
	"time"
)

func contains(text, part string) bool { return strings.Contains(text, part) }

// second is a whole second of the tests' time.
func second(n int) time.Time { return begin.Truncate(time.Second).Add(time.Duration(n) * time.Second) }

// TestLastSync is the Last Sync Time by rule. The account's lag is 10s; Stats is asked at 5.25s.
func TestLastSync(t *testing.T) {
	const s = time.Second
	arrive := func(a *Account, when time.Duration) Ticket {
		ticket, err := a.Arrive(at(when), Table)
		if err != nil {
			t.Fatal(err)
		}
		return ticket
	}
	tests := []struct {
		name string
		do   func(a *Account)
		want int // second
	}{
		{"nothing is missing", func(*Account) {}, 5},
		{"an entry is missing", func(a *Account) { write(t, a, at(2*s), row("a")) }, 2},
		{"the oldest of several", func(a *Account) { write(t, a, at(1*s), row("a")); write(t, a, at(3*s), row("b")) },
			1},
		{"a write is under way", func(a *Account) { arrive(a, 3*s) }, 3},
		{"a write under way counts from its arrival, not its stamp",
			func(a *Account) { a.Stamp(at(4*s), arrive(a, 3*s)) }, 3},
		{"a committed one counts from its stamp", func(a *Account) {
			ticket := arrive(a, 1*s)
			a.Stamp(at(3*s), ticket)
			a.Commit(at(4*s), ticket, row("a"), 1, 1)
		}, 3},
		{"an abandoned one does not count", func(a *Account) { a.Abandon(at(4*s), arrive(a, 1*s)) }, 5},
		{"an entry that is being applied is missing", func(a *Account) {
			a.SetLag(at(0), Scope{}, nil)
			write(t, a, at(2*s), row("a"))
			a.Next(at(2 * s))
		}, 2},
		{"an entry that failed is missing", func(a *Account) {
			a.SetLag(at(0), Scope{}, nil)
			write(t, a, at(2*s), row("a"))
			a.Next(at(2 * s))
			a.Failed(at(3*s), 1, time.Hour)
		}, 2},
		{"a later entry that arrived first does not count", func(a *Account) {
			write(t, a, at(1*s), row("a"))
			a.SetLag(at(2*s), Scope{Key: "b"}, none{})
			write(t, a, at(2*s), row("b"))
			drain(a, at(3*s))
		}, 1},
		{"paused", func(a *Account) { a.Pause(at(3*s), Scope{}) }, 3},
		{"anything of the service is paused", func(a *Account) {
			a.Pause(at(3*s),
				Scope{Service: Table, Container: "x", Key: "y"})
		}, 3},
		{"the other service is paused", func(a *Account) { a.Pause(at(3*s), Scope{Service: Queue}) }, 5},
		{"resumed", func(a *Account) { a.Pause(at(3*s), Scope{}); a.Resume(at(4*s), Scope{}) }, 5},
		{"the link is gone", func(a *Account) { a.SetReachable(at(2*s), "", Reach{true, true, false}) }, 2},
		{"the primary is gone, and the link before it", func(a *Account) {
			a.SetReachable(at(2*s), "", Reach{true, true, false})
			a.SetReachable(at(4*s), "", Reach{false, true, true})
		}, 2},
		{"the secondary was gone", func(a *Account) {
			a.SetReachable(at(2*s), "", Reach{true, false, true})
			a.SetReachable(at(4*s), "", Reach{true, true, true})
		}, 5},
		{"paused with an older entry missing", func(a *Account) {
			write(t, a, at(1*s), row("a"))
			a.Pause(at(3*s),
				Scope{})
		}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := newAccount(t, Options{Lag: constant{10 * s}})
			a.Status(at(0))
			tt.do(a)
			wantSync(t, "tables", a, at(5*s), Table, second(tt.want))
		})
	}
}

// TestLastSyncOfStampsAhead: stamps that had to run ahead of the time do not take the Last Sync Time with them, or it
// would fall when they have arrived.
func TestLastSyncOfStampsAhead(t *testing.T) {
	now := second(1).Add(-Resolution)
	a := newAccount(t, Options{Lag: constant{time.Hour}})
	write(t, a, now, row("a"))
	wantSync(t, "stamped now", a, now, Table, second(0))
	a.SetLag(now, Scope{}, nil)
	drain(a, now)
	a.SetLag(now, Scope{}, constant{time.Hour})
	if e := write(t, a, now, row("a")); !e.At.Equal(second(1)) {
		t.Fatalf("stamped %v, want it ahead of the time", e.At)
	}
	wantSync(t, "stamped ahead", a, now, Table, second(0))
	wantSync(t, "when the time is there", a, second(3), Table, second(1))
}

// TestMissingAtTheSecond is the border of what the service promises: what precedes the Last Sync Time is there, what
// is at it may not be.
func TestMissingAtTheSecond(t *testing.T) {
	a := newAccount(t, Options{Lag: constant{time.Hour}})
	e := write(t, a, second(7), row("a"))
	stats := a.Stats(second(9), Table)
	if e.At.Before(stats.LastSync) || !stats.LastSync.Equal(second(7)) {
		t.Errorf("an entry stamped %v is missing, the Last Sync Time is %v", e.At, stats.LastSync)
	}
}

func TestUnavailable(t *testing.T) {
	a := newAccount(t, Options{})
	a.SetUnavailable(at(0), true)
	if got := a.Stats(at(time.Second), Table); got != (Stats{State: Unavailable}) {
		t.Errorf("statistics %+v, want unavailable and no time", got)
	}
	write(t, a, at(time.Second), row("a"))
	wantSeqs(t, "replication goes on", drain(a, at(time.Second)), 1)
	wantErr(t, "failover", a.Failover(at(time.Second), Unplanned), ErrNotLive)
	a.SetUnavailable(at(2*time.Second), false)
	wantSync(t, "available again", a, at(2*time.Second), Table, second(2))
}

func TestUnreachable(t *testing.T) {
	for name, set := range map[string]func(a *Account){
		"primary":   func(a *Account) { a.SetReachable(at(0), "", Reach{false, true, true}) },
		"secondary": func(a *Account) { a.SetReachable(at(0), "", Reach{true, false, true}) },
		"link":      func(a *Account) { a.SetReachable(at(0), "", Reach{true, true, false}) },
	} {
		t.Run(name, func(t *testing.T) {
			a := newAccount(t, Options{})
			ticket, err := a.Arrive(at(0), Table)
			if err != nil {
				t.Fatal(err)
			}
			set(a)
			a.Commit(at(0), ticket, row("a"), 1, 1)
			wantSeqs(t, "applied", drain(a, at(time.Second)))
			if _, ok := a.Wake(at(time.Second)); ok {
				t.Error("Wake gives a time although nothing can be done")
			}
			a.SetReachable(at(2*time.Second), "", Reach{true, true, true})
			wantSeqs(t, "applied when it is back", drain(a, at(2*time.Second)), 1)
		})
	}
}
