package schedule

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"tidemark/simulator/inject"
)

// Envelope is what is promised: a schedule within it must not lose anything, and the program has to recover from it.
// The zero value of a bound allows none of what it bounds.
type Envelope struct {
	Topology Topology

	// Healed is when everything is healed: a fault that lasts ends by then, one that happens does so before.
	Healed time.Duration
	// Clock is the most that a clock is ahead or behind at any moment, all its faults together.
	Clock time.Duration
	// Out is how many regions may be out at once: without their storage, or cut off from everywhere.
	Out int
	// Lost is how many regions' stores may lose what they have, by a kill, a restart or a wiped disk, in the whole
	// schedule. At one fewer than there are regions a journal is left for good.
	Lost int
	// Failovers is how many failovers of an account may be ordered.
	Failovers int
	// Apart is the least time between two failovers of an account, and between an unplanned one and a store that loses
	// what it has: what the account lost has been put back from the journals until then.
	Apart time.Duration
}

// Promised is what the service promises in two regions: whatever happens to calls, paths, nodes and clocks, and one
// region out at a time, while no store loses what it has.
func Promised(t Topology, healed time.Duration) Envelope {
	return Envelope{Topology: t, Healed: healed, Clock: 10 * time.Minute, Out: 1, Failovers: 2, Apart: 90 * time.Second}
}

// Check says everything in a schedule that is not promised, or that there is not.
func (e Envelope) Check(s Schedule) error {
	sorted := s.Sorted()
	return errors.Join(sorted.Validate(e.Topology), e.checkTimes(sorted), e.checkClocks(sorted), e.checkOut(sorted),
		e.checkLost(sorted), e.checkFailovers(sorted))
}

// Beside is what of a schedule is promised beside a fault that comes whatever else does: each entry that is with it and
// with those kept before it, without the failovers of an account and what makes it redundant again.
func (e Envelope) Beside(one Entry, s Schedule) Schedule {
	kept := Schedule{one}
	for _, entry := range s {
		switch entry.Fault.(type) {
		case inject.Failover, inject.Reenable:
			continue
		}
		if more := append(kept[:len(kept):len(kept)], entry); e.Check(more) == nil {
			kept = more
		}
	}
	return kept[1:]
}

func (e Envelope) checkTimes(s Schedule) error {
	var errs []error
	for _, x := range s {
		switch {
		case !x.Fault.Lasts():
			if x.At >= e.Healed {
				errs = append(errs, fmt.Errorf("%s: it happens when everything is healed, at %v; let it happen before",
					x,
					e.Healed))
			}
		case x.For == 0 || x.At+x.For > e.Healed:
			errs = append(errs, fmt.Errorf("%s: it does not end before everything is healed, at %v; give it an end", x,
				e.Healed))
		}
	}
	return errors.Join(errs...)
}

// only are the entries whose faults are of interest.
func (s Schedule) only(is func(inject.Fault) bool) (some Schedule) {
	for _, e := range s {
		if is(e.Fault) {
			some = append(some, e)
		}
	}
	return some
}

// checkClocks adds up the most that the faults of a clock can make of it together.
func (e Envelope) checkClocks(s Schedule) error {
	var errs []error
	s = s.only(func(f inject.Fault) bool { _, ok := f.(inject.Clock); return ok })
	for _, at := range s.moments(e.Healed) {
		wrong := map[string]time.Duration{}
		for _, x := range s {
			c, ok := x.Fault.(inject.Clock)
			switch {
			case !ok || x.At > at:
			case !c.Lasts():
				wrong[c.Of] += c.By.Abs()
			case x.For == 0 || at < x.At+x.For:
				wrong[c.Of] += e.most(c, x.For)
			}
		}
		for of, by := range wrong {
			if by > e.Clock {
				errs = append(errs, fmt.Errorf("the clock of %s may be wrong by %v at %v; keep it within %v", of, by,
					at,
					e.Clock))
			}
		}
	}
	slices.SortFunc(errs, func(a, b error) int { return cmp.Compare(a.Error(), b.Error()) }) // not by the map
	return errors.Join(errs...)
}

