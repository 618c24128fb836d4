package proof_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"tidemark/domain/fault"
	"tidemark/ports/internal/proof"

	"pgregory.net/rapid"
)

func TestNamesAreDifferent(t *testing.T) {
	names := proof.Names()
	slices.Sort(names)
	for i, name := range names {
		if name == "" || i > 0 && names[i-1] == name {
			t.Errorf("name %d is empty or there twice: %q", i, name)
		}
	}
}

func TestRecorder(t *testing.T) {
	var order []string
	for _, c := range []struct {
		what   string
		run    func(proof.T)
		failed bool
		log    string
	}{
		{"nothing happens", func(proof.T) {}, false, ""},
		{"a line", func(t proof.T) { t.Logf("seen %d", 1) }, false, "seen 1"},
		{"an error goes on", func(t proof.T) { t.Errorf("first"); t.Logf("second") }, true, "second"},
		{"a fatal error does not", func(t proof.T) { t.Fatalf("first"); t.Errorf("second") }, true, "first"},
		{"a skip is a failure", func(t proof.T) { t.Skip("no reason") }, true, "no reason"},
		{"a panic is a failure", func(proof.T) { panic("boom") }, true, "boom"},
		{"a wrong kind", func(t proof.T) { proof.Kind(t, errors.New("x"), "op", fault.NotFound) }, true,
			"want [not-found]"},
		{"a right kind", func(t proof.T) {
			proof.Kind(t, fault.New(fault.NotFound, "op", ""), "op", fault.Conflict, fault.NotFound)
		}, false, ""},
		{"an actor's error", func(t proof.T) {
			proof.Each(t, 3, func(i int) error {
				if i == 1 {
					return errors.New("lost")
				}
				return nil
			})
		}, true, "actor 1: lost"},
		{"a clean-up after the end", func(t proof.T) {
			t.Cleanup(func() { order = append(order, "first given") })
			t.Cleanup(func() { order = append(order, "last given") })
			t.FailNow()
		}, true, ""},
	} {
		failed, log := proof.Record(c.what, c.run)
		if failed != c.failed || !strings.Contains(log, c.log) || c.what == "a fatal error does not" &&
			strings.Contains(log, "second") {
			t.Errorf("%s: failed %v, said %q", c.what, failed, log)
		}
	}
	if !slices.Equal(order, []string{"last given", "first given"}) {
		t.Errorf("clean-ups ran as %q", order)
	}
}

func TestCheckStopsAfterItsRunsAndStillFindsFailures(t *testing.T) {
	proof.Quiet(t)
	runs := 0
	if failed, log := proof.Record("sound", func(t proof.T) {
		proof.Check(t, 7, func(rt *rapid.T) { rapid.Int().Draw(rt, "n"); runs++ })
	}); failed || runs != 7 {
		t.Errorf("%d runs, want 7; failed %v: %s", runs, failed, log)
	}
	failed, log := proof.Record("broken", func(t proof.T) {
		proof.Check(t, 50, func(rt *rapid.T) {
			if rapid.IntRange(0, 3).Draw(rt, "n") == 2 {
				rt.Fatalf("two")
			}
		})
	})
	if !failed || !strings.Contains(log, "two") || strings.Contains(log, "flaky") {
		t.Errorf("failed %v: %s", failed, log)
	}
}

func TestCasesThatNeedMoreThanIsDeclaredAreLeftOut(t *testing.T) {
	cases := []proof.Case[int]{
		{Name: "plain", Run: func(t proof.T, f int) { t.Errorf("plain %d", f) }},
		{Name: "faults", Needs: proof.Faults, Run: func(t proof.T, f int) { t.Errorf("faults %d", f) }},
	}
	fresh := func(proof.T) int { return 7 }
	if alarms := proof.Alarms(cases, proof.Second, fresh); len(alarms) != 1 || alarms[0] != "plain: plain 7\n" {
		t.Errorf("alarms %q", alarms)
	}
	if alarms := proof.Alarms(cases, proof.Faults, fresh); len(alarms) != 2 {
		t.Errorf("alarms %q", alarms)
	}
	if !proof.Caught(t, cases, "faults", proof.Faults, fresh) {
		t.Errorf("a failing case did not catch")
	}
	if got := (proof.Faults | proof.Bounds).String(); got != "faults, bounds" {
		t.Errorf("traits are called %q", got)
	}
}
