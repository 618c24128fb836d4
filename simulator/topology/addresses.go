package topology

import (
	"tidemark/simulator/network"
)

// Addresses is the line that scripts read. Parts that do not exist are left out.
type Addresses struct {
	Ready   bool   `json:"ready"`
	Edge    string `json:"edge,omitempty"`
	Control string `json:"control,omitempty"`
	// the first geo-redundant account, or the first of all
	Account string                     `json:"account,omitempty"`
	Key     string                     `json:"key,omitempty"`
	Outside *RegionAddresses           `json:"outside,omitempty"` // as a caller in no region has them
	Regions map[string]RegionAddresses `json:"regions"`
}

// RegionAddresses are those of a vantage: the account's endpoints as seen from there, the region's local account and
// its Redis.
type RegionAddresses struct {
	API            string `json:"api,omitempty"`
	Table          string `json:"table,omitempty"`
	TableSecondary string `json:"tableSecondary,omitempty"`
	Queue          string `json:"queue,omitempty"`
	QueueSecondary string `json:"queueSecondary,omitempty"`
	Journal        string `json:"journal,omitempty"`
	Redis          string `json:"redis,omitempty"`
}

// Addresses says where everything is.
func (s *Simulation) Addresses() Addresses {
	a := Addresses{Ready: true, Regions: map[string]RegionAddresses{}}
	if account, ok := s.config.Main(); ok {
		a.Account, a.Key = account.Name, account.Key
	}
	for _, v := range s.places {
		if v.place == network.Outside {
			outside := s.seenFrom(v, a.Account)
			a.Outside = &outside
			continue
		}
		a.Regions[string(v.place)] = s.seenFrom(v, a.Account)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a.Control = s.control
	if s.front != nil {
		a.Edge = s.front.url(s.config)
	}
	return a
}

func (s *Simulation) seenFrom(v *vantage, account string) (a RegionAddresses) {
	if account != "" {
		a.Table, a.TableSecondary = s.endpoints(v, account, network.Table)
		a.Queue, a.QueueSecondary = s.endpoints(v, account, network.Queue)
	}
	if local, ok := s.config.Local(string(v.place)); ok {
		a.Journal, _ = s.endpoints(v, local.Name, network.Table)
	}
	for _, r := range s.regions {
		if r.place() == v.place && r.proxy != nil {
			a.Redis = s.config.Address(r.proxy.Addr())
		}
	}
	return a
}

// endpoints are those of an account's service, as seen from a vantage. An account that never was geo-redundant has no
// secondary.
func (s *Simulation) endpoints(v *vantage, account string, service network.Part) (primary, secondary string) {
	l := v.table
	if service == network.Queue {
		l = v.queue
	}
	primary = s.config.url(l.Addr()) + "/" + account
	for _, a := range s.config.Accounts {
		if a.Name == account && a.Geo() {
			secondary = primary + "-secondary"
		}
	}
	return primary, secondary
}

// Endpoints are the addresses of an account's service (table or queue) as callers of a place have them; the secondary
// is empty where there is none.
func (s *Simulation) Endpoints(account string, from network.Place,
	service network.Part) (primary, secondary string, err error) {
	for _, v := range s.places {
		if v.place == from {
			primary, secondary = s.endpoints(v, account, service)
			return primary, secondary, nil
		}
	}
	return "", "", s.config.noRegion(string(from))
}

// TableAndQueue are the primary endpoints of an account as callers of a region have them.
func (s *Simulation) TableAndQueue(account, from string) (table, queue string, err error) {
	if _, err := s.Account(account); err != nil {
		return "", "", err
	}
	if table, _, err = s.Endpoints(account, network.Place(from), network.Table); err != nil {
		return "", "", err
	}
	queue, _, err = s.Endpoints(account, network.Place(from), network.Queue)
	return table, queue, err
}
