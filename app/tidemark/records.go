package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"tidemark/adapters/httpapi"
	"tidemark/domain/telemetry"
)

// maxPieceBytes is the most bytes of a request before compression: well below the service's bound.
const maxPieceBytes = 8 << 20

// maxRecordBytes is the longest record that is sent on: the service refuses it with the line's number.
const maxRecordBytes = 1 << 20

// piece is some records of a file, as one request. Of CSV it begins with the header; of JSON it is the whole
// document, and records is 1.
type piece struct {
	form    form
	body    []byte
	records int
	first   int // line of the file at which the first record begins, from 1
	header  int // lines of the header at the beginning of body
}

// place says where in the file a reading is that was not accepted.
func (p *piece) place(r httpapi.Rejection) string {
	if p.form == formJSON {
		return fmt.Sprintf("reading %d", p.row(r.Index, r.Line))
	}
	return fmt.Sprintf("line %d", p.row(r.Index, r.Line))
}

// row is the row of the file in which a reading of the piece is: of JSON the reading's number, from 1, else the line.
func (p *piece) row(index, line int) int {
	if p.form == formJSON {
		return index + 1
	}
	return p.first + max(line-1-p.header, 0)
}

// before is how many lines of the file come before the piece, without those of the header that it begins with.
func (p *piece) before() int { return p.first - 1 - p.header }

// pieces cuts a file into requests of at most so many records. A record ends with a line break: of CSV and line
// protocol with one that is outside of quotes, of NDJSON with any. JSON is not cut.
type pieces struct {
	in     *bufio.Reader
	form   form
	size   int
	header []byte
	line   int // of the file, where the next record begins
}

func newPieces(in io.Reader, f form, size int) *pieces {
	return &pieces{in: bufio.NewReaderSize(in, readAhead), form: f, size: size, line: 1}
}

// next gives the next piece, or io.EOF.
func (p *pieces) next() (piece, error) {
	if p.form == formJSON {
		return p.document()
	}
	if p.form == formCSV && p.header == nil {
		if err := p.readHeader(); err != nil {
			return piece{}, err
		}
	}
	out := piece{form: p.form, body: bytes.Clone(p.header), first: p.line, header: bytes.Count(p.header, []byte("\n"))}
	for out.records < p.size && len(out.body) < maxPieceBytes {
		record, err := p.record()
		if len(bytes.TrimSpace(record)) > 0 {
			out.records++
		}
		out.body = append(out.body, record...)
		if errors.Is(err, io.EOF) {
			if out.records == 0 {
				return piece{}, io.EOF
			}
			break
		}
		if err != nil {
			return piece{}, err
		}
	}
	return out, nil
}

// document reads all of a JSON file: it cannot be cut without being understood.
func (p *pieces) document() (piece, error) {
	if p.line > 1 {
		return piece{}, io.EOF
	}
	body, err := io.ReadAll(io.LimitReader(p.in, telemetry.MaxDecodedBytes+1))
	switch {
	case err != nil:
		return piece{}, err
	case len(body) > telemetry.MaxDecodedBytes:
		return piece{}, fmt.Errorf("a JSON document is sent whole and may have %d bytes: write a reading a line "+
			"(NDJSON), for instance by jq -c '.[]', or jq -c '.readings[]'", telemetry.MaxDecodedBytes)
	case len(bytes.TrimSpace(body)) == 0:
		return piece{}, errEmpty
	}
	p.line = 2 // there is no more
	return piece{form: formJSON, body: body, records: 1, first: 1}, nil
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
			if len(record) <= maxRecordBytes {
				continue
			}
		}
		if len(record) > maxRecordBytes {
			return nil, fmt.Errorf("line %d: a record of more than %d bytes: is a quote not closed?", p.line,
				maxRecordBytes)
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
	case formCSV:
		return bytes.Count(line, []byte{'"'})
	case formLine:
		return bytes.Count(line, []byte{'"'}) - bytes.Count(line, []byte(`\"`))
	}
	return 0
}

// open reports whether a record goes on behind the line break at its end. Line protocol has quotes that do not pair,
// in names of tags: there a record that seems to go on ends where the service gives it up, and a piece is only cut
// somewhere else than it could have been.
func (p *pieces) open(quotes, size int) bool {
	return quotes%2 == 1 && (p.form == formCSV || size < telemetry.MaxLineBytes)
}
