package telemetry

import (
	"encoding/binary"
	"slices"

	"tidemark/domain/column"
	"tidemark/domain/stored"
)

// A chunk's bytes, version 1 (numbers are varints unless said otherwise):
//
//	"TMC" 1
//	name        tenant, source, metric, window size (1 byte), window index, split (1 byte), floor (8 bytes)
//	origins     the table of originTable, for runs and coverage
//	runs        count; each: readings, origin
//	coverage    streams; each: shard, day, writer, ranges; each range: from, length, until less the floor
//	readings    count, and if there are any: least time less the window's start, span, column
//	CRC-32C     of everything before (4 bytes)

// EncodeChunk appends the bytes of a chunk to dst. The same chunk gives the same bytes. It fails with
// stored.ErrInvalid when the chunk is not what Chunk describes: times that do not rise or lie outside the window, runs
// that do not add up, a split chunk with readings, coverage that is not sorted or of another tenant.
func EncodeChunk(dst []byte, c *Chunk) ([]byte, error) {
	if err := checkChunk(c); err != nil {
		return nil, err
	}
	from := len(dst)
	dst = append(dst, chunkV1[:]...)
	dst = stored.AppendText(dst, c.Tenant)
	dst = stored.AppendText(dst, c.Series.Source)
	dst = stored.AppendText(dst, c.Series.Metric)
	dst = append(dst, byte(c.Window.Size))
	dst = binary.AppendVarint(dst, int64(c.Window.Index))
	dst = stored.AppendFlag(dst, c.Split)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(c.Floor))

	var t originTable
	for i := range c.Origins {
		t.add(c.Origins[i].Origin)
	}
	for i := range c.Coverage {
		t.addWriter(c.Coverage[i].Stream.Writer)
	}
	dst = t.append(dst)
	dst = binary.AppendUvarint(dst, uint64(len(c.Origins)))
	for _, r := range c.Origins {
		dst = binary.AppendUvarint(dst, uint64(r.Count))
		dst = t.appendOrigin(dst, r.Origin)
	}
	dst = appendCoverage(dst, &t, c.Coverage, c.Floor)
	if n := len(c.Times); n == 0 {
		dst = append(dst, 0)
	} else {
		dst = binary.AppendUvarint(dst, uint64(n))
		dst = binary.AppendUvarint(dst, uint64(c.Times[0]-c.Window.Start()))
		dst = binary.AppendUvarint(dst, uint64(c.Times[n-1]-c.Times[0]))
		s := sealers.Get().(*Sealer)
		dst = s.columns.Append(dst, c.Times, c.Values)
		sealers.Put(s)
	}
	return stored.Seal(dst, from), nil
}

// DecodeChunk reads a chunk. It copies what it keeps of p. Errors are stored.ErrCorrupt.
func DecodeChunk(p []byte) (*Chunk, error) {
	d, err := unseal(p, chunkV1)
	if err != nil {
		return nil, err
	}
	c := &Chunk{Tenant: Tenant(d.Text()), Series: Series{Source: Source(d.Text()), Metric: Metric(d.Text())}}
	c.Window = d.window()
	c.Split = d.Flag()
	c.Floor = Stamp(d.Fixed64())
	t := d.originTable()
	if n := d.Count(2); n > 0 {
		c.Origins = make([]OriginRun, n)
		for i := range c.Origins {
			c.Origins[i] = OriginRun{Count: int(d.AtMost(column.MaxReadings)), Origin: d.origin(&t)}
		}
	}
	c.Coverage = d.coverage(&t, c.Tenant, c.Floor)
	if n := int(d.AtMost(column.MaxReadings)); n > 0 {
		s := column.Span{N: n}
		s.Min = c.Window.Start() + int64(d.Uvarint())
		s.Max = s.Min + int64(d.Uvarint())
		if d.Err() != nil {
			return nil, d.Err()
		}
		if c.Times, c.Values, err = s.Decode(d.Rest(), nil, nil); err != nil {
			return nil, err
		}
		d.Continue(nil, nil)
	}
	if err := d.End(); err != nil {
		return nil, err
	}
	if err := checkChunk(c); err != nil {
		return nil, stored.Corrupt("%v", err)
	}
	return c, nil
}

