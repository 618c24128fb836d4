package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// maxPieceBytes is the most bytes of a request before compression: well below the service's bound.
const maxPieceBytes = 8 << 20

// maxRecordBytes is the longest record that is sent on: the service refuses it with the line's number.
const maxRecordBytes = 1 << 20

// piece is some records of a file, as one request. Of CSV it begins with the header.
type piece struct {
	body   []byte
	first  int // line of the file at which the first record begins, from 1
	header int // lines of the header at the beginning of body
	ends   int64
}

// pieces cuts a file into requests of at most so many records. A record ends with a line break that is outside of quotes (CSV), or with any (NDJSON).
type pieces struct {
	in     *bufio.Reader
	csv    bool
	size   int
	header []byte
	line   int   // of the file, where the next record begins
	read   int64 // bytes of the file
}

func newPieces(in io.Reader, csv bool, size int) *pieces {
	return &pieces{in: bufio.NewReaderSize(in, 64<<10), csv: csv, size: size, line: 1}
}

// next gives the next piece, or io.EOF.
func (p *pieces) next() (piece, error) {
	if p.csv && p.header == nil {
		if err := p.readHeader(); err != nil {
			return piece{}, err
		}
	}
	out := piece{body: bytes.Clone(p.header), first: p.line, header: bytes.Count(p.header, []byte("\n"))}
	for records := 0; records < p.size && len(out.body) < maxPieceBytes; {
		record, err := p.record()
		if len(bytes.TrimSpace(record)) > 0 {
			records++
		}
		out.body = append(out.body, record...)
		if errors.Is(err, io.EOF) {
			if records == 0 {
				return piece{}, io.EOF
			}
			break
		}
		if err != nil {
			return piece{}, err
		}
	}
	out.ends = p.read
	return out, nil
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
			return errors.New("the file is empty")
		}
		if err != nil {
			return err
		}
	}
}

// record reads to the end of a record. io.EOF comes with the last.
func (p *pieces) record() ([]byte, error) {
	var record []byte
	for {
		line, err := p.in.ReadSlice('\n')
		record = append(record, line...)
		p.read += int64(len(line))
		if errors.Is(err, bufio.ErrBufferFull) {
			err = nil
			if len(record) <= maxRecordBytes {
				continue
			}
		}
		if len(record) > maxRecordBytes {
			return nil, fmt.Errorf("line %d: a record of more than %d bytes: is a quote not closed?", p.line, maxRecordBytes)
		}
		open := p.csv && bytes.Count(record, []byte{'"'})%2 == 1
		if err == nil && open {
			continue
		}
		p.line += bytes.Count(record, []byte("\n"))
		return record, err
	}
}
