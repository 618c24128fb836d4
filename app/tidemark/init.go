package main

import (
	"tidemark/app/compose"
)

// initCommand makes what a storage needs.
type initCommand struct {
	Region  string          `help:"Region that the journal and the queue are in." default:"east" placeholder:"NAME"`
	Storage compose.Storage `embed:"" group:"Storage"`
}

// Run is tidemark init.
func (c *initCommand) Run(e *environment) error {
	cfg := compose.Default()
	cfg.Node.Region, cfg.Storage = c.Region, c.Storage
	if err := cfg.Validate(); err != nil {
		return configError{err}
	}
	place, err := compose.Initialise(e.ctx, cfg)
	if err != nil {
		return err
	}
	if text := c.Storage.Warning(); text != "" {
		e.say("Mind that %s.", text)
	}
	e.say("The journal of region %s (generation %s) in %s is ready: start nodes with the same settings.", place.Region, place.Generation, whereabouts(c.Storage))
	return nil
}
