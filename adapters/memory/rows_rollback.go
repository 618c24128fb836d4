package memory

import (
	"context"
	"iter"
	"maps"
	"slices"
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
	var kept []undo
	for _, u := range slices.Backward(r.history) {
		if _, ok := moments[u.key.Partition]; !ok {
			moments[u.key.Partition] = moment(u.key.Partition)
		}
		switch {
		case u.at.Before(moments[u.key.Partition]):
			kept = append(kept, u)
		case u.made:
			r.unmake(u.key.Year)
		default:
			r.restore(u)
		}
	}
	slices.Reverse(kept)
	undone := len(r.history) - len(kept)
	r.history = kept
	return undone
}

// restore puts a row back as it was. The caller holds mu.
func (r *Rows) restore(u undo) {
	p := r.partitionOf(u.key.Partition)
	if p.remove(u.key.Row); u.existed {
		p.put(u.key.Row, u.before)
	}
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

// Secondary is the memory twin of the account's secondary endpoint (chunks.Reader). It is safe for concurrent use.
type Secondary struct {
	of     *Rows
	moment func(chunks.Partition) time.Time
}

// Secondary is the rows as of a moment by the storage's clock, another for each partition, that moves on, as far as
// KeepHistory goes back: what was changed at it or later has not arrived. What Expire did has.
func (r *Rows) Secondary(moment func(chunks.Partition) time.Time) *Secondary {
	return &Secondary{r, moment}
}

// Get implements chunks.Reader.
func (s *Secondary) Get(ctx context.Context, k chunks.Key) (chunks.Row, error) {
	return s.arrived(k.Partition).Get(ctx, k)
}

// Scan implements chunks.Reader.
func (s *Secondary) Scan(ctx context.Context, of chunks.Range) iter.Seq2[chunks.Row, error] {
	return s.arrived(of.Partition).Scan(ctx, of)
}

// Expired implements chunks.Reader.
func (s *Secondary) Expired(ctx context.Context) (int32, error) {
	return s.arrived(chunks.Partition{}).Expired(ctx)
}

// arrived is what is there of a partition.
func (s *Secondary) arrived(p chunks.Partition) *Rows {
	moment, out := s.moment(p), NewRows(s.of.sched)
	s.of.mu.Lock()
	defer s.of.mu.Unlock()
	out.expired, out.hasExpired = s.of.expired, s.of.hasExpired
	now := s.of.partitionOf(p)
	out.partitions[p] = &partition{slices.Clone(now.order), maps.Clone(now.rows)}
	for _, u := range slices.Backward(s.of.history) {
		if u.key.Partition == p && !u.made && !u.at.Before(moment) {
			out.restore(u)
		}
	}
	return out
}
