package main

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/csvreadings"
	"tidemark/domain/telemetry/readings"
)

// standardInput is the name of standard input on the command line.
const standardInput = "-"

// shown is the name of a file for people.
func shown(name string) string {
	if name == standardInput {
		return "standard input"
	}
	return name
}

// input is a file of readings that was looked at: its form is known and the header of a CSV file does.
type input struct {
	name   string // for people
	form   form
	source string // of a CSV file without a column of sources
	size   int64  // in bytes as they lie on the disk; 0: unknown
	taken  *counter
	pieces *pieces

	file *os.File // nil: there is nothing to close
	once bool     // it cannot be opened again: a pipe
}

func (in *input) close() {
	if in.file != nil {
		_ = in.file.Close() // it was only read
	}
}

// open opens a file and looks whether it can be what its name says, or --format.
func (c *importCommand) open(name string) (_ *input, err error) {
	in := &input{name: shown(name), form: form(c.Format), source: c.Source}
	if name != standardInput {
		named, base, err := formOf(name)
		if err != nil && in.form == "" {
			return nil, err
		}
		in.form, in.source = cmp.Or(in.form, named), cmp.Or(in.source, base)
	}
	in.form = cmp.Or(in.form, formCSV)
	if in.file, err = os.Stdin, nil; name != standardInput {
		if in.file, err = os.Open(name); err != nil {
			return nil, withoutPath(err)
		}
	}
	if info, err := in.file.Stat(); err == nil && info.Mode().IsRegular() && name != standardInput {
		in.size = info.Size()
	} else {
		in.once = true
	}
	in.taken = &counter{in: in.file}
	text, err := unpack(in.taken)
	if err == nil {
		in.pieces = newPieces(text, in.form, c.Batch)
		err = in.look(text)
	}
	if err != nil {
		in.close()
		return nil, withoutPath(err)
	}
	return in, nil
}

// withoutPath is an error of the file system without the path, which is told anyway.
func withoutPath(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// look checks the header of a CSV file by what the node does with it.
func (in *input) look(text *bufio.Reader) error {
	if in.form != formCSV {
		return nil
	}
	head, err := peek(text, readAhead)
	if err != nil {
		return err
	}
	if r := bytes.IndexByte(head, '\r'); r >= 0 && r < len(head)-1 && bytes.IndexByte(head, '\n') < 0 {
		return errors.New(`not CSV: its lines end with CR alone: end them with LF, for instance by tr '\r' '\n'`)
	}
	if err := in.pieces.readHeader(); err != nil {
		return err
	}
	err = headerDoes(in.pieces.header, in.source)
	switch {
	case err == nil:
		return nil
	case in.source == "" && headerDoes(in.pieces.header, "any") == nil:
		return errors.New("there is no column of sources: say what the readings are of with --source NAME")
	}
	remedy := ""
	if first := bytes.TrimSpace(head); bytes.IndexByte([]byte("[{"), first[0]) >= 0 {
		remedy = " (it looks like JSON: give --format json, or ndjson)"
	}
	return fmt.Errorf("not CSV: %s%s", fault.Message(err), remedy)
}

func headerDoes(header []byte, source string) error {
	d := csvreadings.Decoder{Options: readings.Options{DefaultSource: telemetry.Source(source)}}
	var none telemetry.Batch
	_, err := d.Decode(header, &none)
	return err
}

// counter counts the bytes that were read.
type counter struct {
	in io.Reader
	n  int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.n += int64(n)
	return n, err
}
