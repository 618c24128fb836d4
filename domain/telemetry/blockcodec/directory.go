package blockcodec

import (
	"encoding/binary"

	"tidemark/domain/column"
	"tidemark/domain/stored"
	"tidemark/domain/telemetry"
)

// kind is what the series of a block share: a metric and a unit.
type kind struct {
	metric telemetry.Metric
	unit   string
}

// kinds gives each kind a small number, in order of first use.
type kinds struct {
	list []kind
	of   map[kind]uint32 // once the list is long
	next int             // the kind after the one found last: sources mostly repeat their metrics in one order
}

// maxShared bounds what a source shares with the one before, and so how much memory few bytes can ask for.
const maxShared = 128

const kindsScanned = 8

func (ks *kinds) reset() {
	ks.list, ks.next = ks.list[:0], 0
	clear(ks.of)
}

func (ks *kinds) index(k kind) uint32 {
	if ks.next < len(ks.list) && ks.list[ks.next] == k {
		ks.next++
		return uint32(ks.next - 1)
	}
	i, ok := ks.find(k)
	if !ok {
		i = uint32(len(ks.list))
		ks.list = append(ks.list, k)
		if ks.of == nil {
			ks.of = make(map[kind]uint32)
		}
		ks.of[k] = i
	}
	ks.next = int(i) + 1
	return i
}

func (ks *kinds) find(k kind) (uint32, bool) {
	if len(ks.list) <= kindsScanned {
		for i := range ks.list {
			if ks.list[i] == k {
				return uint32(i), true
			}
		}
		return 0, false
	}
	i, ok := ks.of[k]
	return i, ok
}

// entry is one series of a block's directory.
type entry struct {
	source   telemetry.Source
	kind     uint32
	from, to uint32 // its column's bytes
	span     column.Span
}

// timeUnit gives the least time of all columns and the greatest unit, in ns, that divides every least time and span
// relative to it.
func timeUnit(cols []telemetry.Column) (base, unit int64) {
	if len(cols) == 0 {
		return 0, 1
	}
	base, top := cols[0].Times[0], cols[0].Times[0]
	for i := range cols {
		t := cols[i].Times
		base, top = min(base, t[0]), max(top, t[len(t)-1])
	}
	if top-base < 0 { // over 2^63 ns
		return base, 1
	}
	var g int64
	for i := range cols {
		t := cols[i].Times
		for _, d := range [2]int64{t[0] - base, t[len(t)-1] - t[0]} {
			switch {
			case d == 0:
			case g == 0:
				g = d
			case d%g != 0:
				g = column.GCD(g, d)
			}
		}
		if g == 1 {
			break
		}
	}
	return base, max(g, 1)
}

// directory writes the kinds, series and columns of a block, and keeps its scratch memory from block to block.
type directory struct {
	kinds   kinds
	dir     []byte
	body    []byte
	columns column.Encoder
}

// append appends kinds, series and columns.
func (s *directory) append(dst []byte, cols []telemetry.Column) []byte {
	base, unit := timeUnit(cols)
	s.kinds.reset()
	dir, body := s.dir[:0], s.body[:0]
	dir = binary.AppendUvarint(dir, uint64(len(cols)))
	dir = binary.AppendVarint(dir, base)
	dir = binary.AppendUvarint(dir, uint64(unit))
	var before telemetry.Source
	for i := range cols {
		c := &cols[i]
		n := len(c.Times)
		shared := sharedPrefix(before, c.Series.Source)
		dir = binary.AppendUvarint(dir, uint64(shared))
		dir = stored.AppendText(dir, c.Series.Source[shared:])
		dir = binary.AppendUvarint(dir, uint64(s.kinds.index(kind{c.Series.Metric, c.Unit})))
		dir = binary.AppendUvarint(dir, uint64(n))
		dir = binary.AppendUvarint(dir, uint64(c.Times[0]-base)/uint64(unit))
		if n > 1 {
			dir = binary.AppendUvarint(dir, uint64(c.Times[n-1]-c.Times[0])/uint64(unit))
		}
		from := len(body)
		body = s.columns.Append(body, c.Times, c.Values)
		dir = binary.AppendUvarint(dir, uint64(len(body)-from))
		before = c.Series.Source
	}
	dst = binary.AppendUvarint(dst, uint64(len(s.kinds.list)))
	for _, k := range s.kinds.list {
		dst = stored.AppendText(dst, k.metric)
		dst = stored.AppendText(dst, k.unit)
	}
	s.dir, s.body = dir, body
	return append(append(dst, dir...), body...)
}

// sharedPrefix is how many bytes b takes from a: all of an equal source, else at most maxShared.
func sharedPrefix(a, b telemetry.Source) int {
	if a == b {
		return len(a)
	}
	n := min(len(a), len(b), maxShared)
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

func (d *decoder) kinds() []kind {
	ks := make([]kind, d.Count(2))
	for i := range ks {
		ks[i] = kind{telemetry.Metric(d.Text()), d.Text()}
	}
	return ks
}

// entries reads the series and checks that they are sorted, and that their columns are all that follows.
func (d *decoder) entries(ks []kind) []entry {
	es := make([]entry, d.Count(6))
	base, unit := d.Varint(), int64(d.Uvarint())
	names := make([]byte, 0, min(len(d.Rest()), 1<<18))
	ends := make([]int, len(es))
	total, end := 0, uint64(0)
	var before []byte
	for i := range es {
		e := &es[i]
		names, before = d.source(names, before)
		ends[i] = len(names)
		e.kind = uint32(d.AtMost(uint64(max(len(ks), 1) - 1)))
		e.span.N = int(d.AtMost(column.MaxReadings))
		e.span.Min = base + int64(d.Uvarint())*unit
		e.span.Max = e.span.Min
		if e.span.N > 1 {
			e.span.Max += int64(d.Uvarint()) * unit
		}
		e.from = uint32(end)
		end += d.AtMost(1 << 31)
		e.to = uint32(end)
		total += e.span.N
		if d.Err() == nil && (e.span.N == 0 || len(ks) == 0 || total > column.MaxReadings || end > 1<<31) {
			d.Fail("series %d has %d readings of %d kinds, %d in all", i, e.span.N, len(ks), total)
		}
		if d.Err() != nil {
			return nil
		}
	}
	if end != uint64(len(d.Rest())) {
		d.Fail("columns have %d bytes, the directory says %d", len(d.Rest()), end)
		return nil
	}
	all, from := string(names), 0
	for i := range es {
		if ends[i] == from && i > 0 {
			es[i].source = es[i-1].source
		} else {
			es[i].source = telemetry.Source(all[from:ends[i]])
		}
		from = ends[i]
	}
	return es
}

// source reads the next source. A repeated one adds nothing to names; before is the source in any case.
func (d *decoder) source(names, before []byte) (_, source []byte) {
	shared := int(d.AtMost(uint64(len(before))))
	rest := d.Take(d.Count(1))
	if len(rest) == 0 && shared == len(before) {
		return names, before
	}
	if shared > maxShared || shared+len(rest) == 0 {
		d.Fail("a source shares %d bytes", shared)
		return names, before
	}
	from := len(names)
	names = append(append(names, before[:shared]...), rest...)
	return names, names[from:]
}
