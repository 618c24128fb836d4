// Package shrink makes a case that fails smaller, as long as it fails.
package shrink

import (
	"fmt"
	"slices"
	"time"

	"tidemark/simulator/inject/schedule"
)

// Case is what can be made smaller of a case.
type Case struct {
	For     time.Duration // how long it takes
	From    time.Duration // before it no client does anything
	Pause   time.Duration // of a client between two calls at most
	Numbers []Number
	Faults  schedule.Schedule
}

// Number is how many there are of something, and the least that there may be.
type Number struct{ Of, Least int }

// text tells two cases apart.
func (c Case) text() string { return fmt.Sprint(c.For, c.From, c.Pause, c.Numbers, c.Faults) }

// Shrink makes a case that fails smaller within so many runs of fails. It gives the smallest, and how many runs it
// took.
func Shrink(c Case, fails func(Case) bool, budget int) (Case, int) {
	s := &search{run: fails, budget: budget}
	for before := ""; before != c.text() && s.runs < budget; {
		before = c.text()
		c = s.fewer(s.slower(s.later(s.shorter(c))))
		c.Faults, _ = schedule.Shrink(c.Faults, func(f schedule.Schedule) bool {
			smaller := c
			smaller.Faults = f
			return s.fails(smaller)
		}, budget-s.runs)
	}
	return c, s.runs
}

// search is one under way.
type search struct {
	run          func(Case) bool
	runs, budget int
}

// fails runs a smaller case, if there is a run left.
func (s *search) fails(c Case) bool {
	if s.runs >= s.budget {
		return false
	}
	s.runs++
	return s.run(c)
}

// shorter leaves out time at the end.
func (s *search) shorter(c Case) Case {
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
func (s *search) later(c Case) Case {
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
func (s *search) slower(c Case) Case {
	for pause := 2 * c.Pause; pause <= 32*time.Second; pause *= 2 {
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
func (s *search) fewer(c Case) Case {
	for i, n := range c.Numbers {
		for step := (n.Of - n.Least + 1) / 2; step > 0; {
			smaller := c
			smaller.Numbers = slices.Clone(c.Numbers)
			smaller.Numbers[i].Of = n.Of - step
			if s.fails(smaller) {
				c, n = smaller, smaller.Numbers[i]
				step = min(step, n.Of-n.Least)
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
