// Package files reads files of readings as import sends them: which of the forms a file has, decompressed, cut into
// pieces of whole records, and what the columns of a CSV file are, which is decided of the whole file before its first
// piece. It sends nothing and knows no node. Errors name the flags of import that mend what is wrong.
//
// From the bottom: flags, forms, unpack, pieces, sheet (columns), file, survey.
package files

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"io/fs"
	"os"
)

// StandardInput is the name of standard input on the command line.
const StandardInput = "-"

// Shown is the name of a file for people.
func Shown(name string) string {
	if name == StandardInput {
		return "standard input"
	}
	return name
}

// File is a file of readings that was opened: its form is known. Its pieces are read once, by one reader.
type File struct {
	Name  string // for people
	Form  Form
	Size  int64  // in bytes as they lie on the disk; 0: unknown
	Sheet *Sheet // of a CSV file: what its columns are; nil of another
	Once  bool   // it cannot be opened again: a pipe

	path   string   // as it was named
	file   *os.File // nil: there is nothing to close
	taken  *counter
	pieces *pieces
}

// FromText is a CSV text that comes with the program.
func FromText(name, source string, csv []byte, batch int) *File {
	text := &counter{in: bytes.NewReader(csv)}
	return &File{Name: name, Form: CSV, Sheet: &Sheet{source: source}, Size: int64(len(csv)), taken: text,
		pieces: newPieces(text, CSV, batch)}
}

// Again opens a file that was surveyed from its beginning.
func (in *File) Again(o Options) (*File, error) {
	again, err := Open(in.path, o)
	if err != nil {
		return nil, err
	}
	again.Sheet = in.Sheet
	return again, nil
}

// Taken is how many bytes of it were read, as they lie on the disk.
func (in *File) Taken() int64 { return in.taken.n }

// Close closes it. A piece that was given stays.
func (in *File) Close() {
	if in.file != nil {
		_ = in.file.Close() // it was only read
	}
}

// Open opens a file, or standard input, and looks whether it can be what its name says, or --format.
func Open(name string, o Options) (_ *File, err error) {
	in := &File{Name: Shown(name), path: name, Form: Form(o.Format)}
	base := ""
	if name != StandardInput {
		var named Form
		if named, base, err = formOf(name); err != nil && in.Form == "" {
			return nil, err
		}
		in.Form = cmp.Or(in.Form, named)
	}
	if in.Form = cmp.Or(in.Form, CSV); in.Form == CSV {
		if in.Sheet, err = newSheet(o, base); err != nil {
			return nil, err
		}
	}
	if in.file, err = os.Stdin, nil; name != StandardInput {
		if in.file, err = os.Open(name); err != nil {
			return nil, withoutPath(err)
		}
	}
	if info, err := in.file.Stat(); err == nil && info.Mode().IsRegular() && name != StandardInput {
		in.Size = info.Size()
	} else {
		in.Once = true
	}
	in.taken = &counter{in: in.file}
	text, err := unpack(in.taken)
	if err == nil {
		in.pieces = newPieces(text, in.Form, o.Batch)
		err = in.look(text)
	}
	if err != nil {
		in.Close()
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
func (in *File) look(text *bufio.Reader) error {
	if in.Form != CSV {
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
