package georep

import (
	"testing"
	"time"
)

// TestResync: the secondary has lost what it had. Nothing of the log is repeated, whatever becomes of what was under
// way.
func TestResync(t *testing.T) {
	a := newAccount(t, Options{})
	write(t, a, at(0), row("a"))
	write(t, a, at(0), row("b"))
	one, _ := a.Next(at(0))
	two, _ := a.Next(at(0))
	write(t, a, at(0), row("c"))
	a.Pause(at(0), Scope{Service: Table, Container: "readings", Key: "p"})
	write(t, a, at(0), row("p"))
	if err := a.Resync(at(0)); err != nil {
		t.Fatal(err)
	}
	wantState(t, "resynchronising", a, Bootstrap)
	if is := a.Status(at(0)); is.Backlog != 0 || is.BacklogBytes != 0 || len(a.Missing()) != 0 {
		t.Errorf("%+v, want an empty log", is)
	}
	since := write(t, a, at(0), row("d"))
	wantSeqs(t, "before the list", drain(a, at(0)))
	a.Applied(at(0), one.Seq)
	a.Failed(at(0), two.Seq, time.Second)
	a.List(at(0), []Partition{row("a")})
	wantSeqs(t, "what came since", drain(a, at(time.Hour)), since.Seq)
	a.Covered(at(time.Hour), row("a"), a.LastSeq())
	wantState(t, "copied", a, Live)
	lose(t, a)
	wantErr(t, "without a secondary", a.Resync(at(time.Hour)), ErrNoSecondary)
}

// TestResyncInTheMiddleOfItself forgets what the first had copied.
func TestResyncInTheMiddleOfItself(t *testing.T) {
	a := newAccount(t, Options{Primary: "east", Secondary: "west", Bootstrap: true})
	a.List(at(0), []Partition{row("a"), row("b")})
	a.Covered(at(0), row("a"), a.LastSeq())
	if err := a.Resync(at(0)); err != nil {
		t.Fatal(err)
	}
	a.List(at(0), []Partition{row("a")})
	if !a.Uncovered(row("a")) || a.Uncovered(row("b")) {
		t.Error("it goes on with the list of before")
	}
	a.Covered(at(0), row("a"), a.LastSeq())
	wantState(t, "copied", a, Live)
}

// TestFailoverWaitsForResync: a secondary that lost its copy while a failover was announced is not promoted before it
// has one again.
func TestFailoverWaitsForResync(t *testing.T) {
	for _, k := range []Kind{Planned, Unplanned} {
		a := newAccount(t, Options{Windows: Windows{Announce: time.Second}})
		if err := a.Failover(at(0), k); err != nil {
			t.Fatal(err)
		}
		if err := a.Resync(at(0)); err != nil {
			t.Fatal(err)
		}
		if effects := a.Step(at(time.Minute)); len(effects) > 0 || a.Status(a.now).Phase != Down {
			t.Errorf("%s: %+v with an empty secondary", k, effects)
		}
		a.List(at(time.Minute), nil)
		if wake, ok := a.Wake(at(time.Minute)); !ok || !wake.Equal(at(time.Minute)) {
			t.Errorf("%s: Wake gives %v %v when it is whole", k, wake, ok)
		}
		if effects := a.Step(at(time.Minute)); len(effects) == 0 || effects[0].Promoted != "west" {
			t.Errorf("%s: %+v when it is whole", k, effects)
		}
	}
}
