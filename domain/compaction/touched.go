package compaction

import (
	"cmp"
	"slices"

	"tidemark/domain/bounds"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
)

// touching is the blocks (indexes into pass.blocks) that say something of a source or series; of a series also the
// column.
type touching struct {
	source telemetry.Source
	series telemetry.Series
	refs   []ref
}

type ref struct{ block, column int }

// touched lists the sources and the series with readings that the blocks name, sorted.
func (p *pass) touched() (sources, series []touching) {
	bySource := map[telemetry.Source]*touching{}
	bySeries := map[telemetry.Series]*touching{}
	name := func(src telemetry.Source, block int) {
		t := bySource[src]
		if t == nil {
			t = &touching{source: src}
			bySource[src] = t
		}
		if n := len(t.refs); n == 0 || t.refs[n-1].block != block {
			t.refs = append(t.refs, ref{block: block})
		}
	}
	for i, b := range p.blocks {
		if b.View == nil || b.View.Header().Stamp <= p.floor {
			continue
		}
		for c := range b.View.Len() {
			s := b.View.Series(c)
			name(s.Source, i)
			t := bySeries[s]
			if t == nil {
				t = &touching{source: s.Source, series: s}
				bySeries[s] = t
			}
			t.refs = append(t.refs, ref{block: i, column: c})
		}
		for _, d := range b.View.Sources() {
			name(d.Source, i)
		}
		for _, d := range b.View.Deletions() {
			name(d.Series.Source, i)
		}
	}
	return sorted(bySource, func(a, b *touching) int { return cmp.Compare(a.source, b.source) }),
		sorted(bySeries, func(a, b *touching) int { return a.series.Compare(b.series) })
}

// placesOf is the places of the accounts whose chunks blocks touch.
func placesOf(accounts *bounds.Accounts, blocks []tail.Block) []int {
	if accounts.Len() == 1 {
		return nil
	}
	touched := make([]bool, accounts.Len())
	for _, b := range blocks {
		if b.View == nil {
			continue
		}
		for c := range b.View.Len() {
			least, greatest, _ := b.View.Span(c)
			last := accounts.OfYear(telemetry.YearOf(greatest))
			for place := accounts.OfYear(telemetry.YearOf(least)); place <= last; place++ {
				touched[place] = true
			}
		}
	}
	var places []int
	for place, is := range touched {
		if is {
			places = append(places, place)
		}
	}
	return places
}

func sorted[K comparable](m map[K]*touching, by func(a, b *touching) int) []touching {
	list := make([]*touching, 0, len(m))
	for _, t := range m {
		list = append(list, t)
	}
	slices.SortFunc(list, by)
	out := make([]touching, len(list))
	for i, t := range list {
		out[i] = *t
	}
	return out
}