func (d *decoder) window() Window {
	w := Window{Size: WindowSize(d.Byte()), Index: d.Varint()}
	if d.Err() == nil && !w.Size.Known() {
		d.Fail("window size %d is unknown", w.Size)
	}
	return w
}

func checkChunk(c *Chunk) error {
	if err := column.Check(c.Times, c.Values); err != nil {
		return err
	}
	n := len(c.Times)
	switch {
	case n > column.MaxReadings:
		return stored.Invalid("%d readings, at most %d", n, column.MaxReadings)
	case !c.Window.Size.Known():
		return stored.Invalid("window size %d is unknown", c.Window.Size)
	case n > 0 && c.Split:
		return stored.Invalid("a split chunk holds %d readings", n)
	case n > 0 && !(c.Window.Contains(c.Times[0]) && c.Window.Contains(c.Times[n-1])):
		return stored.Invalid("times %d..%d lie outside the window %v", c.Times[0], c.Times[n-1], c.Window)
	}
	for _, r := range c.Origins {
		if r.Count <= 0 || r.Count > n {
			return stored.Invalid("the runs of origins do not add up to %d readings", len(c.Times))
		}
		n -= r.Count
	}
	if n != 0 {
		return stored.Invalid("the runs of origins do not add up to %d readings", len(c.Times))
	}
	return checkCoverage(c.Coverage, c.Tenant)
}

func checkCoverage(c Coverage, of Tenant) error {
	for i := range c {
		r := &c[i]
		if r.Stream.Shard.Tenant != of {
			return stored.Invalid("coverage of another tenant in a chunk of %q", of)
		}
		if r.From == 0 || r.From > r.To {
			return stored.Invalid("coverage of the numbers %d..%d", r.From, r.To)
		}
		if i == 0 {
			continue
		}
		before := &c[i-1]
		if o := compareStreams(before.Stream, r.Stream); o > 0 || (o == 0 && before.To >= r.From) {
			return stored.Invalid("coverage is not sorted at %d", i)
		}
	}
	return nil
}

func appendCoverage(dst []byte, t *originTable, c Coverage, floor Stamp) []byte {
	streams := 0
	for i := range c {
		if i == 0 || c[i].Stream != c[i-1].Stream {
			streams++
		}
	}
	dst = binary.AppendUvarint(dst, uint64(streams))
	for i := 0; i < len(c); {
		n := 1
		for i+n < len(c) && c[i+n].Stream == c[i].Stream {
			n++
		}
		dst = binary.AppendUvarint(dst, uint64(c[i].Stream.Shard.Index))
		dst = binary.AppendVarint(dst, int64(c[i].Stream.Day))
		dst = t.appendWriter(dst, c[i].Stream.Writer)
		dst = binary.AppendUvarint(dst, uint64(n))
		for _, r := range c[i : i+n] {
			dst = binary.AppendUvarint(dst, uint64(r.From))
			dst = binary.AppendUvarint(dst, uint64(r.To-r.From))
			dst = binary.AppendUvarint(dst, uint64(r.Until-floor))
		}
		i += n
	}
	return dst
}

func (d *decoder) coverage(t *originTable, of Tenant, floor Stamp) Coverage {
	var c Coverage
	for range d.Count(7) {
		s := Stream{Shard: Shard{Tenant: of, Index: uint16(d.AtMost(1<<16 - 1))}, Day: Day(d.Int32()),
			Writer: d.writer(t)}
		n := d.Count(3)
		c = slices.Grow(c, n)
		for range n {
			r := Covered{Stream: s, From: Number(d.Uvarint())}
			r.To = r.From + Number(d.Uvarint())
			r.Until = floor + Stamp(d.Uvarint())
			c = append(c, r)
		}
	}
	return c
}
