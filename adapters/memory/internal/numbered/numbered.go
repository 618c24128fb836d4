// Package numbered keeps what a stream of the memory journal holds, by number.
package numbered

import (
	"bytes"
	"slices"
	"time"

	"tidemark/domain/stream"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// Stored is an entry and when it was stored, by the storage's clock.
type Stored struct {
	journal.Entry
	At time.Time
}

// Entries are those of one stream. The zero value has none.
type Entries struct {
	by    map[telemetry.Number]Stored
	order []telemetry.Number // rising
}

// Put keeps a copy of an entry whose number is free.
func (k *Entries) Put(e journal.Entry, at time.Time) {
	if k.by == nil {
		k.by = map[telemetry.Number]Stored{}
	}
	e.Block = bytes.Clone(e.Block)
	i, _ := slices.BinarySearch(k.order, e.Number)
	k.order = slices.Insert(k.order, i, e.Number)
	k.by[e.Number] = Stored{e, at}
}

// StoredAt is when a number was stored; zero of one that holds nothing.
func (k *Entries) StoredAt(n telemetry.Number) time.Time { return k.by[n].At }

// Held is what lies under the number of an entry that comes.
func (k *Entries) Held(e journal.Entry) stream.Held {
	there, ok := k.by[e.Number]
	switch {
	case !ok:
		return stream.Nothing
	case there.Void == e.Void && bytes.Equal(there.Block, e.Block):
		return stream.Same
	case there.Void:
		return stream.Void
	}
	return stream.Another
}

// Above are the numbers above one, rising.
func (k *Entries) Above(n telemetry.Number) []telemetry.Number {
	i, found := slices.BinarySearch(k.order, n)
	if found {
		i++
	}
	return k.order[i:]
}

// Page is the next entries above a number, so many at most. Their blocks are those that are kept.
func (k *Entries) Page(after telemetry.Number, most int) (page []Stored) {
	above := k.Above(after)
	for _, n := range above[:min(most, len(above))] {
		page = append(page, k.by[n])
	}
	return page
}

// Sweep takes away what lies at or below a mark.
func (k *Entries) Sweep(mark telemetry.Number) {
	gone := 0
	for gone < len(k.order) && k.order[gone] <= mark {
		delete(k.by, k.order[gone])
		gone++
	}
	k.order = slices.Delete(k.order, 0, gone)
}
