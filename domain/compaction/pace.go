package compaction

import (
	"cmp"
	"slices"
	"time"

	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
)

// pace is how much a pass takes in hand, learnt from how long the storage takes for it: what a pass has read is evidence for a lease (T3), so one that
// takes longer drops nothing, however often it is made.
type pace struct {
	bytes int // of blocks; at most Config.PassBytes
	rows  int // that these touch: sources and series
}

// firstRows is how many rows the first pass touches at most, and mostRows any.
const (
	firstRows = 20_000
	mostRows  = 1_000_000
)

// learn takes over how long a pass took for some bytes of blocks that touch some rows. most bounds the bytes.
func (p *pace) learn(took, lease time.Duration, bytes, rows, most int) {
	switch {
	case took > lease/2: // the next one has to do in half of the lease
		p.bytes, p.rows = max(bytes/2, 1), max(rows/2, 1)
	case took < lease/8: // no more than twice what was tried
		p.bytes, p.rows = max(p.bytes, min(2*bytes, most)), max(p.rows, min(2*rows, mostRows))
	}
}

// inHand takes the oldest blocks that a pace allows, of each stream a prefix, and at least one. It gives their bytes.
func (p pace) inHand(blocks []tail.Block) (taken []tail.Block, bytes int) {
	rows := 0
	for _, b := range blocks {
		bytes += b.Size
		rows += touches(b)
	}
	if bytes <= p.bytes && rows <= p.rows {
		return blocks, bytes
	}
	byAge := slices.Clone(blocks)
	slices.SortStableFunc(byAge, func(a, b tail.Block) int { return cmp.Compare(stampOf(a), stampOf(b)) })
	seen := rowSet{sources: map[telemetry.Source]bool{}, series: map[telemetry.Series]bool{}}
	n, bytes := 0, 0
	for ; n < len(byAge); n++ {
		seen.add(byAge[n])
		if n > 0 && (bytes+byAge[n].Size > p.bytes || seen.len() > p.rows) {
			break
		}
		bytes += byAge[n].Size
	}
	taken = byAge[:n]
	slices.SortFunc(taken, func(a, b tail.Block) int {
		return cmp.Or(a.At.Stream.Compare(b.At.Stream), cmp.Compare(a.At.Number, b.At.Number))
	})
	return taken, bytes
}

// touches is at least the number of rows that a block touches.
func touches(b tail.Block) int {
	if b.View == nil {
		return 0
	}
	return 2*b.View.Len() + len(b.View.Sources()) + len(b.View.Deletions())
}

// rowSet is the rows that some blocks touch.
type rowSet struct {
	sources map[telemetry.Source]bool
	series  map[telemetry.Series]bool
}

func (r rowSet) len() int { return len(r.sources) + len(r.series) }

func (r rowSet) add(b tail.Block) {
	if b.View == nil {
		return
	}
	for c := range b.View.Len() {
		s := b.View.Series(c)
		r.series[s], r.sources[s.Source] = true, true
	}
	for _, d := range b.View.Sources() {
		r.sources[d.Source] = true
	}
	for _, d := range b.View.Deletions() {
		r.sources[d.Series.Source] = true
	}
}

func stampOf(b tail.Block) telemetry.Stamp {
	if b.View == nil {
		return 0
	}
	return b.View.Header().Stamp
}
