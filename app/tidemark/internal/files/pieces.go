package files

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"tidemark/domain/telemetry"
)

// maxPieceBytes is the most bytes of a request before compression: well below the service's bound.
const maxPieceBytes = 8 << 20

// MaxRecordBytes is the longest record that is sent on: the service refuses it with the line's number.
const MaxRecordBytes = 1 << 20

// Piece is some records of a file, as one request. Of CSV it begins with the header; of JSON it is the whole
// document, and records is 1.
type Piece struct {
	Form    Form
	Body    []byte
	Records int
	First   int // line of the file at which the first record begins, from 1
	header  int // lines of the header at the beginning of body
}

// Place says where in the file a reading is that was not accepted.
func (p *Piece) Place(index, line int) string {
	if p.Form == JSON {
		return fmt.Sprintf("reading %d", p.Row(index, line))
	}
	return fmt.Sprintf("line %d", p.Row(index, line))
}

// Row is the row of the file in which a reading of the piece is: of JSON the reading's number, from 1, else the line.
func (p *Piece) Row(index, line int) int {
	if p.Form == JSON {
		return index + 1
	}
	return p.First + max(line-1-p.header, 0)
}

// before is how many lines of the file come before the piece, without those of the header that it begins with.
func (p *Piece) before() int { return p.First - 1 - p.header }

// pieces cuts a file into requests of at most so many records. A record ends with a line break: of CSV and line
// protocol with one that is outside of quotes, of NDJSON with any. JSON is not cut.
type pieces struct {
	in     *bufio.Reader
	form   Form
	size   int
	header []byte
	line   int // of the file, where the next record begins
}

func newPieces(in io.Reader, f Form, size int) *pieces {
	return &pieces{in: bufio.NewReaderSize(in, readAhead), form: f, size: size, line: 1}
}

// next gives the next piece, or io.EOF.
func (p *pieces) next() (Piece, error) {
	if p.form == JSON {
		return p.document()
	}
	if p.form == CSV && p.header == nil {
		if err := p.readHeader(); err != nil {
			return Piece{}, err
		}
	}
	out := Piece{Form: p.form, Body: bytes.Clone(p.header), First: p.line, header: bytes.Count(p.header, []byte("\n"))}
	for out.Records < p.size && len(out.Body) < maxPieceBytes {
		record, err := p.record()
		if len(bytes.TrimSpace(record)) > 0 {
			out.Records++
		}
		out.Body = append(out.Body, record...)
		if errors.Is(err, io.EOF) {
			if out.Records == 0 {
				return Piece{}, io.EOF
			}
			break
		}
		if err != nil {
			return Piece{}, err
		}
	}
	return out, nil
}

// document reads all of a JSON file: it cannot be cut without being understood.
func (p *pieces) document() (Piece, error) {
	if p.line > 1 {
		return Piece{}, io.EOF
	}
	body, err := io.ReadAll(io.LimitReader(p.in, telemetry.MaxDecodedBytes+1))
	switch {
	case err != nil:
		return Piece{}, err
	case len(body) > telemetry.MaxDecodedBytes:
		return Piece{}, fmt.Errorf("a JSON document is sent whole and may have %d bytes: write a reading a line "+
			"(NDJSON), for instance by jq -c '.[]', or jq -c '.readings[]'", telemetry.MaxDecodedBytes)
	case len(bytes.TrimSpace(body)) == 0:
		return Piece{}, errEmpty
	}
	p.line = 2 // there is no more
	return Piece{Form: JSON, Body: body, Records: 1, First: 1}, nil
}

// readHeader takes the first record that is not empty.
func (p *pieces) readHeader() error {
	for {
		record, err := p.record()
		if len(bytes.TrimSpace(record)) > 0 {
			if !bytes.HasSuffix(record, []byte("\n")) {
				record = append(record, '\n')
			}
			p.header = record
			return nil
		}
		if errors.Is(err, io.EOF) {
			return errEmpty
		}
		if err != nil {
			return err
		}
	}
}

// record reads to the end of a record. io.EOF comes with the last.
func (p *pieces) record() ([]byte, error) {
	var record []byte
	quotes := 0
	for {
		line, err := p.in.ReadSlice('\n')
		record = append(record, line...)
		quotes += p.quotes(line)
		if errors.Is(err, bufio.ErrBufferFull) {
			err = nil
			if len(record) <= MaxRecordBytes {
				continue
			}
		}
		if len(record) > MaxRecordBytes {
			return nil, fmt.Errorf("line %d: a record of more than %d bytes: is a quote not closed?", p.line,
				MaxRecordBytes)
		}
		if err == nil && p.open(quotes, len(record)) {
			continue
		}
		p.line += bytes.Count(record, []byte("\n"))
		return record, err
	}
}

// quotes counts those in a line that begin or end something.
func (p *pieces) quotes(line []byte) int {
	switch p.form {
	case CSV:
		return bytes.Count(line, []byte{'"'})
	case Line:
		return bytes.Count(line, []byte{'"'}) - bytes.Count(line, []byte(`\"`))
	}
	return 0
}

// open reports whether a record goes on behind the line break at its end. Line protocol has quotes that do not pair,
// in names of tags: there a record that seems to go on ends where the service gives it up, and a piece is only cut
// somewhere else than it could have been.
func (p *pieces) open(quotes, size int) bool {
	return quotes%2 == 1 && (p.form == CSV || size < telemetry.MaxLineBytes)
}
