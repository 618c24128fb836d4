package world

import (
	"bytes"
	"cmp"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tidemark/simulator/check"
	"tidemark/simulator/inject"
	"tidemark/simulator/inject/schedule"
)

// TestReplay repeats the run that the environment describes, as a failure prints it; without one it repeats a run whose
// faults are given, and holds that it is the run whose faults were drawn.
func TestReplay(t *testing.T) {
	c, given := caseOf(t)
	if !given {
		drawn := Case{Seed: 2, Plan: "drawn"}.Run()
		c = Case{Seed: 2, Plan: "drawn", Faults: drawn.Faults}
		if again := c.Run(); !bytes.Equal(saved(t, drawn), saved(t, again)) {
			t.Errorf("a run with its own faults given is another run:\n%s", c)
		}
		read, err := schedule.Parse(drawn.Faults.String())
		must(t, err)
		if again := (Case{Seed: 2, Plan: "drawn", Faults: read}).Run(); !bytes.Equal(saved(t, drawn), saved(t, again)) {
			t.Errorf("a run with its faults read from their text is another run:\n%s", c)
		}
		return
	}
	o := c.Run()
	t.Logf("%d operations under\n%s", len(o.History.Ops), o.Faults)
	if o.Err == nil {
		return
	}
	t.Errorf("%s: %v", o.Failure(), o.Err)
	if n, err := strconv.Atoi(os.Getenv("TIDEMARK_SHRINK")); err == nil {
		small, runs := Shrink(c, Case.Run, n)
		t.Logf("after %d runs as small as:\n%s\n%v", runs, small, small.Run().Err)
	}
}

func saved(t *testing.T, o Outcome) []byte {
	t.Helper()
	must(t, o.Err)
	var b bytes.Buffer
	must(t, o.History.Save(&b))
	return b.Bytes()
}

// TestShrink: a run that fails if a node is killed while two clients are there, in its first half minute, comes to
// that kill, those clients and that time, without all that the failure does not need.
func TestShrink(t *testing.T) {
	faults, err := schedule.Parse(`at 1s for 3s region west out: hang
at 5s for 50s account geo pause
at 12s process east/node-1 restart
at 20s account geo failover: unplanned
at 25s process east/node-2 restart
at 50s process east/node-1 restart`)
	must(t, err)
	run := func(c Case) Outcome {
		o := Outcome{Faults: c.Faults}
		for _, e := range c.Faults {
			if p, ok := e.Fault.(inject.Process); ok && p.Name == "east/node-2" &&
				cmp.Or(c.Clients, FailoverPlan.Clients) >= 2 &&
				c.For >= 30*time.Second {
				o.Err = &Violation{[]check.Verdict{{Rule: check.Lost}}}
			}
		}
		return o
	}
	small, runs := Shrink(Case{Seed: 7, Plan: "failover", Clients: 5, For: 3 * time.Minute, Faults: faults}, run, 200)
	if runs > 200 || small.Clients != 2 || small.Sources != 1 || small.Clerks != None || small.For < 30*time.Second ||
		small.For > 34*time.Second || small.From < 25*time.Second || small.Pause != 32*time.Second ||
		len(small.Faults) != 1 || small.Faults[0].Fault.String() != "process east/node-2 restart" {
		t.Errorf("after %d runs\n%s", runs, small)
	}
	again, err := schedule.Parse(small.Faults.String())
	must(t, err)
	if !slices.Equal(again, small.Faults) || !strings.Contains(small.String(), " TIDEMARK_FAULTS='at ") {
		t.Errorf("its faults are read as %v", again)
	}
}

// caseOf reads the environment.
func caseOf(t *testing.T) (c Case, given bool) {
	t.Helper()
	c.Plan = os.Getenv("TIDEMARK_PLAN")
	if _, known := Plans[c.Plan]; !known {
		return c, false
	}
	var err error
	c.Seed, err = strconv.ParseUint(os.Getenv("TIDEMARK_SEED"), 10, 64)
	must(t, err)
	for _, k := range knobs {
		if text := os.Getenv("TIDEMARK_" + k.name); text != "" {
			*k.of(&c), err = strconv.Atoi(text)
			must(t, err)
		}
	}
	for _, s := range spans {
		if text := os.Getenv("TIDEMARK_" + s.name); text != "" {
			*s.of(&c), err = time.ParseDuration(text)
			must(t, err)
		}
	}
	if text, set := os.LookupEnv("TIDEMARK_FAULTS"); set {
		c.Faults, err = schedule.Parse(text)
		must(t, err)
		if strings.TrimSpace(text) == "" {
			c.Faults = schedule.Schedule{}
		}
	}
	return c, true
}
