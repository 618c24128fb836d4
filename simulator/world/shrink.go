package world

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"tidemark/adapters/memory"
	"tidemark/simulator/inject/schedule"
)

// Failure is the kind of an outcome's error, so that two runs can be compared.
func (o Outcome) Failure() string {
	var v *Violation
	var stuck *memory.Stuck
	var crash *memory.ActorPanic
	switch {
	case o.Err == nil:
		return ""
	case errors.As(o.Err, &v):
		return "violation: " + v.Verdicts[0].Rule.String()
	case errors.As(o.Err, &stuck):
		return "hang"
	case errors.As(o.Err, &crash):
		return "crash"
	}
	return "other"
}

// Case is a run that can be repeated: a seed, a plan by its name, faults, and what was left out of the plan.
type Case struct {
	Seed    uint64
	Plan    string // of Plans
	Faults  schedule.Schedule
	Clients int           // 0: those of the plan
	For     time.Duration // 0: that of the plan

	Broken Broken // nothing, but where checkers are tried; no text says it
}

// Plans are the plans by name.
var Plans = map[string]Plan{"default": DefaultPlan, "hard": HardPlan, "tight": TightPlan, "failover": FailoverPlan,
	"parts": PartsPlan, "drawn": DrawnPlan, "churn": ChurnPlan}

// Run repeats it.
func (c Case) Run() Outcome {
	p := Plans[c.Plan]
	if c.Clients > 0 {
		p.Clients = c.Clients
	}
	if c.For > 0 {
		p.For = c.For
	}
	p.Broken = c.Broken
	return Run(c.Seed, p, c.Faults)
}

// String is the case as one command of a shell.
func (c Case) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "TIDEMARK_SEED=%d TIDEMARK_PLAN=%s", c.Seed, c.Plan)
	if c.Clients > 0 {
		fmt.Fprintf(&b, " TIDEMARK_CLIENTS=%d", c.Clients)
	}
	if c.For > 0 {
		fmt.Fprintf(&b, " TIDEMARK_FOR=%v", c.For)
	}
	if c.Faults != nil {
		fmt.Fprintf(&b, " TIDEMARK_FAULTS='%s'", strings.ReplaceAll(strings.TrimSpace(c.Faults.String()), "'", `'\''`))
	}
	return b.String() + " go test ./simulator/world -run TestReplay -v"
}

// Shrink makes a case that fails smaller, in time, clients and faults, as long as it fails in the same way: within so
// many runs. It gives the smallest, and how many runs it took.
func Shrink(c Case, run func(Case) Outcome, budget int) (Case, int) {
	failed := run(c)
	s := &shrinking{run: run, want: failed.Failure(), budget: budget, runs: 1}
	c.Faults = failed.Faults
	if c.For == 0 {
		c.For = Plans[c.Plan].For
	}
	if c.Clients == 0 {
		c.Clients = Plans[c.Plan].Clients
	}
	for before := ""; before != c.String() && s.runs < budget; {
		before = c.String()
		c = s.fewer(s.shorter(c))
		c.Faults, _ = schedule.Shrink(c.Faults, func(f schedule.Schedule) bool {
			smaller := c
			smaller.Faults = f
			return s.fails(smaller)
		}, budget-s.runs)
	}
	return c, s.runs
}

// shrinking is a search under way.
type shrinking struct {
	run          func(Case) Outcome
	want         string
	runs, budget int
}

// fails runs a smaller case, if there is a run left.
func (s *shrinking) fails(c Case) bool {
	if s.runs >= s.budget {
		return false
	}
	s.runs++
	return s.run(c).Failure() == s.want
}

// shorter leaves out time at the end.
func (s *shrinking) shorter(c Case) Case {
	for step := c.For / 2; step >= 5*time.Second; step /= 2 {
		for c.For > step {
			smaller := c
			smaller.For = (c.For - step).Truncate(time.Second)
			smaller.Faults = until(c.Faults, smaller.For)
			if !s.fails(smaller) {
				break
			}
			c = smaller
		}
	}
	return c
}

// fewer leaves out clients.
func (s *shrinking) fewer(c Case) Case {
	for c.Clients > 1 {
		smaller := c
		smaller.Clients--
		if !s.fails(smaller) {
			break
		}
		c = smaller
	}
	return c
}

// until are the faults that begin before a moment, none of which lasts longer.
func until(s schedule.Schedule, end time.Duration) schedule.Schedule {
	cut := schedule.Schedule{} // empty, and not nil: no faults are drawn
	for _, e := range s {
		if e.At >= end {
			continue
		}
		if e.Fault.Lasts() && (e.For == 0 || e.At+e.For > end) {
			e.For = end - e.At
		}
		cut = append(cut, e)
	}
	return cut
}
