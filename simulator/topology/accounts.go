package topology

import (
	"fmt"
	"slices"
	"time"

	"tidemark/simulator/gateway"
	"tidemark/simulator/georep"
	"tidemark/simulator/topology/internal/roles"
)

// openAccounts makes the gateway and the accounts on it.
func (s *Simulation) openAccounts() (err error) {
	pages, err := gateway.ParsePages(s.config.Queries.Pages)
	if err != nil {
		return err
	}
	o := gateway.Options{Stores: map[georep.Region]gateway.Store{}, Network: s.network, Faults: s.faults,
		Targets:     gateway.Targets{Account: s.config.Targets.Account, Partition: s.config.Targets.Partition},
		Comparisons: s.config.Queries.Comparisons, Pages: pages, Seed: s.config.Seed}
	for _, r := range s.regions {
		o.Stores[georep.Region(r.config.Name)] = r.store()
	}
	older := slices.ContainsFunc(s.config.Regions, func(r Region) bool { return r.Azurite.Mode == modeAttach })
	if s.roles, err = roles.Open(s.config.Folder, s.config.regionNames(), older); err != nil {
		return err
	}
	o.Clock = func(r georep.Region) time.Time {
		now := time.Now()
		return now.Add(s.clocks.Ahead(string(r), now))
	}
	o.Observe = func(e gateway.Event) {
		s.events.add(e)
		s.roles.Heard(e.Kind)
	}
	if s.gateway, err = gateway.New(o); err != nil {
		return err
	}
	for i, a := range s.config.Accounts {
		if err := s.openAccount(i, a); err != nil {
			return fmt.Errorf("account %s: %w", a.Name, err)
		}
	}
	s.roles.Keep(s.gateway)
	return nil
}

func (s *Simulation) openAccount(i int, a Account) error {
	lag, err := georep.ParseLag(a.Lag)
	if err != nil {
		return err
	}
	o := gateway.AccountOptions{Name: a.Name, Key: a.Key, CopyRate: a.CopyRate, PlannedReads: a.PlannedReads,
		Geo: georep.Options{
			Primary: georep.Region(or(a.Primary, a.Region)), Secondary: georep.Region(a.Secondary),
			Lag: lag, Seed: s.config.Seed + uint64(i), MaxBacklog: a.MaxBacklog,
			Windows: georep.Windows{Announce: a.Windows.Announce, Down: a.Windows.Down, Complete: a.Windows.Complete,
				GiveUp: a.Windows.GiveUp}}}
	opened, err := s.gateway.AddAccount(s.roles.Restore(o))
	if err != nil {
		return err
	}
	for _, l := range a.Lags {
		lag, err := georep.ParseLag(l.Lag)
		if err != nil {
			return err
		}
		opened.SetLag(l.scope(), lag)
	}
	return nil
}
