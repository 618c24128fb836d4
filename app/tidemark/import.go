package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tidemark/adapters/httpapi"
)

// importCommand sends files to a node.
type importCommand struct {
	Files    []string      `arg:"" name:"file" help:"Files of readings: CSV, or NDJSON where the name ends in .ndjson or .jsonl; - is standard input (CSV)."`
	URL      string        `name:"url" help:"The node." default:"http://127.0.0.1:8080" placeholder:"URL"`
	Source   string        `help:"Source of the readings of a CSV file that has no column of sources; the file's name without its ending when empty." placeholder:"NAME"`
	TZ       string        `name:"tz" help:"Zone of CSV times that do not say one, as Europe/Berlin; UTC when empty." placeholder:"ZONE"`
	Token    string        `help:"Token of the tenant." placeholder:"TOKEN"`
	Batch    int           `help:"Records of one request." default:"5000" placeholder:"N"`
	Patience time.Duration `help:"How long to try again while the node does not take readings." default:"1m"`
}

// Run is tidemark import.
func (c *importCommand) Run(e *environment) error {
	if c.Batch < 1 {
		return usageError{fmt.Errorf("--batch is %d: it has to be at least 1", c.Batch)}
	}
	u := uploader{client: &http.Client{Timeout: 90 * time.Second}, url: strings.TrimRight(c.URL, "/"), token: c.Token, zone: c.TZ, patience: c.Patience}
	defer u.client.CloseIdleConnections()
	rejected := false
	for _, name := range c.Files {
		sum, err := c.file(e, u, name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		rejected = rejected || sum.rejected > 0
	}
	if rejected {
		return errRejected
	}
	return nil
}

func (c *importCommand) file(e *environment, u uploader, name string) (*summary, error) {
	in, size := os.Stdin, int64(0)
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		if info, err := f.Stat(); err == nil {
			size = info.Size()
		}
		in = f
	}
	ending := filepath.Ext(name)
	u.csv = !slices.Contains([]string{".ndjson", ".jsonl"}, strings.ToLower(ending))
	u.source = c.Source
	if u.source == "" && name != "-" {
		u.source = strings.TrimSuffix(filepath.Base(name), ending)
	}
	return u.send1(e, name, in, size, c.Batch)
}

// summary is what became of a file.
type summary struct {
	accepted, rejected int
	examples           []string // the first rejections, with their lines in the file
	skipped            map[string]int
}

const maxExamples = 5

// send1 sends one file, shows how far it is, and says what became of it.
func (u *uploader) send1(e *environment, name string, in io.Reader, size int64, batch int) (*summary, error) {
	bar := newProgress(e.stderr, name, size)
	sum, err := u.stream(e.ctx, newPieces(in, u.csv, batch), func(sum *summary, read int64) { bar.show(read, sum.accepted) })
	bar.done()
	if sum != nil {
		sum.say(e, name)
	}
	return sum, err
}

func (u *uploader) stream(ctx context.Context, ps *pieces, show func(*summary, int64)) (*summary, error) {
	sum := &summary{skipped: map[string]int{}}
	for {
		p, err := ps.next()
		if errors.Is(err, io.EOF) {
			return sum, nil
		}
		if err != nil {
			return sum, err
		}
		w, err := u.send(ctx, p)
		if err != nil {
			return sum, fmt.Errorf("from line %d on: %w", p.first, err)
		}
		sum.add(p, w)
		show(sum, p.ends)
	}
}

func (s *summary) add(p piece, w *httpapi.Written) {
	s.accepted += w.Accepted
	s.rejected += w.RejectedTotal
	for _, r := range w.Rejected {
		if len(s.examples) < maxExamples {
			s.examples = append(s.examples, fmt.Sprintf("line %d: %s", p.first+max(r.Line-1-p.header, 0), r.Reason))
		}
	}
	for _, c := range w.Skipped {
		s.skipped[c.Column] += c.Cells
	}
}

func (s *summary) say(e *environment, name string) {
	e.say("%s: %s stored", name, counted(s.accepted, "reading"))
	for _, column := range slices.Sorted(maps.Keys(s.skipped)) {
		e.say("  column %q holds no numbers and was left out (%s)", column, counted(s.skipped[column], "cell"))
	}
	if s.rejected == 0 {
		return
	}
	e.say("  %s not accepted:", thousands(s.rejected))
	for _, x := range s.examples {
		e.say("    %s", x)
	}
	if more := s.rejected - len(s.examples); more > 0 {
		e.say("    and %s more", thousands(more))
	}
}

// counted is "1 reading" or "26,277 readings".
func counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return thousands(n) + " " + what
}

// thousands writes 26277 as 26,277.
func thousands(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
