package compaction

import (
	"cmp"
	"slices"
	"time"

	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
)

// pace is how much a pass takes in hand, learnt from how long the storage takes for it: what a pass has read is
// evidence for a lease (T3), so one that takes longer drops nothing, however often it is made.
type pace struct {
	bytes int // of blocks; at most Config.PassBytes
	rows  int // that these touch: sources and series
}

// hand is what a pass took in hand.
type hand struct{ bytes, rows, left int } // bytes of blocks, rows that they touch, blocks left for another pass

// firstRows is how many rows the first pass touches at most, and mostRows any. mostReadings is of one series: a pass
// decodes a few series side by side, so it bounds its memory.
const (
	firstRows    = 20_000
	mostRows     = 1_000_000
	mostReadings = 1_000_000
)

// learn takes over how long a pass took for what it had in hand, and whether it did all of it. most bounds the bytes.
func (p *pace) learn(took, lease time.Duration, h hand, all bool, most int) {
	switch {
	case took > lease/2: // the next one has to do in half of the lease
		p.bytes, p.rows = max(h.bytes/2, 1), max(h.rows/2, 1)
	case took < lease/8 && all: // no more than twice what was tried
		p.bytes, p.rows = max(p.bytes, min(2*h.bytes, most)), max(p.rows, min(2*h.rows, mostRows))
	}
}

// inHand takes the oldest blocks that a pace allows, of each stream a prefix of those given, and at least one.
func (p pace) inHand(blocks []tail.Block) ([]tail.Block, hand) {
	bytes, rows, readings := 0, 0, 0
	for _, b := range blocks {
		bytes += b.Size
		rows += touches(b)
		readings += readingsOf(b)
	}
	if bytes <= p.bytes && rows <= p.rows && readings <= mostReadings {
		return blocks, hand{bytes: bytes}
	}
	byAge := slices.Clone(blocks)
	slices.SortStableFunc(byAge, func(a, b tail.Block) int { return cmp.Compare(stampOf(a), stampOf(b)) })
	seen := rowSet{sources: map[telemetry.Source]bool{}, readings: map[telemetry.Series]int{}}
	n := 0
	for bytes = 0; n < len(byAge); n++ {
		b := byAge[n]
		seen.add(b)
		if n > 0 && (bytes+b.Size > p.bytes || seen.len() > p.rows || seen.most > mostReadings) {
			break
		}
		bytes += b.Size
	}
	taken := slices.Clone(byAge[:n])
	slices.SortFunc(taken, func(a, b tail.Block) int {
		return cmp.Or(a.At.Stream.Compare(b.At.Stream), cmp.Compare(a.At.Number, b.At.Number))
	})
	return taken, hand{bytes: bytes, left: len(blocks) - n}
}

func readingsOf(b tail.Block) int {
	if b.View == nil {
		return 0
	}
	return b.View.Readings()
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
	sources  map[telemetry.Source]bool
	readings map[telemetry.Series]int
	most     int // readings of one series
}

func (r *rowSet) len() int { return len(r.sources) + len(r.readings) }

func (r *rowSet) add(b tail.Block) {
	if b.View == nil {
		return
	}
	for c := range b.View.Len() {
		s := b.View.Series(c)
		_, _, n := b.View.Span(c)
		r.readings[s] += n
		r.most = max(r.most, r.readings[s])
		r.sources[s.Source] = true
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
