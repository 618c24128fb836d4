package world

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"tidemark/adapters/memory"
	"tidemark/simulator/inject/schedule"
	"tidemark/simulator/world/internal/shrink"
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
	c.Faults = failed.Faults
	p := Plans[c.Plan]
	from := shrink.Case{For: cmp.Or(c.For, p.For), From: c.From, Pause: cmp.Or(c.Pause, usualPause), Faults: c.Faults}
	for _, k := range knobs {
		n := *k.plan(&p)
		if is := *k.of(&c); is != 0 {
			n = max(is, 0)
		}
		from.Numbers = append(from.Numbers, shrink.Number{Of: n, Least: k.least})
	}
	small, runs := shrink.Shrink(from, func(s shrink.Case) bool {
		return run(c.as(s)).Failure() == failed.Failure()
	}, budget-1)
	return c.as(small), runs + 1
}

// as is the case with what has become of it.
func (c Case) as(s shrink.Case) Case {
	c.For, c.From, c.Faults = s.For, s.From, s.Faults
	if s.Pause != usualPause {
		c.Pause = s.Pause
	}
	p := Plans[c.Plan]
	for i, k := range knobs {
		switch n := s.Numbers[i].Of; {
		case n == 0:
			*k.of(&c) = None
		case n != *k.plan(&p):
			*k.of(&c) = n
		}
	}
	return c
}
