// Package cloud is tidemark sim up and sim example: a simulated cloud in this process, for programs of others.
package cloud

import (
	"cmp"
	"encoding/json"
	"errors"
	"io/fs"

	"tidemark/app/tidemark/internal/console"
	"tidemark/simulator/control"
	"tidemark/simulator/topology"
)

// Up runs a topology.
type Up struct {
	File    string `arg:"" optional:"" help:"Topology in YAML; two regions 30 ms apart when empty (tidemark sim example prints it)."`
	Control string `help:"Address of the control API, over the file's; port 0 takes a free one. When neither says it is 127.0.0.1:8090, or a free port where that is taken." placeholder:"HOST:PORT"`
	Folder  string `help:"Folder in which the data and the roles are kept, over the file's; memory when empty." placeholder:"FOLDER"`
}

// Run is tidemark sim up. Children end when this process does, however that is.
func (c *Up) Run(e *console.Environment) (err error) {
	cfg := topology.Default()
	if c.File != "" {
		cfg, err = topology.Load(c.File)
		if errors.Is(err, fs.ErrNotExist) {
			return console.Usagef("there is no file %s: name one that is there; `tidemark sim example > %s` writes one",
				c.File, c.File)
		}
		if err != nil {
			return console.ConfigError{Err: err}
		}
	}
	cfg.Control.Listen, cfg.Folder = cmp.Or(c.Control, cfg.Control.Listen), cmp.Or(c.Folder, cfg.Folder)
	if err := cfg.Validate(); err != nil {
		return console.ConfigError{Err: err}
	}
	sim, server, err := startSimulation(e, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close(), sim.Close()) }()
	if err := PrintReady(e, sim.Addresses()); err != nil {
		return err
	}
	e.Say("%s", greeting(sim.Addresses(), primaryOf(cfg)))
	<-e.Context.Done()
	e.Say("stopping; a second signal ends at once")
	return nil
}

// PrintReady prints the line that scripts read. What callers outside of the regions use is not in it: GET /addresses
// of the control API has it.
func PrintReady(e *console.Environment, a topology.Addresses) error {
	a.Outside = nil
	return json.NewEncoder(e.Stdout).Encode(a)
}

// primaryOf is the region in which the account begins that the ready line is about.
func primaryOf(cfg topology.Config) string {
	a, _ := cfg.Main()
	return cmp.Or(a.Primary, a.Region)
}

// startSimulation starts a topology with its control API.
func startSimulation(e *console.Environment, cfg topology.Config) (*topology.Simulation, *control.Server, error) {
	sim, err := topology.Start(e.Context, cfg, e.Say)
	if err != nil {
		return nil, nil, err
	}
	server, err := control.Start(sim)
	if err != nil {
		return nil, nil, errors.Join(err, sim.Close())
	}
	return sim, server, nil
}

// Example prints a topology.
type Example struct{}

// Run is tidemark sim example.
func (*Example) Run(e *console.Environment) error {
	_, err := e.Stdout.Write([]byte(topology.Example()))
	return err
}
