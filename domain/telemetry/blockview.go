package telemetry

import (
	"cmp"
	"slices"
	"sort"

	"tidemark/domain/stored"
)

// BlockView reads a block's bytes: header and directory are decoded, columns only when asked for. It is immutable and
// safe for concurrent use; it keeps the bytes, which must not change.
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
	byPlace   []int32 // indexes into deletions that cover something, sorted by source, then place
}

// OpenBlock checks the checksum and decodes header and directory. It keeps p. Errors are stored.ErrCorrupt.
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
	if d.Err() != nil {
		return nil, d.Err()
	}
	v.columns = d.Rest()
	for i := range v.entries {
		if i > 0 && v.Series(i-1).Compare(v.Series(i)) >= 0 {
			return nil, stored.Corrupt("series are not sorted at %d", i)
		}
		v.readings += v.entries[i].span.N
	}
	v.bySource = make([]int32, len(v.sources))
	for i := range v.bySource {
		v.bySource[i] = int32(i)
	}
	slices.SortStableFunc(v.bySource, func(a, b int32) int {
		return cmp.Compare(v.sources[a].Source,
			v.sources[b].Source)
	})
	v.sortDeletions()
	return v, nil
}

func (v *BlockView) sortDeletions() {
	for i := range v.deletions {
		if v.deletions[i].From < v.deletions[i].To {
			v.byPlace = append(v.byPlace, int32(i))
		}
	}
	slices.SortFunc(v.byPlace, func(a, b int32) int {
		x, y := &v.deletions[a].Series, &v.deletions[b].Series
		return cmp.Or(cmp.Compare(x.Source, y.Source), v.deletionAt(a).Compare(v.deletionAt(b)))
	})
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

// Span is the least and the greatest time of column i (Unix nanoseconds, both inclusive) and its number of readings,
// at least 1.
func (v *BlockView) Span(i int) (min, max int64, n int) {
	e := &v.entries[i]
	return e.span.Min, e.span.Max, e.span.N
}

// Find is the index of the column of a series, and whether there is one; otherwise the index where it would stand.
func (v *BlockView) Find(s Series) (int, bool) {
	return sort.Find(len(v.entries), func(i int) int { return s.Compare(v.Series(i)) })
}

// Column decodes column i into a column whose slices are reused. After an error (stored.ErrCorrupt) the column holds
// nothing of use.
func (v *BlockView) Column(i int, into *Column) error {
	e := &v.entries[i]
	into.Series, into.Unit = v.Series(i), v.Unit(i)
	var err error
	into.Times, into.Values, err = e.span.Decode(v.columns[e.from:e.to], into.Times, into.Values)
	return err
}

// Sources are the descriptions in their order. They must not be changed.
func (v *BlockView) Sources() []Description { return v.sources }

// Deletions are the deletions in their order. They must not be changed.
func (v *BlockView) Deletions() []Deletion { return v.deletions }

// Named lists every source that the block says something of (a reading, a description, a deletion), sorted, without
// duplicates.
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

// metric is the metric of column i.
func (v *BlockView) metric(i int) Metric { return v.kinds[v.entries[i].kind].metric }

// columnsOf is the range of the columns whose metrics stand in the range of a row of their source.
func (v *BlockView) columnsOf(r *SourceRow) (from, to int) {
	from = sort.Search(len(v.entries), func(i int) bool { return v.entries[i].source >= r.Source })
	to = from + ahead(len(v.entries)-from, func(i int) bool { return v.entries[from+i].source == r.Source })
	if r.Form != SourcePart {
		return from, to
	}
	of := v.entries[from:to]
	least := sort.Search(len(of), func(i int) bool { return PlaceOf(v.kinds[of[i].kind].metric).Compare(r.From) >= 0 })
	n := ahead(len(of)-least, func(i int) bool { return r.Holds(PlaceOf(v.kinds[of[least+i].kind].metric)) })
	return from + least, from + least + n
}

// ahead is for how many of n items from the first on something holds, if it holds for none behind one for which it
// does not: a step grows until it passes the end, then the end is searched.
func ahead(n int, holds func(i int) bool) int {
	low, high := 0, 1
	for high <= n && holds(high-1) {
		low, high = high, 2*high
	}
	high = min(high, n)
	return low + sort.Search(high-low, func(i int) bool { return !holds(low + i) })
}

// deletionsOf are the indexes of the deletions of a row's source, in the order of places, that the row's range may
// have to do with: by their own place or by that of their metric.
func (v *BlockView) deletionsOf(r *SourceRow) []int32 {
	all := v.byPlace
	if len(all) == 0 {
		return nil
	}
	low := sort.Search(len(all), func(i int) bool {
		d := &v.deletions[all[i]].Series
		return d.Source > r.Source || d.Source == r.Source && d.Metric >= r.From.Metric
	})
	n := ahead(len(all)-low, func(i int) bool {
		d := &v.deletions[all[low+i]].Series
		return d.Source == r.Source && (r.To == (Place{}) || d.Metric <= r.To.Metric)
	})
	return all[low : low+n]
}

// NextPlace is the first place at or behind one of which the block says something, if there is one. What it says of a
// metric concerns all of its deletions.
func (v *BlockView) NextPlace(s Source, from Place) (at Place, more bool) {
	if from == (Place{}) && len(v.descriptionsOf(s)) > 0 {
		return from, true
	}
	behind := func(m Metric) bool { return m.After().Compare(from) > 0 }
	take := func(m Metric) {
		p := PlaceOf(m)
		if p.Compare(from) < 0 {
			p = from
		}
		if !more || p.Compare(at) < 0 {
			at, more = p, true
		}
	}
	i := sort.Search(len(v.entries), func(i int) bool {
		return v.entries[i].source > s || v.entries[i].source == s && behind(v.metric(i))
	})
	if i < len(v.entries) && v.entries[i].source == s {
		take(v.metric(i))
	}
	j := sort.Search(len(v.byPlace), func(j int) bool {
		d := &v.deletions[v.byPlace[j]].Series
		return d.Source > s || d.Source == s && behind(d.Metric)
	})
	if j < len(v.byPlace) {
		if d := &v.deletions[v.byPlace[j]].Series; d.Source == s {
			take(d.Metric)
		}
	}
	return at, more
}

// deletionAt is where a deletion stands in the catalogue of its source.
func (v *BlockView) deletionAt(i int32) Place {
	d := &v.deletions[i]
	return Place{d.Series.Metric, DeletionAt{From: d.From, To: d.To, Origin: v.Origin()}}
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
