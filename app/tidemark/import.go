package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"tidemark/domain/telemetry/readings"
)

// importCommand sends files to a node.
type importCommand struct {
	Files  []string `arg:"" name:"file" help:"Files of readings. Their endings say how they are written: .csv, .tsv, .ndjson, .jsonl, .json, .lp or .line (line protocol), also with .gz or .zst behind them; - is standard input."`
	Format string   `help:"How the files are written, whatever their names are: csv, ndjson, json or line (line protocol). Standard input is CSV when empty." enum:"csv,ndjson,json,line," default:"" placeholder:"FORMAT"`
	URL    string   `name:"url" help:"The node." default:"http://127.0.0.1:8080" placeholder:"URL"`
	Source string   `help:"Source of the readings of a CSV file that has no column of sources, or one that --skip-columns leaves out; the file's name without its ending when empty." placeholder:"NAME"`
	csvColumns
	lineTags
	TZ        string        `name:"tz" help:"Zone of CSV times that do not say one, as Europe/Berlin; UTC when empty. Of a local time that occurs twice, because clocks went back, the order of a file's records tells which it is; where it does not, the first is taken, and the record is named." placeholder:"ZONE"`
	Precision string        `help:"Unit of times that are numbers: ns, us, ms or s. When empty it is ns, and numbers that would lie before 1971 are not accepted." enum:"ns,us,ms,s," default:"" placeholder:"UNIT"`
	Token     string        `help:"Token of the tenant." placeholder:"TOKEN"`
	Atomic    bool          `help:"All or nothing: every file is read as the node would read it before the first is sent, and one row that is not acceptable, one that gives another value for a series and time than an earlier one, or one local time that may be two refuses them all. Not for standard input."`
	Batch     int           `help:"Records of one request." default:"5000" placeholder:"N"`
	Patience  time.Duration `help:"How long to try again while the node does not take readings." default:"1m"`
}

// Help is what --help says beside the flags.
func (c *importCommand) Help() string { return importStatuses }

// Run is tidemark import. Every file is looked at before the first is sent.
func (c *importCommand) Run(e *environment) error {
	to, err := c.check()
	if err != nil {
		return usageError{err}
	}
	looked, err := c.look(e)
	if err == nil {
		err = c.idle(looked)
	}
	if err != nil {
		return err
	}
	u := uploader{client: &http.Client{Timeout: 90 * time.Second}, url: to, token: c.Token, zone: c.TZ,
		precision: c.Precision, patience: c.Patience, say: e.say,
		tags: c.lineTags, atomic: c.Atomic}
	u.lines.precision, _ = readings.ParsePrecision(c.Precision) // it is one of the flag's
	defer u.client.CloseIdleConnections()
	if c.Atomic {
		if err := c.rehearse(e, &u, looked); err != nil {
			return err
		}
	}
	u.repeats = newRepeats(readings.MaxRemembered)
	defer u.repeats.say(e)
	return c.send(e, &u, looked)
}

// check refuses flags that do not do. It gives the address of the node.
func (c *importCommand) check() (node string, err error) {
	if c.Batch < 1 {
		return "", fmt.Errorf("--batch is %d: it has to be at least 1", c.Batch)
	}
	if c.Patience < 0 {
		return "", fmt.Errorf("--patience is %s: it must not be negative", c.Patience)
	}
	if node, err = nodeURL(c.URL); err != nil {
		return "", err
	}
	switch n := slices.Index(c.Files, standardInput); {
	case n >= 0 && slices.Contains(c.Files[n+1:], standardInput):
		return "", errors.New("standard input (-) is named twice, and can be read only once: name it once")
	case n >= 0 && c.Atomic:
		return "", errors.New("--atomic reads all before it sends anything, and standard input (-) can be read only " +
			"once: " +
			"write it to a file first")
	}
	if _, err := c.location(); err != nil {
		return "", err
	}
	return node, c.lineTags.check()
}

// send sends the files one after the other.
func (c *importCommand) send(e *environment, u *uploader, looked map[string]*input) error {
	short, remark := false, false
	for i, name := range c.Files {
		sum, err := c.file(e, u, name, looked)
		if err != nil {
			if left := c.Files[i+1:]; len(left) > 0 {
				e.say("not sent: %s", strings.Join(left, ", "))
			}
			return fmt.Errorf("%s: %w", shown(name), err)
		}
		short, remark = short || sum.short(), remark || sum.remark()
	}
	switch {
	case short:
		return errRejected
	case remark || u.repeats.remark():
		return errRemarks
	}
	return nil
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

// look looks at every file, and says of each that cannot be sent why not. It gives what is known of them by their
// names.
func (c *importCommand) look(e *environment) (map[string]*input, error) {
	looked := map[string]*input{}
	var wrong []error
	for _, name := range c.Files {
		if looked[name] != nil {
			continue
		}
		in, err := c.open(name)
		if err == nil {
			looked[name] = in
			err = in.survey(e)
		}
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", shown(name), err))
		}
		if in != nil && !in.once {
			in.close()
		}
	}
	if len(wrong) > 0 && len(c.Files) > 1 {
		wrong = append(wrong, errors.New("nothing was sent: mend what is wrong, or leave it out"))
	}
	return looked, errors.Join(wrong...)
}

func (c *importCommand) file(e *environment, u *uploader, name string, looked map[string]*input) (*summary, error) {
	in, err := c.again(name, looked)
	if err != nil {
		return nil, err
	}
	defer in.close()
	return u.send1(e, in)
}

// again opens a file that was looked at from its beginning, if it can be.
func (c *importCommand) again(name string, looked map[string]*input) (*input, error) {
	in := looked[name]
	if in.once {
		return in, nil
	}
	again, err := c.open(name)
	if err != nil {
		return nil, err
	}
	again.sheet = in.sheet
	return again, nil
}

// progress begins to show how far a file is.
func (in *input) progress(e *environment, what string) *progress {
	out := e.stderr
	if e.records {
		out = io.Discard
	}
	return newProgress(out, what, in.size)
}

// send1 sends one file, shows how far it is, and says what became of it.
func (u *uploader) send1(e *environment, in *input) (*summary, error) {
	bar := in.progress(e, in.name)
	sum, err := u.stream(e.ctx, in, func(sum *summary) { bar.show(in.taken.n, sum.accepted) })
	bar.done()
	if err == nil || sum.records > 0 {
		sum.say(e, in.name)
	}
	return sum, err
}

func (u *uploader) stream(ctx context.Context, in *input, show func(*summary)) (*summary, error) {
	sum := newSummary(in)
	for {
		p, err := in.next()
		if errors.Is(err, io.EOF) {
			return sum, nil
		}
		if err != nil {
			return sum, err
		}
		p = in.settle(p, sum)
		w, err := u.send(ctx, in, p)
		if err != nil && p.form != formJSON {
			err = fmt.Errorf("from line %d on: %w", p.first, err)
		}
		if err != nil {
			return sum, err
		}
		sum.add(p, w)
		u.compare(in, p, w, sum)
		show(sum)
	}
}