// most is the furthest that a clock goes by one fault.
func (e Envelope) most(c inject.Clock, lasts time.Duration) time.Duration {
	if c.Shape != inject.Drift {
		return c.By.Abs()
	}
	if lasts == 0 {
		lasts = e.Healed
	}
	return c.Ahead(lasts).Abs()
}

// checkOut counts the regions that are out at each moment.
func (e Envelope) checkOut(s Schedule) error {
	var errs []error
	s = s.only(func(f inject.Fault) bool { return e.outOf(f) != "" })
	for _, at := range s.moments(e.Healed) {
		var out []string
		for _, x := range s.holding(at) {
			if region := e.outOf(x.Fault); region != "" && !slices.Contains(out, region) {
				out = append(out, region)
			}
		}
		if len(out) > e.Out {
			errs = append(errs, fmt.Errorf("%q are out at %v; let at most %d be out at once", out, at, e.Out))
		}
	}
	return errors.Join(errs...)
}

// outOf is the region whose storage nobody reaches while the fault holds; "" is none.
func (e Envelope) outOf(f inject.Fault) string {
	storage := func(service string) bool { return service == "" || service == "table" || service == "queue" }
	switch f := f.(type) {
	case inject.RegionOut:
		if storage(f.Service) {
			return f.Region
		}
	case inject.Cut:
		if f.From == "" && storage(f.Service) {
			return f.To
		}
		if f.To == "" && storage(f.Service) {
			return f.From
		}
	case inject.Process:
		if region, ok := e.store(f.Name); ok && f.Lasts() {
			return region
		}
	case inject.Disk:
		if region, ok := e.store(f.Of); ok && f.Lasts() {
			return region
		}
	}
	return ""
}

// store is the region whose storage a process is.
func (e Envelope) store(process string) (region string, ok bool) {
	for _, p := range e.Topology.Processes {
		if p.Name == process && p.Store {
			return p.Region, true
		}
	}
	return "", false
}

// loses is the region whose store loses what it has.
func (e Envelope) loses(f inject.Fault) (region string, ok bool) {
	switch f := f.(type) {
	case inject.Process:
		if f.Order == inject.Freeze {
			return "", false
		}
		return e.store(f.Name)
	case inject.Disk:
		if f.State == inject.Full {
			return "", false
		}
		return e.store(f.Of)
	}
	return "", false
}

func (e Envelope) checkLost(s Schedule) error {
	var lost []string
	for _, x := range s {
		if region, ok := e.loses(x.Fault); ok && !slices.Contains(lost, region) {
			lost = append(lost, region)
		}
	}
	if len(lost) > e.Lost {
		return fmt.Errorf("the stores of %q lose what they have; let at most %d do so", lost, e.Lost)
	}
	return nil
}

func (e Envelope) checkFailovers(s Schedule) error {
	var errs []error
	orders := map[string]int{}
	for i, x := range s {
		f, ok := x.Fault.(inject.Failover)
		if !ok {
			continue
		}
		if orders[f.Account]++; orders[f.Account] > e.Failovers {
			errs = append(errs, fmt.Errorf("%s: failover %d of account %s; order at most %d", x, orders[f.Account],
				f.Account, e.Failovers))
		}
		for j, y := range s {
			if i == j || (x.At-y.At).Abs() >= e.Apart {
				continue
			}
			other, again := y.Fault.(inject.Failover)
			_, lost := e.loses(y.Fault)
			if again && j < i && other.Account == f.Account || lost && f.Kind == inject.Unplanned {
				errs = append(errs, fmt.Errorf("%s, and %s: let %v pass between them", y, x, e.Apart))
			}
		}
	}
	return errors.Join(errs...)
}
