// Package blockcodec has the bytes of a block: Builder makes them of requests' batches, View reads them column by
// column.
//
// Versions 1 and 2 are frozen: golden bytes in testdata keep them readable.
package blockcodec

import (
	"encoding/binary"
	"sync"

	"tidemark/domain/column"
	"tidemark/domain/stored"
	"tidemark/domain/telemetry"
)

var directories = sync.Pool{New: func() any { return new(directory) }}

// Encode appends the bytes of a block to dst. The same block gives the same bytes. It fails with stored.ErrInvalid when
// columns are not sorted, are empty, or hold times that do not rise; values are kept bit by bit, whatever they are.
func Encode(dst []byte, b *telemetry.Block) ([]byte, error) {
	total := 0
	for i := range b.Columns {
		c := &b.Columns[i]
		if i > 0 && b.Columns[i-1].Series.Compare(c.Series) >= 0 {
			return nil, stored.Invalid("columns are not sorted by series at %d", i)
		}
		if len(c.Times) == 0 {
			return nil, stored.Invalid("column %d is empty", i)
		}
		if err := column.Check(c.Times, c.Values); err != nil {
			return nil, err
		}
		total += len(c.Times)
	}
	if total > column.MaxReadings {
		return nil, stored.Invalid("%d readings, at most %d", total, column.MaxReadings)
	}
	s := directories.Get().(*directory)
	defer directories.Put(s)
	h := Header{At: b.At, Stamp: b.Stamp, Acked: b.Acked, AckedAs: b.AckedAs, Whole: b.Whole}
	from := len(dst)
	dst = appendHeader(dst, &h)
	dst = binary.AppendUvarint(dst, uint64(len(b.Sources)))
	dst = appendDescriptions(dst, b.Sources)
	dst = binary.AppendUvarint(dst, uint64(len(b.Deletions)))
	dst = appendDeletions(dst, b.Deletions)
	dst = s.append(dst, b.Columns)
	return stored.Seal(dst, from), nil
}

// Decode reads all of a block. It copies what it keeps of p. Errors are stored.ErrCorrupt.
func Decode(p []byte) (*telemetry.Block, error) {
	v, err := Open(p)
	if err != nil {
		return nil, err
	}
	b := &telemetry.Block{At: v.header.At, Stamp: v.header.Stamp, Acked: v.header.Acked, AckedAs: v.header.AckedAs,
		Whole: v.header.Whole, Sources: v.sources, Deletions: v.deletions}
	if len(v.entries) == 0 {
		return b, nil
	}
	times, values := make([]int64, v.readings), make([]float64, v.readings)
	b.Columns = make([]telemetry.Column, len(v.entries))
	for i := range b.Columns {
		n := v.entries[i].span.N
		b.Columns[i].Times, b.Columns[i].Values = times[:0:n], values[:0:n]
		times, values = times[n:], values[n:]
		if err := v.Column(i, &b.Columns[i]); err != nil {
			return nil, err
		}
	}
	return b, nil
}
