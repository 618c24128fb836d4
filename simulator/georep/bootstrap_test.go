package georep

import (
	"testing"
	"time"
)

// lrs is an account that lost its secondary and has written since.
func lrs(t *testing.T, parts ...Partition) *Account {
	t.Helper()
	a := newAccount(t, Options{})
	lose(t, a)
	for _, p := range parts {
		write(t, a, at(0), p)
	}
	return a
}

func mustBegin(t *testing.T, a *Account, secondary Region) {
	t.Helper()
	if err := a.BeginBootstrap(a.now, secondary); err != nil {
		t.Fatal(err)
	}
}

func wantState(t *testing.T, what string, a *Account, want State) {
	t.Helper()
	got := a.Stats(a.now, Table)
	if got.State != want || got.LastSync.IsZero() == (want == Live) {
		t.Errorf("%s: %+v, want %s", what, got, want)
	}
}

func TestReenableRefuses(t *testing.T) {
	a := newAccount(t, Options{})
	wantErr(t, "a geo-redundant account", a.Reenable(at(0), "south", nil), ErrHasSecondary)
	lose(t, a)
	for _, secondary := range []Region{"", "west"} {
		if err := a.Reenable(at(0), secondary, nil); err == nil ||
			!contains(err.Error(), "name a region other than the primary") {
			t.Errorf("with the secondary %q: %v", secondary, err)
		}
	}
	for _, c := range []struct {
		primary, secondary, link bool
		want                     error
		remedy                   string
	}{
		{false, false, false, ErrPrimaryDown, "end the outage of west first"},
		{true, false, false, ErrSecondaryDown, "end the outage of east first"},
		{true, true, false, ErrLinkDown, "heal the path between west and east first"},
	} {
		err := a.CanReenable("east", c.primary, c.secondary, c.link)
		wantErr(t, "an order", err, c.want)
		if err == nil || !contains(err.Error(), c.remedy) {
			t.Errorf("an order: %v, want %q in it", err, c.remedy)
		}
	}
	wantState(t, "refused", a, None)
	if err := a.CanReenable("east", true, true, true); err != nil {
		t.Error(err)
	}
}

// TestEntriesWaitForTheirCopy: of a listed partition, of a container, of nothing; and what the copy includes is not
// repeated.
func TestEntriesWaitForTheirCopy(t *testing.T) {
	a := lrs(t, row("a"), row("b"))
	if err := a.Reenable(at(0), "east", []Partition{row("a"), row("b"), row("a")}); err != nil {
		t.Fatal(err)
	}
	wantState(t, "re-enabled", a, Bootstrap)
	if n := a.Status(at(0)).Uncovered; n != 2 {
		t.Errorf("%d partitions to copy, want 2", n)
	}
	first := write(t, a, at(0), row("a"))
	born := write(t, a, at(0), row("c"))
	wantSeqs(t, "born since", drain(a, at(0)), born.Seq)
	second := write(t, a, at(0), row("a"))
	a.Covered(at(0), row("a"), first.Seq)
	wantSeqs(t, "behind the copy", drain(a, at(0)), second.Seq)
	if a.Uncovered(row("a")) || !a.Uncovered(row("b")) {
		t.Error("Uncovered does not say which partition waits")
	}
	a.Covered(at(0), row("a"), a.LastSeq()) // again: nothing
	wantState(t, "with one partition left", a, Bootstrap)
	write(t, a, at(0), row("b"))
	a.Covered(at(0), row("b"), a.LastSeq())
	wantSeqs(t, "all of it is in the copy", drain(a, at(0)))
	wantState(t, "all covered", a, Live)
	if is := a.Status(at(0)); is.Backlog != 0 || is.BacklogBytes != 0 {
		t.Errorf("status %+v, want nothing missing", is)
	}
}

func TestEntriesWaitForTheirContainer(t *testing.T) {
	a := lrs(t)
	mustBegin(t, a, "east")
	property := write(t, a, at(0), whole)
	born := write(t, a, at(0), row("new"))
	wantSeqs(t, "before the list", drain(a, at(0)))
	a.List(at(0), []Partition{whole, row("a")})
	wantSeqs(t, "before the container is there", drain(a, at(0)))
	a.Covered(at(0), whole, a.LastSeq())
	wantSeqs(t, "when it is there: writes to it are repeated", drain(a, at(0)), property.Seq, born.Seq)
	a.Covered(at(0), row("a"), a.LastSeq())
	wantState(t, "all covered", a, Live)
}

