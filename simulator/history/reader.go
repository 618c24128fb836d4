package history

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ErrTorn is the error of a last line that was not written to its end: its writer was killed, or is still at it. What
// stands before it is good.
var ErrTorn = errors.New("the last line is torn")

// Reader reads records one by one. Its errors begin with the file's name and the number of the line.
type Reader struct {
	name   string
	in     *bufio.Reader
	line   int
	header Header
}

// NewReader reads the header. An input that is empty or torn in its first line is ErrTorn.
func NewReader(name string, in io.Reader) (*Reader, error) {
	r := &Reader{name: name, in: bufio.NewReaderSize(in, 1<<16)}
	text, err := r.next()
	if errors.Is(err, io.EOF) {
		return nil, r.wrong(fmt.Errorf("the history is empty: %w", ErrTorn))
	}
	if err != nil {
		return nil, err
	}
	if err := strict(text, &r.header); err != nil {
		return nil, r.wrong(fmt.Errorf("the first line has to be a header as {\"history\":%d}: %w", Version, err))
	}
	if r.header.History != Version {
		return nil, r.wrong(fmt.Errorf("the history is of version %d, this program reads version %d", r.header.History,
			Version))
	}
	return r, nil
}

// Header is the first line.
func (r *Reader) Header() Header { return r.header }

// Next gives the next record; io.EOF after the last, ErrTorn instead of one that is not complete.
func (r *Reader) Next() (Record, error) {
	var rec Record
	text, err := r.next()
	if err != nil {
		return rec, err
	}
	if err := strict(text, &rec); err != nil {
		return rec, r.wrong(err)
	}
	if err := rec.check(); err != nil {
		return rec, r.wrong(err)
	}
	return rec, nil
}

// next gives a line without its end. Empty lines are left out.
func (r *Reader) next() ([]byte, error) {
	for {
		text, err := r.in.ReadBytes('\n')
		r.line++
		switch {
		case errors.Is(err, io.EOF) && len(text) == 0:
			return nil, io.EOF
		case errors.Is(err, io.EOF):
			return nil, r.wrong(ErrTorn)
		case err != nil:
			return nil, r.wrong(err)
		}
		if text = bytes.TrimSpace(text); len(text) > 0 {
			return text, nil
		}
	}
}

func (r *Reader) wrong(err error) error { return fmt.Errorf("%s:%d: %w", r.name, r.line, err) }

// strict takes one value of JSON, and no field that the format does not have: a misspelt one would be read as absent.
func strict(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	if d.InputOffset() != int64(len(text)) {
		return fmt.Errorf("%q stands after the end of the value", text[d.InputOffset():])
	}
	return nil
}
