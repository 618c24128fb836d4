package topology

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"tidemark/simulator/azurite"
	"tidemark/simulator/gateway"
	"tidemark/simulator/georep"
	"tidemark/simulator/inject"
	"tidemark/simulator/network"
)

// Progress is told what goes on, a sentence at a time. nil hears nothing.
type Progress func(format string, args ...any)

// Simulation is a topology that runs. It is safe for concurrent use.
type Simulation struct {
	config  Config
	told    Progress
	network *network.Network
	faults  *inject.Engine
	clocks  inject.Clocks // of the regions' storages
	gateway *gateway.Gateway
	events  *Events
	regions []*region
	places  []*vantage
	keeper  *keeper
	lock    *azurite.Lock // of the folder; nil: none is taken

	mu      sync.Mutex
	compute map[string]*compute // by name
	edge    *front
	control string
	service *Service // nil: nobody has said what runs here
	closed  bool
	timers  map[string]*time.Timer // by the outage that they end
}

// Start starts everything that the topology has. The context bounds the start, not the life. After an error nothing
// is left.
func Start(ctx context.Context, c Config, told Progress) (_ *Simulation, err error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	c = c.complete()
	if told == nil {
		told = func(string, ...any) {}
	}
	s := &Simulation{config: c, told: told, events: newEvents(), compute: map[string]*compute{},
		timers: map[string]*time.Timer{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if err := s.ground(); err != nil {
		return nil, err
	}
	if err := s.listen(); err != nil { // first of all: a port that is taken is told before anything has started
		return nil, err
	}
	if err := s.lockFolder(ctx); err != nil {
		return nil, err
	}
	if err := s.startRegions(ctx); err != nil {
		return nil, err
	}
	if err := s.openAccounts(); err != nil {
		return nil, err
	}
	for _, v := range s.places {
		v.serve(s.gateway)
	}
	return s, s.startEdge(ctx)
}

// ground makes the network and the faults, with what there is from the beginning.
func (s *Simulation) ground() error {
	o := network.Options{Distance: map[[2]network.Place]time.Duration{}, Jitter: s.config.Jitter, Seed: s.config.Seed}
	for _, r := range s.config.Regions {
		o.Regions = append(o.Regions, network.Place(r.Name))
	}
	for _, d := range s.config.Distances {
		from, to := network.Place(d.From), network.Place(d.To)
		if d.RTT > 0 {
			o.Distance[[2]network.Place{from, to}], o.Distance[[2]network.Place{to, from}] = d.RTT/2, d.RTT/2
			continue
		}
		o.Distance[[2]network.Place{from, to}] = d.OneWay
	}
	var err error
	if s.network, err = network.New(o); err != nil {
		return err
	}
	for _, out := range s.config.Outages {
		if _, err := s.network.Begin(out.outage()); err != nil {
			return err
		}
	}
	s.faults = inject.New(s.config.Seed)
	rules := make([]inject.Rule, len(s.config.Faults))
	for i, text := range s.config.Faults {
		if rules[i], err = inject.ParseRule(text); err != nil {
			return err
		}
	}
	return s.faults.Set(rules)
}

// lockPatience is how long a folder that is in use is waited for. A variable for tests.
var lockPatience = 15 * time.Second

// lockAgain is how long to wait before its lock is tried again.
const lockAgain = 100 * time.Millisecond

// lockFolder takes the folder for this simulation: two Azurites that keep their data in one file would each write
// over what the other has. It waits for those of an earlier simulation, which hold the lock until they have written
// their data, also when the simulator itself was killed.
func (s *Simulation) lockFolder(ctx context.Context) error {
	folder := s.config.Folder
	if folder == "" {
		return nil
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("folder %s: %w", folder, err)
	}
	path := filepath.Join(folder, ".lock") // no region has a dot in its name
	lock, err := azurite.TryLock(path)
	if errors.Is(err, azurite.ErrLocked) {
		s.told("waiting for the storage of an earlier simulator to write its data in %s ...", folder)
	}
	for late := time.Now().Add(lockPatience); errors.Is(err, azurite.ErrLocked) && time.Now().Before(late); lock,
		err = azurite.TryLock(path) {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(lockAgain):
		}
	}
	if errors.Is(err, azurite.ErrLocked) {
		return fmt.Errorf("the folder %s is in use by another simulator: end it, or use another folder", folder)
	}
	if err != nil {
		return fmt.Errorf("folder %s: %w", folder, err)
	}
	s.lock = lock
	return nil
}

// startRegions starts the storage and the cache of every region, side by side.
func (s *Simulation) startRegions(ctx context.Context) error {
	began := time.Now()
	s.told("starting the storage of %s ...", names(s.config.Regions))
	s.regions = make([]*region, len(s.config.Regions))
	failed := make([]error, len(s.regions))
	var all sync.WaitGroup
	for i, r := range s.config.Regions {
		s.regions[i] = &region{config: r, at: i, told: s.told, kept: s.config.Folder != "", hold: s.lock}
		all.Go(func() { failed[i] = s.regions[i].start(ctx, s.config) })
	}
	all.Wait()
	if err := errors.Join(failed...); err != nil {
		return err
	}
	for i, r := range s.regions {
		if r.cache == "" {
			continue
		}
		p, err := s.network.Proxy(net.JoinHostPort(s.config.Host, fmt.Sprint(r.config.Ports.Redis)), r.place(),
			r.place(), network.Redis, r.cache)
		if err != nil {
			return taken(fmt.Sprintf("regions[%d].ports.redis", i), fmt.Sprint(r.config.Ports.Redis), err)
		}
		r.proxy = p
	}
	s.told("storage and cache run after %s", time.Since(began).Round(100*time.Millisecond))
	return nil
}

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
	if s.keeper, err = openKeeper(s.config); err != nil {
		return err
	}
	o.Clock = func(r georep.Region) time.Time {
		now := time.Now()
		return now.Add(s.clocks.Ahead(string(r), now))
	}
	o.Observe = func(e gateway.Event) {
		s.events.add(e)
		s.keeper.heard(e.Kind)
	}
	if s.gateway, err = gateway.New(o); err != nil {
		return err
	}
	for i, a := range s.config.Accounts {
		if err := s.openAccount(i, a); err != nil {
			return fmt.Errorf("account %s: %w", a.Name, err)
		}
	}
	s.keeper.keep(s.gateway)
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
	opened, err := s.gateway.AddAccount(s.keeper.restore(o))
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

func names(regions []Region) string {
	text := ""
	for i, r := range regions {
		if i > 0 {
			text += ", "
		}
		text += r.Name
	}
	return text
}