// TestWriteToContainerWaitsForCopies: not by itself, but behind an entry that waits.
func TestWriteToContainerWaitsForCopies(t *testing.T) {
	a := lrs(t, row("a"))
	if err := a.Reenable(at(0), "east", []Partition{row("a")}); err != nil {
		t.Fatal(err)
	}
	wantSeqs(t, "nothing before it", drain(a, at(0)))
	first := write(t, a, at(0), whole)
	wantSeqs(t, "with nothing before it", drain(a, at(0)), first.Seq)
	write(t, a, at(0), row("a"))
	behind := write(t, a, at(0), whole)
	wantSeqs(t, "behind an entry that waits", drain(a, at(0)))
	a.Covered(at(0), row("a"), a.LastSeq())
	wantSeqs(t, "when the copy is there", drain(a, at(0)), behind.Seq)
}

// TestEmptied: a container deleted in a bootstrap needs no copy of what it was, before the list and after it; what is
// written since is in the log.
func TestEmptied(t *testing.T) {
	for _, listed := range []bool{false, true} {
		a := lrs(t, row("a"))
		mustBegin(t, a, "east")
		parts := []Partition{row("a"), row("b"), {Service: Table, Container: "roles", Key: "a"}}
		if listed {
			a.List(at(0), parts)
		}
		write(t, a, at(0), row("a")) // is gone with the container
		deleted := write(t, a, at(0), whole)
		a.Emptied(at(0), Table, "readings", deleted.Seq)
		made := write(t, a, at(0), whole)
		since := write(t, a, at(0), row("a"))
		if !listed {
			a.List(at(0), parts)
		}
		if a.Uncovered(row("a")) || a.Uncovered(row("b")) || !a.Uncovered(parts[2]) {
			t.Errorf("listed before %t: the wrong partitions wait for a copy", listed)
		}
		wantSeqs(t, "the deletion and what came after", drain(a, at(0)), deleted.Seq, made.Seq, since.Seq)
		a.Covered(at(0), parts[2], a.LastSeq())
		wantState(t, "all covered", a, Live)
	}
	a := newAccount(t, Options{})
	e := write(t, a, at(0), row("a"))
	w := write(t, a, at(0), whole)
	a.Emptied(at(0), Table, "readings", w.Seq)
	wantSeqs(t, "outside a bootstrap it changes nothing", drain(a, at(0)), e.Seq, w.Seq)
}

// TestBeginInBootstrap is a simulator that starts over folders that were kept.
func TestBeginInBootstrap(t *testing.T) {
	a := newAccount(t, Options{Primary: "east", Secondary: "west", Bootstrap: true})
	wantState(t, "begun", a, Bootstrap)
	e := write(t, a, at(0), row("a"))
	wantSeqs(t, "before the list", drain(a, at(0)))
	wantErr(t, "failover", a.Failover(at(0), Unplanned), ErrNotLive)
	a.List(at(0), nil)
	wantState(t, "nothing to copy", a, Live)
	a.List(at(0), []Partition{row("a")}) // outside a bootstrap: nothing
	wantSeqs(t, "what came since", drain(a, at(0)), e.Seq)
}

// TestLastSyncAfterBootstrap: it does not fall below what it was before the failover, and what the bootstrap's log
// has counts.
func TestLastSyncAfterBootstrap(t *testing.T) {
	a := newAccount(t, Options{})
	before := a.Stats(at(time.Second), Table).LastSync
	a.tick(at(2 * time.Second))
	lose(t, a)
	mustBegin(t, a, "east")
	a.SetLag(a.now, Scope{}, constant{time.Hour})
	write(t, a, at(3*time.Second), row("b"))
	a.List(at(5*time.Second), []Partition{row("a")})
	a.Covered(at(5*time.Second), row("a"), a.LastSeq())
	wantSync(t, "live", a, at(6*time.Second), Table, second(3))
	if !second(3).After(before) {
		t.Errorf("it was %v before", before)
	}
}
