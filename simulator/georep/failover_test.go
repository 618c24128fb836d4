package georep

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestFailoverRefuses is every order that cannot be carried out, with the error and what it says to do.
func TestFailoverRefuses(t *testing.T) {
	tests := []struct {
		name   string
		kind   Kind
		do     func(a *Account)
		want   error
		remedy string
	}{
		{"bootstrap", Planned, func(a *Account) { again(t, a) }, ErrNotLive, "wait until the state is live"},
		{"bootstrap", Unplanned, func(a *Account) { again(t, a) }, ErrNotLive,
			"partitions that wait for their copy, and would be lost: 1;"},
		{"unavailable", Planned, func(a *Account) { a.SetUnavailable(at(0), true) }, ErrNotLive,
			"make the statistics available again"},
		{"unavailable", Unplanned, func(a *Account) { a.SetUnavailable(at(0), true) }, ErrNotLive,
			"make the statistics available again"},
		{"no secondary", Planned, func(a *Account) { lose(t, a) }, ErrNoSecondary,
			"make the account geo-redundant again"},
		{"no secondary", Unplanned, func(a *Account) { lose(t, a) }, ErrNoSecondary,
			"make the account geo-redundant again"},
		{"primary down", Planned, func(a *Account) { a.SetReachable(at(0), "", Reach{false, true, true}) },
			ErrPrimaryDown,
			"end the outage of east"},
		{"secondary down", Planned, func(a *Account) { a.SetReachable(at(0), "", Reach{true, false, true}) },
			ErrSecondaryDown,
			"end the outage of west"},
		{"secondary down", Unplanned, func(a *Account) { a.SetReachable(at(0), "", Reach{true, false, true}) },
			ErrSecondaryDown,
			"end the outage of west"},
		{"link down", Planned, func(a *Account) { a.SetReachable(at(0), "", Reach{true, true, false}) }, ErrLinkDown,
			"heal the path between east and west"},
		{"paused", Planned, func(a *Account) { a.Pause(at(0), Scope{Service: Queue}) }, ErrPaused,
			"resume queue first"},
		{"ordered twice", Planned, func(a *Account) { order(t, a, Planned) }, ErrInProgress,
			"order again when the phase is steady"},
		{"ordered twice", Unplanned, func(a *Account) { order(t, a, Unplanned) }, ErrInProgress,
			"an unplanned one is in phase announced"},
		{"unplanned in place of planned, when the roles have changed", Unplanned, func(a *Account) {
			a.windows = Windows{Complete: time.Second}
			order(t, a, Planned)
			a.Step(at(0))
		}, ErrInProgress, "a planned one is in phase completing"},
		{"the queues' primary is out with a write to bring over", Planned, func(a *Account) {
			write(t, a, at(0), Partition{Service: Queue, Container: "work"})
			a.SetReachable(at(0), Queue, Reach{false, true, true})
		}, ErrPrimaryDown, "1 writes of its queue service are not in west"},
		{"the queues' secondary is out", Unplanned, func(a *Account) {
			a.SetReachable(at(0), Queue, Reach{true, false, true})
		}, ErrSecondaryDown, "end the outage of west first"},
		{"planned during unplanned", Planned, func(a *Account) {
			order(t, a, Unplanned)
			a.SetReachable(at(0), "", Reach{false, true, true})
		}, ErrInProgress, "order again when the phase is steady"},
		{"unplanned in place of planned, without the secondary", Unplanned, func(a *Account) {
			order(t, a, Planned)
			a.SetReachable(at(0), "", Reach{false, false, true})
		}, ErrSecondaryDown, "end the outage of west"},
	}
	for _, tt := range tests {
		t.Run(tt.name+" "+string(tt.kind), func(t *testing.T) {
			a := newAccount(t, Options{Windows: Windows{Announce: time.Second}})
			tt.do(a)
			before := a.Status(at(0))
			err := a.Failover(at(0), tt.kind)
			wantErr(t, "Failover", err, tt.want)
			if err == nil || !strings.Contains(err.Error(), tt.remedy) {
				t.Errorf("Failover: %v, want %q in it", err, tt.remedy)
			}
			if diff := cmp.Diff(before, a.Status(at(0))); diff != "" {
				t.Errorf("a refused order changed the account:\n%s", diff)
			}
		})
	}
	a := newAccount(t, Options{})
	if err := a.Failover(at(0), "sideways"); err == nil || !contains(err.Error(), `write "planned" or "unplanned"`) {
		t.Errorf("a failover sideways: %v", err)
	}
}

func order(t *testing.T, a *Account, k Kind) {
	t.Helper()
	if err := a.Failover(a.now, k); err != nil {
		t.Fatal(err)
	}
}

