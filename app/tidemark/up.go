package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"tidemark/app/compose"
	"tidemark/simulator/azurite"
	"tidemark/simulator/control"
	"tidemark/simulator/topology"
)

// upCommand runs everything on this machine: two simulated regions, in each a node with both roles, and an edge in
// front of them.
type upCommand struct {
	Listen  string      `help:"Address of the edge, in front of both regions; port 0 takes a free one." default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
	Control string      `help:"Address of the simulator's control API; port 0 takes a free one. 127.0.0.1:8090 when empty, or a free port where that is taken." placeholder:"HOST:PORT"`
	Folder  string      `help:"Folder in which the storage of both regions keeps its data; memory when empty." placeholder:"FOLDER"`
	Lag     string      `help:"How far the account's secondary lags behind, as tidemark sim lag has it." default:"log-normal median 2s sigma 0.6" placeholder:"MODEL"`
	Weather *bool       `help:"Import the weather of Seattle, 32,121 readings, once. A folder that holds other data gets it only when this is given." negatable:""`
	Log     compose.Log `embed:"" group:"Logs"`
}

// upJournal is the region whose journal the nodes of both regions use, until there is one in each.
const upJournal = "east"

// upTimeout is how long a node works at one request at most. It is well below the edge's patience (30 s, Front
// Door's): the node's 503, which says what became of a write, has to arrive before the edge gives up with a 504,
// which cannot know.
const upTimeout = 15 * time.Second

// topology is that of up.
func (c *upCommand) topology() topology.Config {
	cfg := topology.Default()
	cfg.Folder, cfg.Control.Listen, cfg.Accounts[0].Lag = c.Folder, c.Control, c.Lag
	// The interval is below what Front Door allows (5 s): nobody wants to wait a minute for a switch on a laptop.
	cfg.Edge = &topology.Edge{Sites: []topology.Site{{Name: "edge", Listen: c.Listen}},
		Probe: topology.Probe{Path: "/health/ready", Interval: time.Second, Fast: true}}
	for i, r := range cfg.Regions {
		cfg.Edge.Origins = append(cfg.Edge.Origins, topology.Origin{Name: r.Name, Region: r.Name, Priority: i + 1})
	}
	return cfg
}

// Run is tidemark up. Children end when this process does, however that is.
func (c *upCommand) Run(e *environment) (err error) {
	e.records = c.Log.Format == "json"
	cfg := c.topology()
	if err := cfg.Validate(); err != nil {
		return configError{flagged(err)}
	}
	w, err := openWeather(cfg, c.Weather)
	if err != nil {
		return err
	}
	e.say("starting the storage of two regions (Azurite %s; npm installs it the first time) ...", azurite.Version)
	sim, err := topology.Start(e.ctx, cfg, func(string, ...any) {})
	if err != nil {
		return flagged(err)
	}
	defer func() { err = errors.Join(err, sim.Close()) }()
	nodes, err := c.nodes(e, sim)
	defer func() { err = errors.Join(err, stopNodes(nodes)) }()
	if err != nil {
		return err
	}
	server, err := control.Start(sim)
	if err != nil {
		return flagged(err)
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	if err := c.open(e, sim, nodes); err != nil {
		return err
	}
	sim.SetService(c.service(sim))
	a := c.addresses(sim)
	if err := w.fill(e, a.Edge); err != nil {
		return err
	}
	if err := printReady(e, a); err != nil {
		return err
	}
	e.greet(upGreeting(a, w.in()))
	return c.keep(e, nodes)
}

// flags are those of up in whose place settings of the topology stand.
var flags = strings.NewReplacer("edge.sites[0].listen:", "--listen:", "control.listen:", "--control:",
	"accounts[0].lag:", "--lag:")

// inFlags is an error whose text names flags.
type inFlags struct {
	error
	text string
}

func (e inFlags) Error() string { return e.text }
func (e inFlags) Unwrap() error { return e.error }

// flagged names the flags of up where an error names settings of the topology.
func flagged(err error) error {
	if err == nil {
		return nil
	}
	return inFlags{err, flags.Replace(err.Error())}
}

// upNode is a node of a region.
type upNode struct {
	region string
	*compose.Node
}

// nodes makes the nodes of both regions, once the storage is initialised. They do not serve yet.
func (c *upCommand) nodes(e *environment, sim *topology.Simulation) ([]upNode, error) {
	var nodes []upNode
	for _, r := range sim.Config().Regions {
		cfg, err := c.config(sim, r.Name)
		if err == nil {
			err = cfg.Validate()
		}
		if err != nil {
			return nodes, configError{err}
		}
		if r.Name == upJournal {
			if _, err := compose.Initialise(e.ctx, cfg); err != nil {
				return nodes, err
			}
		}
		node, err := compose.New(e.ctx, cfg, version(), e.stderr)
		if err != nil {
			return nodes, err
		}
		nodes = append(nodes, upNode{r.Name, node})
	}
	return nodes, nil
}

// config is a node with both roles that stands in a region.
func (c *upCommand) config(sim *topology.Simulation, region string) (compose.Config, error) {
	a := sim.Addresses()
	seen, local := a.Regions[region], ""
	if account, ok := sim.Config().Local(upJournal); ok {
		local = account.Name
	}
	journal, queue, err := sim.TableAndQueue(local, region)
	if err != nil {
		return compose.Config{}, err
	}
	cfg := compose.Default()
	cfg.Node.Name, cfg.Node.Region = "up-"+region, region
	cfg.HTTP.Listen, cfg.HTTP.Timeout = "127.0.0.1:0", upTimeout
	cfg.Log = c.Log
	s := &cfg.Storage
	s.Account, s.AccountKey, s.TableURL, s.TableSecondaryURL = a.Account, compose.Secret(a.Key), seen.Table,
		seen.TableSecondary
	s.Replication = compose.ReplicationRAGRS
	s.JournalAccount, s.JournalKey, s.JournalRegion, s.JournalURL, s.QueueURL = local, compose.Secret(a.Key), upJournal,
		journal, queue
	cfg.Cache.Redis = seen.Redis
	return cfg, nil
}

// open starts the nodes, side by side, and puts them behind the edge.
func (c *upCommand) open(e *environment, sim *topology.Simulation, nodes []upNode) error {
	began := time.Now()
	failed := make([]error, len(nodes))
	var all sync.WaitGroup
	for i, n := range nodes {
		all.Go(func() {
			if failed[i] = n.Start(e.ctx); failed[i] == nil {
				failed[i] = sim.SetCompute(n.region, strings.TrimPrefix(n.URL(), "http://"))
			}
		})
	}
	all.Wait()
	e.say("the nodes of both regions run after %s", time.Since(began).Round(time.Millisecond))
	return errors.Join(failed...)
}

// service is what runs here, for those who give orders to the simulator.
func (c *upCommand) service(sim *topology.Simulation) topology.Service {
	s := topology.Service{Name: "tidemark", Journal: upJournal, Account: sim.Addresses().Account, Nodes: []string{}}
	for _, r := range sim.Config().Regions {
		s.Nodes = append(s.Nodes, r.Name)
	}
	return s
}

// addresses are where everything is. The APIs are as somebody outside of the regions reaches them: not, when their
// region is out.
func (c *upCommand) addresses(sim *topology.Simulation) topology.Addresses {
	a := sim.Addresses()
	for name, r := range a.Regions {
		if at, ok := sim.ComputeAt(name, "outside"); ok {
			r.API = "http://" + at
		}
		a.Regions[name] = r
	}
	return a
}

// upGreeting says what to try, with the weather in it or without.
func upGreeting(a topology.Addresses, weather bool) string {
	first := "  curl -s '" + a.Edge + "/v1/latest?source=seattle'\n"
	if !weather { // there is nothing to read yet
		first = examples(a.Edge, tour[:2])
	}
	flag := controlFlag(a)
	return fmt.Sprintf(`Everything runs, in two regions. Try:
%s%s/docs describes the rest. Lose a region, in another terminal:
  tidemark sim watch%s
  tidemark sim outage east --for 30s%s
Stop it with Ctrl-C.`, first, a.Edge, flag, flag)
}

// keep runs until a signal comes or a node fails.
func (c *upCommand) keep(e *environment, nodes []upNode) error {
	ctx, cancel := context.WithCancel(e.ctx)
	defer cancel()
	failed := make(chan error, len(nodes))
	for _, n := range nodes {
		go func() {
			select {
			case err := <-n.Failed():
				failed <- fmt.Errorf("the node of %s: %w", n.region, err)
			case <-ctx.Done():
			}
		}()
	}
	select {
	case err := <-failed:
		return err
	case <-e.ctx.Done():
		e.say("stopping; a second signal ends at once")
		return nil
	}
}

// nodesPatience is how long the nodes may take to stop: what follows, the storage, has to have ended 5 seconds after
// the signal.
const nodesPatience = 2500 * time.Millisecond

// stopNodes stops the nodes, side by side. One that does not end in time is left behind: it ends with this process.
func stopNodes(nodes []upNode) error {
	done := make(chan error, len(nodes))
	for _, n := range nodes {
		go func() { done <- n.Stop() }()
	}
	late := time.NewTimer(nodesPatience)
	defer late.Stop()
	var failed []error
	for range nodes {
		select {
		case err := <-done:
			failed = append(failed, err)
		case <-late.C:
			return errors.Join(failed...)
		}
	}
	return errors.Join(failed...)
}
