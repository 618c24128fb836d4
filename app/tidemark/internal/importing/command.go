// Package importing is tidemark import: it looks at every file, with --atomic reads all of them as the node will,
// sends one after the other, and says what became of each and which rows do not stand.
//
// From the bottom: progress, and what is told (made, units, repeats, summary); list, the files; rehearsal and send, the
// two ways through them; text, for what comes with the program; command.
package importing

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"tidemark/app/tidemark/internal/console"
	"tidemark/app/tidemark/internal/files"
	"tidemark/app/tidemark/internal/upload"
	"tidemark/domain/telemetry/readings"
)

// statuses are the exit statuses of import.
const statuses = `Exit statuses:
  0  all was stored, and stands
  1  it failed, and the last line on standard error says why. What was sent
     before may be stored; sending it again is harmless. With --atomic nothing
     was sent, or it broke off later, and says so
  2  the command line is wrong
  3  it came to its end, and some readings were not accepted, or a file had no
     number in it
  4  it came to its end and all was accepted, but rows overwrite others, or a
     local time may be two and was guessed, or not all rows could be compared:
     standard error names them behind "warning:"`

// Command sends files to a node.
type Command struct {
	Files  []string `arg:"" name:"file" help:"Files of readings. Their endings say how they are written: .csv, .tsv, .ndjson, .jsonl, .json, .lp or .line (line protocol), also with .gz or .zst behind them; - is standard input."`
	Format string   `help:"How the files are written, whatever their names are: csv, ndjson, json or line (line protocol). Standard input is CSV when empty." enum:"csv,ndjson,json,line," default:"" placeholder:"FORMAT"`
	URL    string   `name:"url" help:"The node." default:"http://127.0.0.1:8080" placeholder:"URL"`
	Source string   `help:"Source of the readings of a CSV file that has no column of sources, or one that --skip-columns leaves out; the file's name without its ending when empty." placeholder:"NAME"`
	files.Columns
	upload.Tags
	TZ        string        `name:"tz" help:"Zone of CSV times that do not say one, as Europe/Berlin; UTC when empty. Of a local time that occurs twice, because clocks went back, the order of a file's records tells which it is; where it does not, the first is taken, and the record is named." placeholder:"ZONE"`
	Precision string        `help:"Unit of times that are numbers: ns, us, ms or s. When empty it is ns, and numbers that would lie before 1971 are not accepted." enum:"ns,us,ms,s," default:"" placeholder:"UNIT"`
	Token     string        `help:"Token of the tenant." placeholder:"TOKEN"`
	Atomic    bool          `help:"All or nothing: every file is read as the node would read it before the first is sent, and one row that is not acceptable, one that gives another value for a series and time than an earlier one, or one local time that may be two refuses them all. Not for standard input."`
	Batch     int           `help:"Records of one request." default:"5000" placeholder:"N"`
	Patience  time.Duration `help:"How long to try again while the node does not take readings." default:"1m"`
}

// Help is what --help says beside the flags.
func (c *Command) Help() string { return statuses }

// Run is tidemark import. Every file is looked at before the first is sent.
func (c *Command) Run(e *console.Environment) error {
	to, err := c.check()
	if err != nil {
		return console.UsageError{Err: err}
	}
	l := newList(c.Files, c.options())
	if err := l.look(e); err != nil {
		return err
	}
	if err := c.idle(l); err != nil {
		return err
	}
	node := upload.New(upload.Settings{URL: to, Token: c.Token, Zone: c.TZ, Precision: c.Precision, Tags: c.Tags,
		Atomic: c.Atomic, Patience: c.Patience, Say: e.Say})
	defer node.Close()
	if c.Atomic {
		if err := rehearse(e, node, l); err != nil {
			return err
		}
	}
	s := sender{node: node, repeats: newRepeats(readings.MaxRemembered)}
	defer s.repeats.say(e)
	return s.sendAll(e, l)
}

// options are what the flags say of the files.
func (c *Command) options() files.Options {
	return files.Options{Format: c.Format, Source: c.Source, Columns: c.Columns, TZ: c.TZ, Precision: c.Precision,
		Batch: c.Batch}
}

// check refuses flags that do not do. It gives the address of the node.
func (c *Command) check() (node string, err error) {
	if c.Batch < 1 {
		return "", fmt.Errorf("--batch is %d: it has to be at least 1", c.Batch)
	}
	if c.Patience < 0 {
		return "", fmt.Errorf("--patience is %s: it must not be negative", c.Patience)
	}
	if node, err = nodeURL(c.URL); err != nil {
		return "", err
	}
	switch n := slices.Index(c.Files, files.StandardInput); {
	case n >= 0 && slices.Contains(c.Files[n+1:], files.StandardInput):
		return "", errors.New("standard input (-) is named twice, and can be read only once: name it once")
	case n >= 0 && c.Atomic:
		return "", errors.New("--atomic reads all before it sends anything, and standard input (-) can be read only " +
			"once: write it to a file first")
	}
	if err := c.options().Check(); err != nil {
		return "", err
	}
	return node, c.Tags.Check()
}

// nodeURL is the address of a node without a slash at its end. http is meant where no scheme is written.
func nodeURL(text string) (string, error) {
	full := text
	if !strings.Contains(full, "://") {
		full = "http://" + full
	}
	u, err := url.Parse(full)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", fmt.Errorf("--url is %q: write the address of a node, as http://127.0.0.1:8080", text)
	}
	return strings.TrimRight(full, "/"), nil
}

// idle refuses flags about CSV files where none of the files is one.
func (c *Command) idle(l *list) error {
	if l.has(files.CSV) {
		return nil
	}
	for _, f := range []struct {
		name  string
		given bool
	}{{"source", c.Source != ""}, {"source-column", c.SourceColumn != nil}, {"time-column", c.TimeColumn != nil},
		{"label-columns", c.LabelColumns != nil}, {"value-columns", c.ValueColumns != nil},
		{"skip-columns", c.SkipColumns != nil}, {"decimal-comma", c.DecimalComma}} {
		if f.given {
			return console.Usagef("--%s is about CSV files, and none of the files is one: "+
				"leave it out, or give --format csv", f.name)
		}
	}
	return nil
}