// lose goes through an unplanned failover and back to the steady phase, at the same time.
func lose(t *testing.T, a *Account) []Effect {
	t.Helper()
	a.windows = Windows{}
	order(t, a, Unplanned)
	effects := a.Step(at(0))
	if is := a.Status(at(0)); is.Phase != Steady || is.Secondary != "" {
		t.Fatalf("after an unplanned failover: %+v", is)
	}
	return effects
}

// again makes the account geo-redundant again after an unplanned failover, with one partition to copy.
func again(t *testing.T, a *Account) {
	t.Helper()
	lose(t, a)
	if err := a.Reenable(a.now, "east", []Partition{row("a")}); err != nil {
		t.Fatal(err)
	}
}

// TestUnplannedLosesWhatIsMissing: the list is exact, in order of commit, and each is stamped at or after the last
// Last Sync Time.
func TestUnplannedLosesWhatIsMissing(t *testing.T) {
	a := newAccount(t, Options{})
	write(t, a, at(0), row("a"))
	write(t, a, at(0), row("b"))
	drain(a, at(time.Second))
	var want []Entry
	for i, p := range []Partition{row("b"), {Service: Queue, Container: "work"}, row("a"), row("a")} {
		want = append(want, write(t, a, at(time.Duration(2+i)*time.Second), p))
	}
	first, _ := a.Next(at(6 * time.Second))
	a.Failed(at(6*time.Second), first.Seq, 0)
	last := a.Stats(at(6*time.Second), Table).LastSync
	if diff := cmp.Diff(want, a.Missing()); diff != "" {
		t.Errorf("missing (-want +got):\n%s", diff)
	}
	order(t, a, Unplanned)
	effects := a.Step(at(6 * time.Second))
	if diff := cmp.Diff([]Effect{{Promoted: "west"}, {Wipe: "east"}, {Discarded: want}}, effects); diff != "" {
		t.Errorf("effects (-want +got):\n%s", diff)
	}
	for _, e := range effects[2].Discarded {
		if e.At.Before(last) {
			t.Errorf("lost %+v, stamped before the Last Sync Time %v", e, last)
		}
	}
	wantStatus := Status{Primary: "west", State: None, Phase: Steady, Commits: 6, Applies: 2, Failovers: 1,
		LastFailover: at(6 * time.Second)}
	if diff := cmp.Diff(wantStatus, a.Status(at(7*time.Second))); diff != "" {
		t.Errorf("status (-want +got):\n%s", diff)
	}
	if e := write(t, a, at(7*time.Second), row("a")); e.Seq != 7 || !e.At.After(want[3].At) {
		t.Errorf("the first write afterwards is %+v, want number 7 and a later stamp", e)
	}
}

// TestCutWaits: the roles change only when nothing is under way, and not before the window is over.
func TestCutWaits(t *testing.T) {
	const s = time.Second
	a := newAccount(t, Options{Windows: Windows{Announce: s, Down: 2 * s, Complete: 3 * s}})
	write(t, a, at(0), row("a"))
	write(t, a, at(0), row("b"))
	a.Next(at(0))
	ticket, _ := a.Arrive(at(0), Queue)
	order(t, a, Unplanned)
	phases := func(now time.Duration, want Phase, effects int) {
		t.Helper()
		if got := a.Step(at(now)); len(got) != effects {
			t.Errorf("at %v: effects %+v, want %d", now, got, effects)
		}
		if got := a.Status(at(now)).Phase; got != want {
			t.Errorf("at %v: phase %s, want %s", now, got, want)
		}
	}
	phases(s-1, Announced, 0)
	if _, ok := a.Next(at(s - 1)); !ok {
		t.Error("while announced nothing is applied any more")
	}
	a.Failed(at(s-1), 2, 0)
	phases(s, Down, 0)
	wantSeqs(t, "given in the down of an unplanned failover", take(a, at(s)))
	_, err := a.Arrive(at(s), Table)
	wantErr(t, "a write", err, ErrDown)
	phases(3*s, Down, 0)
	a.Applied(at(4*s), 1)
	phases(4*s, Down, 0)
	a.Abandon(at(5*s), ticket)
	if wake, ok := a.Wake(at(5 * s)); !ok || !wake.Equal(at(5*s)) {
		t.Errorf("Wake gives %v %v, want now", wake, ok)
	}
	phases(5*s, Completing, 3)
	if _, err = a.Arrive(at(5*s), Table); err != nil {
		t.Errorf("a write to the new primary: %v", err)
	}
	wantErr(t, "re-enable", a.Reenable(at(6*s), "east", nil), ErrInProgress)
	if wake, ok := a.Wake(at(6 * s)); !ok || !wake.Equal(at(8*s)) {
		t.Errorf("Wake gives %v %v, want the end of the window", wake, ok)
	}
	phases(8*s, Steady, 0)
}

