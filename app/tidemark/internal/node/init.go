package node

import (
	"errors"
	"fmt"
	"time"

	"tidemark/app/compose"
	"tidemark/app/tidemark/internal/console"
)

// Init makes what a storage needs.
type Init struct {
	Region  string          `help:"Region that the journal and the queue are in." default:"east" placeholder:"NAME"`
	Bound   time.Duration   `name:"accept-bound" help:"Longest time between a block's stamp and its being stored, for all nodes of this journal." default:"2m"`
	Storage compose.Storage `embed:"" group:"Storage"`

	Wait       time.Duration `help:"How long to wait at most until accounts have replicated what is written down of them, when one is added." default:"1h"`
	NewJournal bool          `help:"The storage goes on with this journal in the place of the one that it had, and gives up what that holds and was not compacted. Stop all nodes first."`

	Converted bool `help:"The account was converted to what --replication says. Stop all nodes first, and start them with the same."`
}

// Run is tidemark init.
func (c *Init) Run(e *console.Environment) error {
	cfg := compose.Default()
	cfg.Node.Region, cfg.Writing.Bound, cfg.Storage = c.Region, c.Bound, c.Storage
	if err := cfg.Validate(); err != nil {
		return console.ConfigError{Err: err}
	}
	if c.Wait <= 0 {
		return console.ConfigError{Err: fmt.Errorf("--wait is %s: it has to be more than 0", c.Wait)}
	}
	if c.Converted {
		if !c.Storage.Azure() {
			return console.ConfigError{Err: errors.New(
				"--converted is given and --account is not: only an account can be converted")}
		}
		if err := compose.Convert(e.Context, cfg); err != nil {
			return err
		}
	}
	how := compose.Initialisation{Wait: c.Wait, NewJournal: c.NewJournal, Say: e.Say}
	place, err := how.Run(e.Context, cfg)
	if err != nil {
		return err
	}
	if text := c.Storage.Warning(); text != "" {
		e.Say("Mind that %s.", text)
	}
	if place.Peer.Region == "" {
		e.Say("The journal of region %s (generation %s) in %s is ready: start nodes with the same settings.",
			place.Region, place.Generation, whereabouts(c.Storage))
		return nil
	}
	e.Say("The journals of region %s (generation %s) and region %s (generation %s) are a pair and ready: start nodes "+
		"in "+
		"both regions with the same settings, each with its own region's journal first.", place.Region,
		place.Generation,
		place.Peer.Region, place.Peer.Generation)
	if signer := compose.Signer(place); signer != "" {
		e.Say("Certificates of loss of this storage are signed by %s: keep that with your runbook.", signer)
	}
	return nil
}
