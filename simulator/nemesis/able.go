package nemesis

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"tidemark/simulator/inject"
	"tidemark/simulator/inject/schedule"
	"tidemark/simulator/network"
	"tidemark/simulator/topology"
)

// check says what of a schedule there is not here, and what cannot be done.
func check(sim *topology.Simulation, s schedule.Schedule) error {
	if err := s.Validate(of(sim.Config())); err != nil {
		return err
	}
	var errs []error
	for _, e := range s {
		if why := unable(e.Fault); why != "" {
			errs = append(errs, fmt.Errorf("schedule: %s: this simulator cannot do it: %s", e, why))
		}
	}
	return errors.Join(errs...)
}

// of is what a topology has.
func of(c topology.Config) (t schedule.Topology) {
	for _, r := range c.Regions {
		t.Regions = append(t.Regions, r.Name)
		for _, process := range []string{topology.Azurite, topology.Redis} {
			t.Processes = append(t.Processes, schedule.Process{Name: r.Name + "/" + process, Region: r.Name,
				Store: process == topology.Azurite})
		}
	}
	for _, a := range c.Accounts {
		account := schedule.Account{Name: a.Name, Primary: a.Primary, Secondary: a.Secondary}
		if !a.Geo() {
			account.Primary = a.Region
		}
		t.Accounts = append(t.Accounts, account)
	}
	return t
}

// unable says why a fault cannot be carried out on a topology that runs; "" is that it can.
func unable(f inject.Fault) string {
	switch f := f.(type) {
	case inject.Disk:
		return "its processes have no disks of their own"
	case inject.Clock:
		if strings.Contains(f.Of, "/") {
			return "its processes have the clock of this machine; name a region, whose geo-redundant accounts " +
				"have its clock"
		}
	case inject.Cut:
		if strings.Contains(f.From+f.To, "/") {
			return "its network knows regions and " + string(network.Outside) + ", not processes"
		}
	case inject.Distance:
		if strings.Contains(f.From+f.To, "/") {
			return "its network knows regions and " + string(network.Outside) + ", not processes"
		}
	case inject.LastSync:
		if f.State == inject.Unavailable && f.Service != "" {
			return "the statistics of an account are unavailable for all its services, or for none"
		}
	}
	return ""
}

// target is the region and the process that a name as east/azurite names.
func target(name string) (region, process string) {
	i := strings.LastIndexByte(name, '/')
	return name[:max(i, 0)], name[i+1:]
}

// last is where an element is for the last time.
func last[T comparable](all []T, one T) int {
	for i, x := range slices.Backward(all) {
		if x == one {
			return i
		}
	}
	return -1
}
