package csvreadings

import (
	"hash/maphash"
	"strings"

	"tidemark/domain/telemetry"
)

// watch looks for records of different parts of a file that are the same but for a column, as findApart does within
// one. Its memory is bounded: of a file with more readings than it holds it keeps every second, then every fourth, by
// the hash of series and time, so that of a column that tells all records apart enough is seen, however long the file
// is.
type watch struct {
	seed    maphash.Seed
	seen    map[watched]record
	every   uint64            // the hash modulo this is 0
	found   map[int]two       // by column, the first
	texts   map[string]string // those that are kept, once
	hashes  []uint64          // of the series of the batch
	checked int               // readings of the batch
	columns []int             // of the record, that may tell it apart
}

// watched is the hash of a series and a time, and a column.
type watched struct {
	reading uint64
	column  int
}

// The bounds of a watch: 16 MiB or so.
const (
	mostWatched = 1 << 17
	mostTexts   = 1 << 14
	longestText = 64 // bytes that are compared
)

func newWatch() *watch {
	return &watch{seed: maphash.MakeSeed(), seen: make(map[watched]record), every: 1,
		found: make(map[int]two), texts: make(map[string]string)}
}

// begin starts a part.
func (w *watch) begin() { w.hashes, w.checked = w.hashes[:0], 0 }

// record takes the readings that the decoder's record gave.
func (w *watch) record(d *Decoder) {
	w.columns = w.columns[:0]
	for i, cell := range d.cells {
		c := &d.layout.columns[i]
		if len(cell) > 0 && (c.use == useless || c.use == thing || c.use == metric && c.text) {
			w.columns = append(w.columns, i)
		}
	}
	b := d.batch
	for ; w.checked < b.Len(); w.checked++ {
		if len(w.columns) == 0 {
			continue
		}
		if at := w.hash(b, w.checked); at%w.every == 0 {
			w.reading(d, at)
		}
	}
}

// pass takes no notice of the readings that the decoder's record gave.
func (w *watch) pass(b *telemetry.Batch) { w.checked = b.Len() }

// hash is that of a reading's series and time.
func (w *watch) hash(b *telemetry.Batch, at int) uint64 {
	for i := len(w.hashes); i < len(b.Series); i++ {
		s := b.Series[i]
		source, metric := maphash.String(w.seed, string(s.Source)), maphash.String(w.seed, string(s.Metric))
		w.hashes = append(w.hashes, source*31+metric)
	}
	h := (w.hashes[b.Of[at]] ^ uint64(b.Times[at])) * 0x9e3779b97f4a7c15 // Fibonacci hashing
	h = (h ^ h>>32) * 0xd6e8feb86659fd93
	return h ^ h>>32
}

func (w *watch) reading(d *Decoder, at uint64) {
	for _, i := range w.columns {
		if _, ok := w.found[i]; ok {
			continue
		}
		key := watched{at, i}
		now := record{d.before + d.at, w.text(d.cells[i])}
		if old, ok := w.seen[key]; !ok {
			w.seen[key] = now
		} else if old.text != now.text {
			w.found[i] = two{i, old, now}
		}
	}
	for len(w.seen) > mostWatched {
		w.every *= 2
		for key := range w.seen {
			if key.reading%w.every != 0 {
				delete(w.seen, key)
			}
		}
	}
}

// text is a cell, shortened, in memory of its own.
func (w *watch) text(cell []byte) string {
	cell = cell[:min(len(cell), longestText)]
	if s, ok := w.texts[string(cell)]; ok {
		return s
	}
	s := strings.Clone(string(cell))
	if len(w.texts) < mostTexts {
		w.texts[s] = s
	}
	return s
}
