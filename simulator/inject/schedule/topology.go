package schedule

import (
	"errors"
	"fmt"
	"slices"

	"tidemark/simulator/inject"
	"tidemark/simulator/inject/internal/words"
)

// Outside is the place of callers that are in no region.
const Outside = "outside"

// Topology is what there is that can go wrong.
type Topology struct {
	Regions    []string
	Processes  []Process
	Accounts   []Account
	Services   []string // that calls go to; none is all of them
	Operations []string // that calls have; they are what drawn rules are for
	Clocks     []string // that can be wrong, of regions and processes; none is all of them
}

// Process is a process: a node of the program, or a region's storage or cache.
type Process struct {
	Name   string // as east/node-1
	Region string
	Store  bool // the storage of the region: what it loses, its journal and its copies of accounts lose
}

// Account is a storage account: geo-redundant, or local to its Primary.
type Account struct{ Name, Primary, Secondary string }

// Geo says whether the account is geo-redundant.
func (a Account) Geo() bool { return a.Secondary != "" }

// Validate says everything in a schedule that there is not, or that is wrong in itself.
func (s Schedule) Validate(t Topology) error {
	var errs []error
	for _, e := range s {
		err := e.Validate()
		if err == nil {
			err = t.check(e.Fault)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("schedule: %s: %w", e, err))
		}
	}
	return errors.Join(errs...)
}

// check says what a fault names that there is not.
func (t Topology) check(f inject.Fault) error {
	switch f := f.(type) {
	case inject.Rule:
		return t.checkCondition(f.If)
	case inject.RegionOut:
		return errors.Join(known("region", f.Region, t.Regions), t.checkService(f.Service))
	case inject.Cut:
		return errors.Join(maybe("place", f.From, t.places()), maybe("place", f.To, t.places()),
			t.checkService(f.Service))
	case inject.Distance:
		return errors.Join(known("place", f.From, t.places()), known("place", f.To, t.places()))
	case inject.Process:
		return known("process", f.Name, t.processes())
	case inject.Disk:
		return known("process", f.Of, t.processes())
	case inject.Clock:
		return known("region or process", f.Of, t.clocks())
	case inject.Lag:
		return t.checkAccount(f.Account)
	case inject.Pause:
		return t.checkAccount(f.Account)
	case inject.Failover:
		return t.checkAccount(f.Account)
	case inject.Reenable:
		return errors.Join(t.checkAccount(f.Account), maybe("region", f.Secondary, t.Regions))
	case inject.LastSync:
		return t.checkAccount(f.Account)
	}
	return fmt.Errorf("%T is a fault that is not known here", f)
}

// places are where a caller may stand.
func (t Topology) places() []string {
	return append(append(slices.Clone(t.Regions), Outside), t.processes()...)
}

func (t Topology) processes() []string {
	all := make([]string, len(t.Processes))
	for i, p := range t.Processes {
		all[i] = p.Name
	}
	return all
}

func (t Topology) clocks() []string {
	if len(t.Clocks) == 0 {
		return slices.Concat(t.Regions, t.processes())
	}
	return t.Clocks
}

func (t Topology) accounts() []string {
	all := make([]string, len(t.Accounts))
	for i, a := range t.Accounts {
		all[i] = a.Name
	}
	return all
}

// checkAccount wants an account that replicates.
func (t Topology) checkAccount(name string) error {
	i := slices.IndexFunc(t.Accounts, func(a Account) bool { return a.Name == name })
	switch {
	case i < 0:
		return known("account", name, t.accounts())
	case !t.Accounts[i].Geo():
		return fmt.Errorf("account %s is local to %s and never replicates; name a geo-redundant one", name,
			t.Accounts[i].Primary)
	}
	return nil
}

func (t Topology) checkService(name string) error { return maybe("service", name, t.services()) }

func (t Topology) services() []string {
	if len(t.Services) == 0 {
		return inject.Services()
	}
	return t.Services
}

// checkCondition refuses patterns that nothing here matches.
func (t Topology) checkCondition(c inject.Condition) error {
	switch c := c.(type) {
	case inject.And:
		return errors.Join(t.checkCondition(c.Left), t.checkCondition(c.Right))
	case inject.Or:
		return errors.Join(t.checkCondition(c.Left), t.checkCondition(c.Right))
	case inject.Not:
		return t.checkCondition(c.Of)
	case inject.Match:
		return errors.Join(matched("place", c.From, t.places()), matched("region", c.To, t.Regions),
			matched("service", c.Service, t.services()), matched("account", c.Account, t.accounts()))
	}
	return nil
}

// matched wants a pattern that one of the names matches.
func matched(what, pattern string, names []string) error {
	if slices.ContainsFunc(names, func(n string) bool { return inject.Matches(pattern, n) }) {
		return nil
	}
	return maybe(what, pattern, names)
}

// maybe wants a name that there is, or none.
func maybe(what, name string, names []string) error {
	if name == "" {
		return nil
	}
	return known(what, name, names)
}

// known wants a name that there is.
func known(what, name string, names []string) error {
	switch {
	case slices.Contains(names, name):
		return nil
	case len(names) == 0:
		return fmt.Errorf("%s %q: there is no %s here", what, name, what)
	}
	return words.Unknown(what, name, names)
}
