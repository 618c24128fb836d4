package sourcerow

import (
	"sort"

	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/blockcodec"
)

// What a block says of a source, and of a range of its places.

// columnsOf is the range of the columns whose metrics stand in the range of a row of their source.
func (r *Row) columnsOf(v *blockcodec.View) (from, to int) {
	from = sort.Search(v.Len(), func(i int) bool { return v.Series(i).Source >= r.Source })
	to = from + ahead(v.Len()-from, func(i int) bool { return v.Series(from+i).Source == r.Source })
	if r.Form != Part {
		return from, to
	}
	least := from + sort.Search(to-from, func(i int) bool {
		return PlaceOf(v.Series(from+i).Metric).Compare(r.From) >= 0
	})
	n := ahead(to-least, func(i int) bool { return r.Holds(PlaceOf(v.Series(least + i).Metric)) })
	return least, least + n
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
func (r *Row) deletionsOf(v *blockcodec.View) []int32 {
	all := v.Erasures()
	if len(all) == 0 {
		return nil
	}
	low := sort.Search(len(all), func(i int) bool {
		d := &v.Deletions()[all[i]].Series
		return d.Source > r.Source || d.Source == r.Source && d.Metric >= r.From.Metric
	})
	n := ahead(len(all)-low, func(i int) bool {
		d := &v.Deletions()[all[low+i]].Series
		return d.Source == r.Source && (r.To == (Place{}) || d.Metric <= r.To.Metric)
	})
	return all[low : low+n]
}

// NextPlace is the first place at or behind one of which the block says something, if there is one. What it says of a
// metric concerns all of its deletions.
func NextPlace(v *blockcodec.View, s telemetry.Source, from Place) (at Place, more bool) {
	if from == (Place{}) && len(v.DescriptionsOf(s)) > 0 {
		return from, true
	}
	behind := func(m telemetry.Metric) bool { return After(m).Compare(from) > 0 }
	take := func(m telemetry.Metric) {
		p := PlaceOf(m)
		if p.Compare(from) < 0 {
			p = from
		}
		if !more || p.Compare(at) < 0 {
			at, more = p, true
		}
	}
	i := sort.Search(v.Len(), func(i int) bool {
		return v.Series(i).Source > s || v.Series(i).Source == s && behind(v.Series(i).Metric)
	})
	if i < v.Len() && v.Series(i).Source == s {
		take(v.Series(i).Metric)
	}
	j := sort.Search(len(v.Erasures()), func(j int) bool {
		d := &v.Deletions()[v.Erasures()[j]].Series
		return d.Source > s || d.Source == s && behind(d.Metric)
	})
	if j < len(v.Erasures()) {
		if d := &v.Deletions()[v.Erasures()[j]].Series; d.Source == s {
			take(d.Metric)
		}
	}
	return at, more
}

// deletionAt is where a deletion stands in the catalogue of its source.
func deletionAt(v *blockcodec.View, i int32) Place {
	d := &v.Deletions()[i]
	return Place{d.Series.Metric, telemetry.DeletionAt{From: d.From, To: d.To, Origin: v.Origin()}}
}
