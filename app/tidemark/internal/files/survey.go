package files

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"tidemark/domain/telemetry/readings"
)

// Survey looks at all of a CSV file, or at the first piece of one that cannot be opened again. show is called with how
// many bytes were read.
func (in *File) Survey(show func(read int64)) error {
	if in.Sheet == nil {
		return nil
	}
	for {
		p, err := in.pieces.next()
		switch {
		case errors.Is(err, io.EOF):
			header := Piece{Body: in.pieces.header, header: bytes.Count(in.pieces.header, []byte("\n"))}
			// a file without records has a header all the same
			return errors.Join(in.Sheet.look(header), in.Sheet.wrong())
		case err != nil:
			return err
		}
		if err := in.Sheet.look(p); err != nil {
			return err
		}
		if in.Once {
			in.Sheet.ahead = &p
			return in.Sheet.wrong()
		}
		show(in.Taken())
	}
}

// Next is the next piece. What comes through a pipe is looked at now.
func (in *File) Next() (Piece, error) {
	if t := in.Sheet; t != nil && t.ahead != nil {
		p := *t.ahead
		t.ahead = nil
		return p, nil
	}
	p, err := in.pieces.next()
	if err == nil && in.Once && in.Sheet != nil {
		if err = errors.Join(in.Sheet.look(p), in.Sheet.wrong()); err != nil {
			err = fmt.Errorf("from line %d on nothing was sent: %w", p.First, err)
		}
	}
	return p, err
}

// Settle is a piece as it is sent: local times that occur twice say which they are. It gives the first records of which
// the order of the records does not tell it, and how many there are.
func (in *File) Settle(p Piece) (settled Piece, first []readings.Ambiguous, total int) {
	if in.Sheet == nil || in.Sheet.survey == nil {
		return p, nil, 0
	}
	p.Body, first, total = in.Sheet.survey.Settle(p.Body, p.before())
	return p, first, total
}
