package blockcodec

import (
	"cmp"
	"slices"
	"sort"

	"tidemark/domain/stored"
	"tidemark/domain/telemetry"
)

// View reads a block's bytes: header and directory are decoded, columns only when asked for. It is immutable and
// safe for concurrent use; it keeps the bytes, which must not change.
type View struct {
	header    Header
	kinds     []kind
	entries   []entry
	sources   []telemetry.Description
	deletions []telemetry.Deletion
	columns   []byte
	readings  int
	size      int
	bySource  []int32 // indexes into sources, sorted by source, in their order for one source
	erasures  []int32 // indexes into deletions that cover something, sorted by source, then place
}

// Open checks the checksum and decodes header and directory. It keeps p. Errors are stored.ErrCorrupt.
func Open(p []byte) (*View, error) {
	version := versionOf(p)
	all, err := stored.Unseal(p, version)
	if err != nil {
		return nil, err
	}
	d := decoder{all}
	v := &View{size: len(p)}
	v.header = d.header(version)
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
	v.sortErasures()
	return v, nil
}

func (v *View) sortErasures() {
	for i := range v.deletions {
		if v.deletions[i].From < v.deletions[i].To {
			v.erasures = append(v.erasures, int32(i))
		}
	}
	slices.SortFunc(v.erasures, func(a, b int32) int {
		x, y := &v.deletions[a].Series, &v.deletions[b].Series
		return cmp.Or(x.Compare(*y), cmp.Compare(v.deletions[a].From, v.deletions[b].From),
			cmp.Compare(v.deletions[a].To, v.deletions[b].To))
	})
}

// Header is the block's header.
func (v *View) Header() Header { return v.header }

// Origin is the origin of everything in the block.
func (v *View) Origin() telemetry.Origin { return v.header.Origin() }

// Len is the number of series.
func (v *View) Len() int { return len(v.entries) }

// Readings is the number of readings.
func (v *View) Readings() int { return v.readings }

// Size is the number of bytes of the encoded block.
func (v *View) Size() int { return v.size }

// Series is the series of column i; columns are sorted by it.
func (v *View) Series(i int) telemetry.Series {
	e := &v.entries[i]
	return telemetry.Series{Source: e.source, Metric: v.kinds[e.kind].metric}
}

// Unit is the unit of column i, "" if unsaid.
func (v *View) Unit(i int) string { return v.kinds[v.entries[i].kind].unit }

// Span is the least and the greatest time of column i (Unix nanoseconds, both inclusive) and its number of readings,
// at least 1.
func (v *View) Span(i int) (min, max int64, n int) {
	e := &v.entries[i]
	return e.span.Min, e.span.Max, e.span.N
}

// Find is the index of the column of a series, and whether there is one; otherwise the index where it would stand.
func (v *View) Find(s telemetry.Series) (int, bool) {
	return sort.Find(len(v.entries), func(i int) int { return s.Compare(v.Series(i)) })
}

// Column decodes column i into a column whose slices are reused. After an error (stored.ErrCorrupt) the column holds
// nothing of use.
func (v *View) Column(i int, into *telemetry.Column) error {
	e := &v.entries[i]
	into.Series, into.Unit = v.Series(i), v.Unit(i)
	var err error
	into.Times, into.Values, err = e.span.Decode(v.columns[e.from:e.to], into.Times, into.Values)
	return err
}

// Sources are the descriptions in their order. They must not be changed.
func (v *View) Sources() []telemetry.Description { return v.sources }

// Deletions are the deletions in their order. They must not be changed.
func (v *View) Deletions() []telemetry.Deletion { return v.deletions }

// Named lists every source that the block says something of (a reading, a description, a deletion), sorted, without
// duplicates.
func (v *View) Named() []telemetry.Source {
	all := make([]telemetry.Source, 0, len(v.entries)+len(v.sources)+len(v.deletions))
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

// Erasures are the indexes of the deletions that cover something, by series, and of one series by what they cover. They
// must not be changed.
func (v *View) Erasures() []int32 { return v.erasures }

// DescriptionsOf are the indexes of the descriptions of a source, in their order. They must not be
// changed.
func (v *View) DescriptionsOf(s telemetry.Source) []int32 {
	from := sort.Search(len(v.bySource), func(i int) bool { return v.sources[v.bySource[i]].Source >= s })
	to := from
	for to < len(v.bySource) && v.sources[v.bySource[to]].Source == s {
		to++
	}
	return v.bySource[from:to]
}
