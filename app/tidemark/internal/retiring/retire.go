package retiring

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"tidemark/app/compose"
	"tidemark/app/tidemark/internal/console"
	"tidemark/domain/loss"
)

// Retire gives up the journal of the other region.
type Retire struct {
	Region  string          `help:"Region of the journal that survives." default:"east" placeholder:"NAME"`
	Bound   time.Duration   `name:"accept-bound" help:"As the nodes have it." default:"2m"`
	Storage compose.Storage `embed:"" group:"Storage"`

	Yes             bool      `help:"Retire it. Without this it is only said what would be lost." env:"-"`
	Certificate     string    `help:"File for the certificate of what is lost; it must not exist. Default: loss-of-REGION-TIME.json in the working folder." placeholder:"FILE" env:"-"`
	LostAt          time.Time `name:"lost-at" help:"When the other region acknowledged for the last time at the latest, as 2026-01-31T12:00:00Z. Without it: when this command reads the surviving journal." placeholder:"TIME" env:"-"`
	EvenAt          time.Time `name:"even-at" help:"The last pair.even that a node's /v1/status said, as 2026-01-31T12:00:00Z: up to then both journals had everything. Without it the certificate says what the last sweep wrote into the journal that is left." placeholder:"TIME" env:"-"`
	EvenIfItAnswers bool      `name:"even-if-it-answers" help:"Retire a journal that answers, or refuses; what it alone has is given up." env:"-"`
}

// Run is tidemark retire.
func (c *Retire) Run(e *console.Environment) error {
	cfg := compose.Default()
	cfg.Node.Region, cfg.Writing.Bound, cfg.Storage = c.Region, c.Bound, c.Storage
	if err := cfg.Validate(); err != nil {
		return console.ConfigError{Err: err}
	}
	if !c.Storage.Paired() {
		return console.ConfigError{Err: errors.New("--peer-journal-account is not given: give the settings that the " +
			"nodes of this region had, with the journal that is gone as --peer-journal-account")}
	}
	how := compose.Retirement{LastAck: c.LostAt, Even: c.EvenAt, EvenIfItAnswers: c.EvenIfItAnswers}
	if !c.Yes {
		return c.advise(e, how, cfg)
	}
	var file string
	done, err := how.Run(e.Context, cfg, func(made loss.Certificate) (err error) {
		if file, err = c.keep(made); err == nil {
			_, err = e.Stdout.Write(made.Bytes())
		}
		return err
	})
	if err != nil {
		return err
	}
	if done.Before {
		e.Say("%s", before(done.Place.Retired[len(done.Place.Retired)-1].Region, done.Place.Region))
		return nil
	}
	e.Say("The journal of region %s is retired. What is lost with it stands in %s: keep that file, it is nowhere "+
		"else. Start nodes with the journal of region %s alone, without the settings of the other; for a new one "+
		"beside it see docs/operations.md, \"A region is gone for good\".", done.Certificate.Gone.Region, file,
		done.Place.Region)
	return nil
}

func before(gone, survivor string) string {
	return fmt.Sprintf("The journal of region %s was retired before, and nothing is left to do. Start nodes with the "+
		"journal of region %s alone.", gone, survivor)
}

// advise says what is at stake.
func (c *Retire) advise(e *console.Environment, how compose.Retirement, cfg compose.Config) error {
	would, err := how.Look(e.Context, cfg)
	if err != nil {
		return err
	}
	if would.Before {
		e.Say("%s", before(would.Place.Retired[len(would.Place.Retired)-1].Region, would.Place.Region))
		return nil
	}
	fmt.Fprint(e.Stdout, tell(would.Certificate))
	e.Say("Nothing has been changed. If the journal of region %s can come back, wait for it: what it alone has is "+
		"copied then, and nothing is lost. If it is gone for good, stop every node and run this again with --yes: "+
		"it never comes back after that.", would.Certificate.Gone.Region)
	return nil
}

// keep writes the certificate to a file that does not exist yet, whole or not at all.
func (c *Retire) keep(made loss.Certificate) (file string, err error) {
	file = cmp.Or(c.Certificate, fmt.Sprintf("loss-of-%s-%s.json", made.Gone.Region,
		made.ReadAt.Format("20060102T150405Z")))
	part, err := os.CreateTemp(filepath.Dir(file), ".certificate-*")
	if err != nil {
		return file, err
	}
	defer os.Remove(part.Name())
	_, err = bytes.NewReader(made.Bytes()).WriteTo(part)
	if err = errors.Join(err, part.Sync(), part.Close()); err != nil {
		return file, err
	}
	if err := os.Link(part.Name(), file); err != nil { // unlike a rename it takes no file's place
		if errors.Is(err, os.ErrExist) {
			return file, fmt.Errorf("the file %s is there already: nothing was retired. Name another one with "+
				"--certificate",
				file)
		}
		return file, err
	}
	return file, nil
}
