package main

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"io"
	"io/fs"
	"os"
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

// input is a file of readings that was opened: its form is known.
type input struct {
	name   string // for people
	form   form
	size   int64 // in bytes as they lie on the disk; 0: unknown
	taken  *counter
	pieces *pieces
	sheet  *sheet // of a CSV file: what its columns are

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
	in := &input{name: shown(name), form: form(c.Format)}
	base := ""
	if name != standardInput {
		var named form
		if named, base, err = formOf(name); err != nil && in.form == "" {
			return nil, err
		}
		in.form = cmp.Or(in.form, named)
	}
	if in.form = cmp.Or(in.form, formCSV); in.form == formCSV {
		if in.sheet, err = c.newSheet(base); err != nil {
			return nil, err
		}
	}
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

// look refuses a CSV file whose lines are none.
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
	return in.pieces.readHeader()
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
