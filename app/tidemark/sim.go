package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"tidemark/simulator/control"
	"tidemark/simulator/topology"
)

// simCommand is everything about the simulator.
type simCommand struct {
	Up       simUpCommand       `cmd:"" help:"Run a simulated cloud: two regions, a geo-redundant storage account over them, and the control API. Prints one JSON line when it is ready."`
	Example  simExampleCommand  `cmd:"" help:"Print a topology file with every field explained: tidemark sim example > cloud.yaml."`
	Status   simStatusCommand   `cmd:"" help:"Show the regions, the accounts and what is wrong with them."`
	Watch    simWatchCommand    `cmd:"" help:"Show the same live, with the latest events."`
	Lag      simLagCommand      `cmd:"" help:"Change how far the secondary lags behind: tidemark sim lag 'constant 30s' --table orders."`
	Pause    simPauseCommand    `cmd:"" help:"Stop replication: the Last Sync Time stands still."`
	Resume   simResumeCommand   `cmd:"" help:"Let replication go on."`
	Outage   simOutageCommand   `cmd:"" help:"Lose a region, or a way between places: tidemark sim outage east --for 30s."`
	Heal     simHealCommand     `cmd:"" help:"End outages."`
	Failover simFailoverCommand `cmd:"" help:"Fail the account over to its secondary; waits until it is done."`
	Reenable simReenableCommand `cmd:"" help:"Make an account geo-redundant again after an unplanned failover; waits until it is live."`
	Fault    simFaultCommand    `cmd:"" help:"Add a rule for single calls: tidemark sim fault 'status 503 ServerBusy if service=table p=0.5'. Without one: list them."`
	Run      simRunCommand      `cmd:"" help:"Carry a schedule of faults out, a fault a line as 'at 5s for 30s region east out: hang': tidemark sim run FILE. Says what happens, and ends with it."`
}

// controlled is a command that gives orders to a running simulator.
type controlled struct {
	Control string `help:"Address of the simulator's control API." default:"127.0.0.1:8090" placeholder:"HOST:PORT"`
}

func (c controlled) client() *control.Client { return &control.Client{URL: c.Control} }

// chosen is a command about one account.
type chosen struct {
	controlled
	Account string `help:"The storage account; the geo-redundant one when empty." placeholder:"NAME" env:"-"`
}

// account is the name of the account that is meant.
func (c chosen) account(ctx context.Context) (string, error) {
	if c.Account != "" {
		return c.Account, nil
	}
	all, err := c.client().Accounts(ctx)
	if err != nil {
		return "", err
	}
	var geo []string
	for _, a := range all {
		if a.Kind == "geo" {
			geo = append(geo, a.Name)
		}
	}
	if len(geo) != 1 {
		return "", usageError{fmt.Errorf("which account? Name one with --account: there is %s",
			or(strings.Join(geo, ", "), "no geo-redundant one"))}
	}
	return geo[0], nil
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// simUpCommand runs a topology.
type simUpCommand struct {
	File    string `arg:"" optional:"" help:"Topology in YAML; two regions 30 ms apart when empty (tidemark sim example prints it)."`
	Control string `help:"Address of the control API, over the file's; port 0 takes a free one. When neither says it is 127.0.0.1:8090, or a free port where that is taken." placeholder:"HOST:PORT"`
	Folder  string `help:"Folder in which the data and the roles are kept, over the file's; memory when empty." placeholder:"FOLDER"`
}

// Run is tidemark sim up. Children end when this process does, however that is.
func (c *simUpCommand) Run(e *environment) (err error) {
	cfg := topology.Default()
	if c.File != "" {
		cfg, err = topology.Load(c.File)
		if errors.Is(err, fs.ErrNotExist) {
			return usageError{
				fmt.Errorf("there is no file %s: name one that is there; `tidemark sim example > %s` writes one",
					c.File, c.File)}
		}
		if err != nil {
			return configError{err}
		}
	}
	cfg.Control.Listen, cfg.Folder = or(c.Control, cfg.Control.Listen), or(c.Folder, cfg.Folder)
	if err := cfg.Validate(); err != nil {
		return configError{err}
	}
	sim, server, err := startSimulation(e, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close(), sim.Close()) }()
	if err := printReady(e, sim.Addresses()); err != nil {
		return err
	}
	e.say("%s", simGreeting(sim.Addresses(), primaryOf(cfg)))
	<-e.ctx.Done()
	e.say("stopping; a second signal ends at once")
	return nil
}

// printReady prints the line that scripts read. What callers outside of the regions use is not in it: GET /addresses
// of the control API has it.
func printReady(e *environment, a topology.Addresses) error {
	a.Outside = nil
	return json.NewEncoder(e.stdout).Encode(a)
}

// primaryOf is the region in which the account begins that the ready line is about.
func primaryOf(cfg topology.Config) string {
	a, _ := cfg.Main()
	return or(a.Primary, a.Region)
}

// startSimulation starts a topology with its control API.
func startSimulation(e *environment, cfg topology.Config) (*topology.Simulation, *control.Server, error) {
	sim, err := topology.Start(e.ctx, cfg, e.say)
	if err != nil {
		return nil, nil, err
	}
	server, err := control.Start(sim)
	if err != nil {
		return nil, nil, errors.Join(err, sim.Close())
	}
	return sim, server, nil
}

// simExampleCommand prints a topology.
type simExampleCommand struct{}

// Run is tidemark sim example.
func (*simExampleCommand) Run(e *environment) error {
	_, err := e.stdout.Write([]byte(topology.Example()))
	return err
}

// length is a duration of a flag as the API takes it.
func length(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return d.String()
}
