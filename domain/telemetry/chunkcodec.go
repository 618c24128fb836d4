package telemetry

import (
	"encoding/binary"
	"slices"
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

// EncodeChunk appends the bytes of a chunk to dst. The same chunk gives the same bytes. It fails with ErrInvalid when
// the chunk is not what Chunk describes: times that do not rise or lie outside the window, runs that do not add up, a
// split chunk with readings, coverage that is not sorted or of another tenant.
func EncodeChunk(dst []byte, c *Chunk) ([]byte, error) {
	if err := checkChunk(c); err != nil {
		return nil, err
	}
	from := len(dst)
	dst = append(dst, chunkV1[:]...)
	dst = appendText(dst, c.Tenant)
	dst = appendText(dst, c.Series.Source)
	dst = appendText(dst, c.Series.Metric)
	dst = append(dst, byte(c.Window.Size))
	dst = binary.AppendVarint(dst, int64(c.Window.Index))
	dst = append(dst, flagByte(c.Split))
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
		dst = s.columns.appendColumn(dst, c.Times, c.Values)
		sealers.Put(s)
	}
	return seal(dst, from), nil
}

// DecodeChunk reads a chunk. It copies what it keeps of p. Errors are ErrCorrupt.
func DecodeChunk(p []byte) (*Chunk, error) {
	d, err := unseal(p, chunkV1)
	if err != nil {
		return nil, err
	}
	c := &Chunk{Tenant: Tenant(d.text()), Series: Series{Source: Source(d.text()), Metric: Metric(d.text())}}
	c.Window = d.window()
	c.Split = d.flag()
	c.Floor = Stamp(d.fixed64())
	t := d.originTable()
	if n := d.count(2); n > 0 {
		c.Origins = make([]OriginRun, n)
		for i := range c.Origins {
			c.Origins[i] = OriginRun{Count: int(d.atMost(maxReadings)), Origin: d.origin(&t)}
		}
	}
	c.Coverage = d.coverage(&t, c.Tenant, c.Floor)
	if n := int(d.atMost(maxReadings)); n > 0 {
		s := columnSpan{n: n}
		s.min = c.Window.Start() + int64(d.uvarint())
		s.max = s.min + int64(d.uvarint())
		if d.err != nil {
			return nil, d.err
		}
		var col Column
		if err := s.decodeInto(d.p, &col); err != nil {
			return nil, err
		}
		c.Times, c.Values, d.p = col.Times, col.Values, nil
	}
	if err := d.end(); err != nil {
		return nil, err
	}
	if err := checkChunk(c); err != nil {
		return nil, corrupt("%v", err)
	}
	return c, nil
}

func (d *decoder) window() Window {
	w := Window{Size: WindowSize(d.byte()), Index: d.varint()}
	if d.err == nil && !w.Size.Known() {
		d.fail("window size %d is unknown", w.Size)
	}
	return w
}

func checkChunk(c *Chunk) error {
	if err := checkColumn(c.Times, c.Values); err != nil {
		return err
	}
	n := len(c.Times)
	switch {
	case n > maxReadings:
		return invalid("%d readings, at most %d", n, maxReadings)
	case !c.Window.Size.Known():
		return invalid("window size %d is unknown", c.Window.Size)
	case n > 0 && c.Split:
		return invalid("a split chunk holds %d readings", n)
	case n > 0 && !(c.Window.Contains(c.Times[0]) && c.Window.Contains(c.Times[n-1])):
		return invalid("times %d..%d lie outside the window %v", c.Times[0], c.Times[n-1], c.Window)
	}
	for _, r := range c.Origins {
		if r.Count <= 0 || r.Count > n {
			return invalid("the runs of origins do not add up to %d readings", len(c.Times))
		}
		n -= r.Count
	}
	if n != 0 {
		return invalid("the runs of origins do not add up to %d readings", len(c.Times))
	}
	return checkCoverage(c.Coverage, c.Tenant)
}

func checkCoverage(c Coverage, of Tenant) error {
	for i := range c {
		r := &c[i]
		if r.Stream.Shard.Tenant != of {
			return invalid("coverage of another tenant in a chunk of %q", of)
		}
		if r.From == 0 || r.From > r.To {
			return invalid("coverage of the numbers %d..%d", r.From, r.To)
		}
		if i == 0 {
			continue
		}
		before := &c[i-1]
		if o := compareStreams(before.Stream, r.Stream); o > 0 || (o == 0 && before.To >= r.From) {
			return invalid("coverage is not sorted at %d", i)
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
	for range d.count(7) {
		s := Stream{Shard: Shard{Tenant: of, Index: uint16(d.atMost(1<<16 - 1))}, Day: Day(d.int32()),
			Writer: d.writer(t)}
		n := d.count(3)
		c = slices.Grow(c, n)
		for range n {
			r := Covered{Stream: s, From: Number(d.uvarint())}
			r.To = r.From + Number(d.uvarint())
			r.Until = floor + Stamp(d.uvarint())
			c = append(c, r)
		}
	}
	return c
}
