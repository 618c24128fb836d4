// Package up is tidemark up: the simulated cloud of two regions with a node in each, an edge in front of them, and
// real data. It is where the program and the simulator meet.
package up

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"tidemark/app/compose"
	"tidemark/app/tidemark/internal/cloud"
	"tidemark/app/tidemark/internal/console"
	"tidemark/app/tidemark/internal/node"
	"tidemark/app/tidemark/internal/weather"
	"tidemark/simulator/azurite"
	"tidemark/simulator/control"
	"tidemark/simulator/topology"
)

// Command runs everything on this machine: two simulated regions, in each a node with both roles, and an edge in
// front of them.
type Command struct {
	Listen  string      `help:"Address of the edge, in front of both regions; port 0 takes a free one." default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
	Control string      `help:"Address of the simulator's control API; port 0 takes a free one. 127.0.0.1:8090 when empty, or a free port where that is taken." placeholder:"HOST:PORT"`
	Folder  string      `help:"Folder in which the storage of both regions keeps its data; memory when empty." placeholder:"FOLDER"`
	Lag     string      `help:"How far the account's secondary lags behind, as tidemark sim lag has it." default:"log-normal median 2s sigma 0.6" placeholder:"MODEL"`
	Weather *bool       `help:"Import the weather of Seattle, 32,121 readings, once. A folder that holds other data gets it only when this is given." negatable:""`
	Log     compose.Log `embed:"" group:"Logs"`
}

// topology is that of up.
func (c *Command) topology() topology.Config {
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
func (c *Command) Run(e *console.Environment) (err error) {
	e.Records = c.Log.Format == "json"
	cfg := c.topology()
	if err := cfg.Validate(); err != nil {
		return console.ConfigError{Err: flagged(err)}
	}
	w, err := weather.Open(cfg.Folder, cfg.Kept, c.Weather)
	if err != nil {
		return err
	}
	e.Say("starting the storage of two regions (Azurite %s; npm installs it the first time) ...", azurite.Version)
	sim, err := topology.Start(e.Context, cfg, func(string, ...any) {})
	if err != nil {
		return flagged(err)
	}
	defer func() { err = errors.Join(err, sim.Close()) }()
	nodes, err := newNodes(e, sim, c.Log)
	defer func() { err = errors.Join(err, stopNodes(nodes)) }()
	if err != nil {
		return err
	}
	server, err := control.Start(sim)
	if err != nil {
		return flagged(err)
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	if err := openNodes(e, sim, nodes); err != nil {
		return err
	}
	sim.SetService(service(sim))
	a := addresses(sim)
	if err := w.Fill(e, a.Edge); err != nil {
		return err
	}
	if err := cloud.PrintReady(e, a); err != nil {
		return err
	}
	e.Greet(greeting(a, w.In()))
	return keepNodes(e, nodes)
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

// service is what runs here, for those who give orders to the simulator.
func service(sim *topology.Simulation) topology.Service {
	s := topology.Service{Name: "tidemark", Account: sim.Addresses().Account, Nodes: []string{}}
	for _, r := range sim.Config().Regions {
		s.Nodes = append(s.Nodes, r.Name)
	}
	s.Journals = s.Nodes
	return s
}

// addresses are where everything is. The APIs are as somebody outside of the regions reaches them: not, when their
// region is out.
func addresses(sim *topology.Simulation) topology.Addresses {
	a := sim.Addresses()
	for name, r := range a.Regions {
		if at, ok := sim.ComputeAt(name, "outside"); ok {
			r.API = "http://" + at
		}
		a.Regions[name] = r
	}
	return a
}

// greeting says what to try, with the weather in it or without.
func greeting(a topology.Addresses, weather bool) string {
	first := "  curl -s '" + a.Edge + "/v1/latest?source=seattle'\n"
	if !weather { // there is nothing to read yet
		first = node.Examples(a.Edge, node.Tour[:2])
	}
	flag := cloud.ControlFlag(a)
	return fmt.Sprintf(`Everything runs, in two regions. Try:
%s%s/docs describes the rest. Lose a region, in another terminal:
  tidemark sim watch%s
  tidemark sim outage east --for 30s%s
Stop it with Ctrl-C.`, first, a.Edge, flag, flag)
}
