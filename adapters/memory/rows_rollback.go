package memory

import (
	"time"

	"tidemark/ports/chunks"
)

// undo is how one change is taken back: to what a row was before, or to a year without tables.
type undo struct {
	at      time.Time // by the storage's clock
	key     chunks.Key
	before  record
	existed bool
	made    bool // not a row: the tables of the key's year
}

// KeepHistory lets Rollback go back as far as keep. Without it nothing is kept, and nothing can be taken back.
func (r *Rows) KeepHistory(keep time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keep = keep
}

// remember notes how a change is taken back. The caller holds mu.
func (r *Rows) remember(u undo) {
	if r.keep == 0 {
		return
	}
	old := 0
	for old < len(r.history) && u.at.Sub(r.history[old].at) > r.keep {
		old++
	}
	r.history = append(r.history[old:], u)
}

// Rollback brings the rows back to an earlier state, as an unplanned failover does that had not replicated
// everything: of each partition the changes made at a moment (by the storage's clock) or later are undone, latest
// first. A batch goes or stays as a whole. Tables of a year that were made since the moment of every partition in
// them are gone too. It gives how many changes were undone. What Expire did stays.
func (r *Rows) Rollback(moment func(chunks.Partition) time.Time) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	moments := map[chunks.Partition]time.Time{}
	undone := 0
	var kept []undo
	for i := len(r.history) - 1; i >= 0; i-- {
		u := r.history[i]
		from, ok := moments[u.key.Partition]
		if !ok {
			from = moment(u.key.Partition)
			moments[u.key.Partition] = from
		}
		switch {
		case u.at.Before(from):
			kept = append(kept, u)
			continue
		case u.made:
			r.unmake(u.key.Year)
		default:
			r.restore(u)
		}
		undone++
	}
	r.history = r.history[:0]
	for i := len(kept) - 1; i >= 0; i-- {
		r.history = append(r.history, kept[i])
	}
	return undone
}

// restore puts a row back as it was. The caller holds mu.
func (r *Rows) restore(u undo) {
	p := r.partitionOf(u.key.Partition)
	if u.existed {
		p.put(u.key.Row, u.before)
		return
	}
	p.remove(u.key.Row)
}

// unmake takes the tables of a year away if nothing is in them. The caller holds mu.
func (r *Rows) unmake(year int32) {
	for of, p := range r.partitions {
		if of.Table == chunks.Chunks && of.Year == year && len(p.rows) > 0 {
			return
		}
	}
	delete(r.years, year)
}