// TestPlannedGoesOn: nothing is lost, roles and reach are swapped, numbers, stamps and the Last Sync Time go on.
func TestPlannedGoesOn(t *testing.T) {
	a := newAccount(t, Options{Lag: constant{10 * time.Second}})
	e := write(t, a, at(0), row("a"))
	order(t, a, Planned)
	a.Step(at(0))
	wantSeqs(t, "drained", drain(a, e.Due), e.Seq)
	before := a.Stats(e.Due, Table)
	if diff := cmp.Diff([]Effect{{Promoted: "west"}}, a.Step(e.Due)); diff != "" {
		t.Errorf("effects (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, a.Stats(e.Due, Table)); diff != "" || before.State != Live {
		t.Errorf("statistics before and after:\n%s", diff)
	}
	next := write(t, a, e.Due, row("a"))
	if next.Seq != e.Seq+1 || !next.Due.Equal(e.Due.Add(10*time.Second)) {
		t.Errorf("the next write is %+v", next)
	}
	if is := a.Status(e.Due); is.Primary != "west" || is.Secondary != "east" || is.Phase != Steady || is.Kind != "" {
		t.Errorf("status %+v", is)
	}
}

// TestPlannedDrainsWhatIsPaused: a pause that is ordered after the failover, before or in its down, does not keep the
// endpoints down; it holds again afterwards.
func TestPlannedDrainsWhatIsPaused(t *testing.T) {
	a := newAccount(t, Options{Windows: Windows{Announce: time.Second}, Lag: constant{10 * time.Second}})
	write(t, a, at(0), row("a"))
	write(t, a, at(0), row("b"))
	order(t, a, Planned)
	a.Pause(at(0), Scope{Service: Table, Container: "readings", Key: "a"})
	a.Step(at(0))
	wantSeqs(t, "announced: a is paused", drain(a, at(10*time.Second)), 2)
	if wake, ok := a.Wake(at(10 * time.Second)); !ok || !wake.Equal(at(10*time.Second)) {
		t.Errorf("Wake gives %v %v, want the end of the window", wake, ok)
	}
	if got := a.Step(at(10 * time.Second)); len(got) != 0 {
		t.Errorf("the roles changed without an entry: %+v", got)
	}
	a.Pause(at(10*time.Second), Scope{})
	wantSeqs(t, "down: nothing is paused", drain(a, at(10*time.Second)), 1)
	if diff := cmp.Diff([]Effect{{Promoted: "west"}}, a.Step(at(10*time.Second))); diff != "" {
		t.Errorf("effects (-want +got):\n%s", diff)
	}
	write(t, a, at(11*time.Second), row("a"))
	wantSeqs(t, "afterwards all is paused", drain(a, at(time.Minute)))
	if n := len(a.Status(at(time.Minute)).PausedScopes); n != 2 {
		t.Errorf("%d scopes are paused, want the two", n)
	}
	a.Resume(at(time.Minute), Scope{})
	a.Resume(at(time.Minute), Scope{Service: Table, Container: "readings", Key: "a"})
	wantSeqs(t, "resumed", drain(a, at(time.Minute)), 3)
}

// TestReachGoesWithTheRegion: what was said of a region holds for its new role.
func TestReachGoesWithTheRegion(t *testing.T) {
	a := newAccount(t, Options{})
	a.SetReachable(at(0), "", Reach{false, true, true})
	lose(t, a)
	if err := a.Reenable(at(0), "east", nil); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "failover to the region that was lost", a.Failover(at(0), Unplanned), ErrSecondaryDown)
}

// TestUnplannedWaitsForTheSecondary: lost in the middle, it is waited for.
func TestUnplannedWaitsForTheSecondary(t *testing.T) {
	a := newAccount(t, Options{})
	order(t, a, Unplanned)
	a.SetReachable(at(0), "", Reach{false, false, false})
	if got := a.Step(at(0)); len(got) != 0 || a.Status(at(0)).Phase != Down {
		t.Errorf("without the secondary: %+v in phase %s", got, a.Status(at(0)).Phase)
	}
	if _, ok := a.Wake(at(0)); ok {
		t.Error("Wake gives a time although nothing can be done")
	}
	a.SetReachable(at(time.Second), "", Reach{false, true, false})
	if got := a.Step(at(time.Second)); len(got) != 2 {
		t.Errorf("with the secondary: %+v", got)
	}
}
