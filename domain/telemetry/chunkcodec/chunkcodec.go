// Package chunkcodec has the bytes of a chunk. Version 1 is frozen: golden bytes in testdata keep it readable.
package chunkcodec

import (
	"encoding/binary"
	"slices"
	"sync"

	"tidemark/domain/column"
	"tidemark/domain/stored"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/internal/origins"
)

var chunkV1 = stored.Format{'T', 'M', 'C', 1}

// decoder reads the parts of a chunk.
type decoder struct{ stored.Decoder }

// A chunk's bytes, version 1 (numbers are varints unless said otherwise):
//
//	"TMC" 1
//	name        tenant, source, metric, window size (1 byte), window index, split (1 byte), floor (8 bytes)
//	origins     the table of originTable, for runs and coverage
//	runs        count; each: readings, origin
//	coverage    streams; each: shard, day, writer, ranges; each range: from, length, until less the floor
//	readings    count, and if there are any: least time less the window's start, span, column
//	CRC-32C     of everything before (4 bytes)

var encoders = sync.Pool{New: func() any { return new(column.Encoder) }}

// Encode appends the bytes of a chunk to dst. The same chunk gives the same bytes. It fails with stored.ErrInvalid when
// the chunk is not what Chunk describes: times that do not rise or lie outside the window, runs that do not add up, a
// split chunk with readings, coverage that is not sorted or of another tenant.
func Encode(dst []byte, c *telemetry.Chunk) ([]byte, error) {
	if err := c.Check(); err != nil {
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

	var t origins.Table
	for i := range c.Origins {
		t.Add(c.Origins[i].Origin)
	}
	for i := range c.Coverage {
		t.AddWriter(c.Coverage[i].Stream.Writer)
	}
	dst = t.Append(dst)
	dst = binary.AppendUvarint(dst, uint64(len(c.Origins)))
	for _, r := range c.Origins {
		dst = binary.AppendUvarint(dst, uint64(r.Count))
		dst = t.AppendOrigin(dst, r.Origin)
	}
	dst = appendCoverage(dst, &t, c.Coverage, c.Floor)
	if n := len(c.Times); n == 0 {
		dst = append(dst, 0)
	} else {
		dst = binary.AppendUvarint(dst, uint64(n))
		dst = binary.AppendUvarint(dst, uint64(c.Times[0]-c.Window.Start()))
		dst = binary.AppendUvarint(dst, uint64(c.Times[n-1]-c.Times[0]))
		e := encoders.Get().(*column.Encoder)
		dst = e.Append(dst, c.Times, c.Values)
		encoders.Put(e)
	}
	return stored.Seal(dst, from), nil
}

// Decode reads a chunk. It copies what it keeps of p. Errors are stored.ErrCorrupt.
func Decode(p []byte) (*telemetry.Chunk, error) {
	all, err := stored.Unseal(p, chunkV1)
	if err != nil {
		return nil, err
	}
	d := decoder{all}
	c := &telemetry.Chunk{Tenant: telemetry.Tenant(d.Text()),
		Series: telemetry.Series{Source: telemetry.Source(d.Text()), Metric: telemetry.Metric(d.Text())}}
	c.Window = d.window()
	c.Split = d.Flag()
	c.Floor = telemetry.Stamp(d.Fixed64())
	t := origins.Read(&d.Decoder)
	if n := d.Count(2); n > 0 {
		c.Origins = make([]telemetry.OriginRun, n)
		for i := range c.Origins {
			c.Origins[i] = telemetry.OriginRun{Count: int(d.AtMost(column.MaxReadings)), Origin: t.Origin(&d.Decoder)}
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
	if err := c.Check(); err != nil {
		return nil, stored.Corrupt("%v", err)
	}
	return c, nil
}

func (d *decoder) window() telemetry.Window {
	w := telemetry.Window{Size: telemetry.WindowSize(d.Byte()), Index: d.Varint()}
	if d.Err() == nil && !w.Size.Known() {
		d.Fail("window size %d is unknown", w.Size)
	}
	return w
}

func appendCoverage(dst []byte, t *origins.Table, c telemetry.Coverage, floor telemetry.Stamp) []byte {
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
		dst = t.AppendWriter(dst, c[i].Stream.Writer)
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

func (d *decoder) coverage(t *origins.Table, of telemetry.Tenant, floor telemetry.Stamp) telemetry.Coverage {
	var c telemetry.Coverage
	for range d.Count(7) {
		s := telemetry.Stream{Shard: telemetry.Shard{Tenant: of, Index: uint16(d.AtMost(1<<16 - 1))},
			Day:    telemetry.Day(d.Int32()),
			Writer: t.Writer(&d.Decoder)}
		n := d.Count(3)
		c = slices.Grow(c, n)
		for range n {
			r := telemetry.Covered{Stream: s, From: telemetry.Number(d.Uvarint())}
			r.To = r.From + telemetry.Number(d.Uvarint())
			r.Until = floor + telemetry.Stamp(d.Uvarint())
			c = append(c, r)
		}
	}
	return c
}
