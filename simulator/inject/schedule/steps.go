package schedule

import (
	"slices"
	"time"

	"tidemark/simulator/inject"
)

// Step is what changes at a moment: first Ends end, then Begins begin, then Happens happen, each in the order of the
// schedule.
type Step struct {
	At      time.Duration
	Ends    []inject.Fault
	Begins  []inject.Fault // also a fault that holds again because another about its thing has ended
	Happens []inject.Fault // faults that do not last
}

// Steps are all changes until everything is healed, in order. At the moment of healing everything that holds ends, and
// nothing happens from then on.
func (s Schedule) Steps(healed time.Duration) []Step {
	sorted := s.Sorted()
	var steps []Step
	var held []inject.Fault
	for _, at := range sorted.moments(healed) {
		step := Step{At: at}
		var now []inject.Fault
		if at < healed {
			for _, e := range sorted.holding(at) {
				now = append(now, e.Fault)
			}
			for _, e := range sorted {
				if e.At == at && !e.Fault.Lasts() {
					step.Happens = append(step.Happens, e.Fault)
				}
			}
		}
		step.Ends, step.Begins = without(held, now), without(now, held)
		held = now
		if len(step.Ends)+len(step.Begins)+len(step.Happens) > 0 {
			steps = append(steps, step)
		}
	}
	return steps
}

// without are the faults that are not among the others.
func without(faults, others []inject.Fault) (rest []inject.Fault) {
	for _, f := range faults {
		if !slices.Contains(others, f) {
			rest = append(rest, f)
		}
	}
	return rest
}

// moments are when something may change, up to the moment of healing, in order.
func (s Schedule) moments(healed time.Duration) []time.Duration {
	all := []time.Duration{healed}
	for _, e := range s {
		for _, at := range []time.Duration{e.At, e.At + e.For} {
			if at < healed {
				all = append(all, at)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Holding are the entries whose faults hold at a moment before everything is healed, in the order in which they began:
// of each thing one. A fault holds from its At on, and no more at its end.
func (s Schedule) Holding(at time.Duration) Schedule { return s.Sorted().holding(at) }

// holding is Holding of a schedule that is in its order.
func (s Schedule) holding(at time.Duration) Schedule {
	var all Schedule
	place := map[string]int{} // of a thing in all
	for _, e := range s {
		if !e.Fault.Lasts() || e.At > at || e.For > 0 && e.At+e.For <= at {
			continue
		}
		thing := e.Fault.Thing()
		if i, ok := place[thing]; ok {
			all[i].Fault = nil
		}
		place[thing] = len(all)
		all = append(all, e)
	}
	return slices.DeleteFunc(all, func(e Entry) bool { return e.Fault == nil })
}

// Rules are the rules for calls that hold at a moment, in the order in which they are tried.
func (s Schedule) Rules(at time.Duration) []inject.Rule {
	var rules []inject.Rule
	for _, e := range s.Holding(at) {
		if r, ok := e.Fault.(inject.Rule); ok {
			rules = append(rules, r)
		}
	}
	return rules
}

// Ahead is how far a clock, that of a region or a process, is ahead at a moment before everything is healed.
func (s Schedule) Ahead(of string, at time.Duration) (ahead time.Duration) {
	for _, e := range s.Holding(at) {
		if c, ok := e.Fault.(inject.Clock); ok && c.Of == of {
			ahead += c.Ahead(at - e.At)
		}
	}
	for _, e := range s {
		if c, ok := e.Fault.(inject.Clock); ok && c.Of == of && !c.Lasts() && e.At <= at {
			ahead += c.By
		}
	}
	return ahead
}
