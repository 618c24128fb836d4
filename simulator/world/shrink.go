package world

import (
	"cmp"
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
	Seed   uint64
	Plan   string // of Plans
	Faults schedule.Schedule
	For    time.Duration // 0: that of the plan
	From   time.Duration // before it no client does anything
	Pause  time.Duration // of a client between two calls at most; 0: that of the plan
	// How many of each there are; 0: as many as the plan has, None: none.
	Clients, Sources, Nodes, Dashboards, Clerks int

	Broken Broken // nothing, but where checkers are tried; no text says it
}

// None stands for a plan without something that it has otherwise.
const None = -1

// knob is a number of a case that can be made smaller.
type knob struct {
	name  string // of the variable of the environment, behind TIDEMARK_
	of    func(*Case) *int
	plan  func(*Plan) *int
	least int
}

var knobs = []knob{
	{"CLIENTS", func(c *Case) *int { return &c.Clients }, func(p *Plan) *int { return &p.Clients }, 1},
	{"SOURCES", func(c *Case) *int { return &c.Sources }, func(p *Plan) *int { return &p.Sources }, 1},
	{"NODES", func(c *Case) *int { return &c.Nodes }, func(p *Plan) *int { return &p.Nodes }, 1},
	{"DASHBOARDS", func(c *Case) *int { return &c.Dashboards }, func(p *Plan) *int { return &p.Dashboards }, 0},
	{"CLERKS", func(c *Case) *int { return &c.Clerks }, func(p *Plan) *int { return &p.Clerks }, 0},
}

// span is a time of a case that can be changed.
type span struct {
	name string // of the variable of the environment, behind TIDEMARK_
	of   func(*Case) *time.Duration
	plan func(*Plan) *time.Duration
}

var spans = []span{
	{"FOR", func(c *Case) *time.Duration { return &c.For }, func(p *Plan) *time.Duration { return &p.For }},
	{"FROM", func(c *Case) *time.Duration { return &c.From }, func(p *Plan) *time.Duration { return &p.From }},
	{"PAUSE", func(c *Case) *time.Duration { return &c.Pause }, func(p *Plan) *time.Duration { return &p.Pause }},
}

// Plans are the plans by name.
var Plans = map[string]Plan{"default": DefaultPlan, "hard": HardPlan, "tight": TightPlan, "failover": FailoverPlan,
	"parts": PartsPlan, "drawn": DrawnPlan, "churn": ChurnPlan, "accounts": AccountsPlan, "two": TwoPlan,
	"loss": LossPlan, "wiped": WipedPlan}

// Run repeats it.
func (c Case) Run() Outcome {
	p := Plans[c.Plan]
	for _, k := range knobs {
		if n := *k.of(&c); n != 0 {
			*k.plan(&p) = max(n, 0)
		}
	}
	for _, s := range spans {
		if d := *s.of(&c); d > 0 {
			*s.plan(&p) = d
		}
	}
	p.Broken = c.Broken
	return Run(c.Seed, p, c.Faults)
}

// String is the case as one command of a shell.
func (c Case) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "TIDEMARK_SEED=%d TIDEMARK_PLAN=%s", c.Seed, c.Plan)
	for _, k := range knobs {
		if n := *k.of(&c); n != 0 {
			fmt.Fprintf(&b, " TIDEMARK_%s=%d", k.name, n)
		}
	}
	for _, s := range spans {
		if d := *s.of(&c); d > 0 {
			fmt.Fprintf(&b, " TIDEMARK_%s=%v", s.name, d)
		}
	}
	if c.Faults != nil {
		fmt.Fprintf(&b, " TIDEMARK_FAULTS='%s'", strings.ReplaceAll(strings.TrimSpace(c.Faults.String()), "'", `'\''`))
	}
	return b.String() + " go test ./simulator/world -run TestReplay -v"
}

// Shrink makes a case that fails smaller, in time, in what clients do, in the numbers of its plan, and in faults, as
// long as it fails in the same way: within so many runs. It gives the smallest, and how many runs it took.
func Shrink(c Case, run func(Case) Outcome, budget int) (Case, int) {
	failed := run(c)
	s := &shrinking{run: run, want: failed.Failure(), budget: budget, runs: 1}
	c.Faults = failed.Faults
	if c.For == 0 {
		c.For = Plans[c.Plan].For
	}
	for before := ""; before != c.String() && s.runs < budget; {
		before = c.String()
		c = s.fewer(s.slower(s.later(s.shorter(c))))
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

// later lets clients begin later.
func (s *shrinking) later(c Case) Case {
	for step := c.For / 2; step >= 4*time.Second; step /= 2 {
		for c.From+step < c.For {
			smaller := c
			smaller.From = (c.From + step).Truncate(time.Second)
			if !s.fails(smaller) {
				break
			}
			c = smaller
		}
	}
	return c
}

// slower lets clients call less often.
func (s *shrinking) slower(c Case) Case {
	for pause := 2 * cmp.Or(c.Pause, usualPause); pause <= 32*time.Second; pause *= 2 {
		smaller := c
		smaller.Pause = pause
		if !s.fails(smaller) {
			break
		}
		c = smaller
	}
	return c
}

// fewer leaves out clients, sources and so on: half of what there is above the least, then one after another.
func (s *shrinking) fewer(c Case) Case {
	for _, k := range knobs {
		p := Plans[c.Plan]
		n := *k.plan(&p)
		if is := *k.of(&c); is != 0 {
			n = max(is, 0)
		}
		for step := (n - k.least + 1) / 2; step > 0; {
			smaller := c
			*k.of(&smaller) = n - step
			if n == step {
				*k.of(&smaller) = None
			}
			if s.fails(smaller) {
				c, n = smaller, n-step
				step = min(step, n-k.least)
			} else {
				step /= 2
			}
		}
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
