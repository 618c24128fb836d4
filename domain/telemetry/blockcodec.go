package telemetry

import (
	"encoding/binary"
	"sync"

	"tidemark/domain/column"
	"tidemark/domain/stored"
)

// A block's bytes, version 1 (numbers are varints unless said otherwise, a text is its length and its bytes):
//
//	"TMB" 1
//	header      number, stamp (8 bytes), acked, acked as (1 byte), day, shard, tenant, writer
//	sources     count; each: source, replace (1 byte), labels: count, name, value
//	deletions   count; each: source, metric, from, length
//	kinds       count; each: metric, unit; in the order in which the series need them
//	series      count, base time, time unit; each: bytes of the source shared with the one before, the rest of it, kind, readings,
//	            least time and, for two readings or more, span in time units from the base, bytes of its column
//	columns     one after the other
//	CRC-32C     of everything before (4 bytes)

// maxShared bounds what a source shares with the one before, and so how much memory few bytes can ask for.
const maxShared = 128

// BlockHeader is what a block says of itself: everything but its contents.
type BlockHeader struct {
	At      Position
	Stamp   Stamp
	Acked   Number
	AckedAs Durability
}

// Origin is the origin of everything in the block.
func (h *BlockHeader) Origin() Origin {
	return Origin{Stamp: h.Stamp, Writer: h.At.Stream.Writer, Number: h.At.Number}
}

var sealers = sync.Pool{New: func() any { return new(Sealer) }}

// EncodeBlock appends the bytes of a block to dst. The same block gives the same bytes. It fails with
// stored.ErrInvalid when columns are not sorted, are empty, or hold times that do not rise; values are kept bit by
// bit, whatever they are.
func EncodeBlock(dst []byte, b *Block) ([]byte, error) {
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
	s := sealers.Get().(*Sealer)
	defer sealers.Put(s)
	h := BlockHeader{At: b.At, Stamp: b.Stamp, Acked: b.Acked, AckedAs: b.AckedAs}
	from := len(dst)
	dst = appendHeader(dst, &h)
	dst = binary.AppendUvarint(dst, uint64(len(b.Sources)))
	dst = appendDescriptions(dst, b.Sources)
	dst = binary.AppendUvarint(dst, uint64(len(b.Deletions)))
	dst = appendDeletions(dst, b.Deletions)
	dst = s.appendColumns(dst, b.Columns)
	return stored.Seal(dst, from), nil
}

// DecodeBlock reads all of a block. It copies what it keeps of p. Errors are stored.ErrCorrupt.
func DecodeBlock(p []byte) (*Block, error) {
	v, err := OpenBlock(p)
	if err != nil {
		return nil, err
	}
	b := &Block{At: v.header.At, Stamp: v.header.Stamp, Acked: v.header.Acked, AckedAs: v.header.AckedAs,
		Sources: v.sources, Deletions: v.deletions}
	if len(v.entries) == 0 {
		return b, nil
	}
	times, values := make([]int64, v.readings), make([]float64, v.readings)
	b.Columns = make([]Column, len(v.entries))
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

func appendHeader(dst []byte, h *BlockHeader) []byte {
	dst = append(dst, blockV1[:]...)
	dst = binary.AppendUvarint(dst, uint64(h.At.Number))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(h.Stamp))
	dst = binary.AppendUvarint(dst, uint64(h.Acked))
	dst = append(dst, byte(h.AckedAs))
	dst = binary.AppendVarint(dst, int64(h.At.Stream.Day))
	dst = binary.AppendUvarint(dst, uint64(h.At.Stream.Shard.Index))
	dst = stored.AppendText(dst, h.At.Stream.Shard.Tenant)
	return stored.AppendText(dst, h.At.Stream.Writer)
}

func (d *decoder) header() (h BlockHeader) {
	h.At.Number = Number(d.Uvarint())
	h.Stamp = Stamp(d.Fixed64())
	h.Acked = Number(d.Uvarint())
	h.AckedAs = Durability(d.Byte())
	h.At.Stream.Day = Day(d.Int32())
	h.At.Stream.Shard.Index = uint16(d.AtMost(1<<16 - 1))
	h.At.Stream.Shard.Tenant = Tenant(d.Text())
	h.At.Stream.Writer = Writer(d.Text())
	return h
}

func appendDescriptions(dst []byte, ds []Description) []byte {
	for i := range ds {
		dst = stored.AppendText(dst, ds[i].Source)
		dst = stored.AppendFlag(dst, ds[i].Replace)
		dst = binary.AppendUvarint(dst, uint64(len(ds[i].Labels)))
		for _, l := range ds[i].Labels {
			dst = stored.AppendText(dst, l.Name)
			dst = stored.AppendText(dst, l.Value)
		}
	}
	return dst
}

func (d *decoder) descriptions() []Description {
	n := d.Count(3)
	if n == 0 {
		return nil
	}
	ds := make([]Description, 0, n)
	for range n {
		s := Description{Source: Source(d.Text()), Replace: d.Flag()}
		if labels := d.Count(2); labels > 0 {
			s.Labels = make([]Label, labels)
			for i := range s.Labels {
				s.Labels[i] = Label{Name: d.Text(), Value: d.Text()}
			}
		}
		ds = append(ds, s)
	}
	return ds
}

func appendDeletions(dst []byte, ds []Deletion) []byte {
	for i := range ds {
		dst = stored.AppendText(dst, ds[i].Series.Source)
		dst = stored.AppendText(dst, ds[i].Series.Metric)
		dst = binary.AppendVarint(dst, ds[i].From)
		dst = binary.AppendUvarint(dst, uint64(ds[i].To-ds[i].From))
	}
	return dst
}

func (d *decoder) deletions() []Deletion {
	n := d.Count(4)
	if n == 0 {
		return nil
	}
	ds := make([]Deletion, n)
	for i := range ds {
		ds[i].Series = Series{Source: Source(d.Text()), Metric: Metric(d.Text())}
		ds[i].From = d.Varint()
		ds[i].To = ds[i].From + int64(d.Uvarint())
	}
	return ds
}
