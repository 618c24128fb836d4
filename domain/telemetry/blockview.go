package telemetry

import (
	"cmp"
	"slices"
	"sort"
)

// BlockView reads a block's bytes: header and directory are decoded, columns only when asked for. It is immutable and safe for
// concurrent use; it keeps the bytes, which must not change.
type BlockView struct {
	header    BlockHeader
	kinds     []kind
	entries   []entry
	sources   []Description
	deletions []Deletion
	columns   []byte
	readings  int
	size      int
	bySource  []int32 // indexes into sources, sorted by source, in their order for one source
}

// OpenBlock checks the checksum and decodes header and directory. It keeps p. Errors are ErrCorrupt.
func OpenBlock(p []byte) (*BlockView, error) {
	d, err := unseal(p, blockV1)
	if err != nil {
		return nil, err
	}
	v := &BlockView{size: len(p)}
	v.header = d.header()
	v.sources = d.descriptions()
	v.deletions = d.deletions()
	v.kinds = d.kinds()
	v.entries = d.entries(v.kinds)
	if d.err != nil {
		return nil, d.err
	}
	v.columns = d.p
	for i := range v.entries {
		if i > 0 && v.Series(i-1).Compare(v.Series(i)) >= 0 {
			return nil, corrupt("series are not sorted at %d", i)
		}
		v.readings += v.entries[i].n
	}
	v.bySource = make([]int32, len(v.sources))
	for i := range v.bySource {
		v.bySource[i] = int32(i)
	}
	slices.SortStableFunc(v.bySource, func(a, b int32) int { return cmp.Compare(v.sources[a].Source, v.sources[b].Source) })
	return v, nil
}

// Header is the block's header.
func (v *BlockView) Header() BlockHeader { return v.header }

// Origin is the origin of everything in the block.
func (v *BlockView) Origin() Origin { return v.header.Origin() }

// Len is the number of series.
func (v *BlockView) Len() int { return len(v.entries) }

// Readings is the number of readings.
func (v *BlockView) Readings() int { return v.readings }

// Size is the number of bytes of the encoded block.
func (v *BlockView) Size() int { return v.size }

// Series is the series of column i; columns are sorted by it.
func (v *BlockView) Series(i int) Series {
	e := &v.entries[i]
	return Series{Source: e.source, Metric: v.kinds[e.kind].metric}
}

// Unit is the unit of column i, "" if unsaid.
func (v *BlockView) Unit(i int) string { return v.kinds[v.entries[i].kind].unit }

// Span is the least and the greatest time of column i (Unix nanoseconds, both inclusive) and its number of readings, at least 1.
func (v *BlockView) Span(i int) (min, max int64, n int) {
	e := &v.entries[i]
	return e.min, e.max, e.n
}

// Find is the index of the column of a series, and whether there is one; otherwise the index where it would stand.
func (v *BlockView) Find(s Series) (int, bool) {
	return sort.Find(len(v.entries), func(i int) int { return s.Compare(v.Series(i)) })
}

// Column decodes column i into a column whose slices are reused. After an error (ErrCorrupt) the column holds nothing of use.
func (v *BlockView) Column(i int, into *Column) error {
	e := &v.entries[i]
	into.Series, into.Unit = v.Series(i), v.Unit(i)
	return e.decodeInto(v.columns[e.from:e.to], into)
}

// Sources are the descriptions in their order. They must not be changed.
func (v *BlockView) Sources() []Description { return v.sources }

// Deletions are the deletions in their order. They must not be changed.
func (v *BlockView) Deletions() []Deletion { return v.deletions }

// Named lists every source that the block says something of (a reading, a description, a deletion), sorted, without duplicates.
func (v *BlockView) Named() []Source {
	all := make([]Source, 0, len(v.entries)+len(v.sources)+len(v.deletions))
	for i := range v.entries {
		if n := len(all); n == 0 || all[n-1] != v.entries[i].source {
			all = append(all, v.entries[i].source)
		}
	}
	for i := range v.sources {
		all = append(all, v.sources[i].Source)
	}
	for i := range v.deletions {
		all = append(all, v.deletions[i].Series.Source)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// seriesOf is the range of the columns of a source.
func (v *BlockView) seriesOf(s Source) (from, to int) {
	from = sort.Search(len(v.entries), func(i int) bool { return v.entries[i].source >= s })
	to = from
	for to < len(v.entries) && v.entries[to].source == s {
		to++
	}
	return from, to
}

// descriptionsOf are the indexes of the descriptions of a source, in their order.
func (v *BlockView) descriptionsOf(s Source) []int32 {
	from := sort.Search(len(v.bySource), func(i int) bool { return v.sources[v.bySource[i]].Source >= s })
	to := from
	for to < len(v.bySource) && v.sources[v.bySource[to]].Source == s {
		to++
	}
	return v.bySource[from:to]
}
