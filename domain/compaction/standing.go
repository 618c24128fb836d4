package compaction

import (
	"context"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
)

// A purge has to look through a tenant's whole catalogue, and nearly always finds no deletion there. So a state row
// says that none stands: written by a purge that found none, if the row is still what it was before the purge looked,
// and taken back by whoever lets a block with deletions leave the journal, after they were read back from the
// catalogue. So a purge that began before then cannot write it, and one that began later finds them. The row says so
// for an hour at most: it is no evidence (T3), and a failover may bring an old version of it back.
const (
	standsPerhaps = "1?"
	standsNone    = "1-"

	lookAgain = time.Hour
)

// noneStands reports whether no deletion of a tenant stands, as far as the row says; it gives the row for noteNone.
func (s *Service) noneStands(ctx context.Context, rows chunks.Store, t telemetry.Tenant,
	stored time.Time) (chunks.Row, bool, error) {
	row, err := rows.Get(ctx, chunks.DeletionsKey(t))
	if fault.Is(err, fault.NotFound) {
		return chunks.Row{Key: chunks.DeletionsKey(t)}, false, nil
	}
	age := s.earlier(stored).Sub(row.Committed)
	return row, err == nil && string(row.Value) == standsNone && age < lookAgain && age > -lookAgain, err
}

// PurgeDue reports whether a purge of a tenant's deletions has anything to look for. Where none stands it costs one
// read and no message, so that an idle tenant stays idle; once in lookAgain it is due all the same.
func (s *Service) PurgeDue(ctx context.Context, t telemetry.Tenant) (bool, error) {
	stored, err := s.stores.Directory.Now(ctx)
	if err != nil {
		return false, err
	}
	_, none, err := s.noneStands(ctx, s.account(t).Rows, t, stored)
	return err == nil && !none, err
}

// noteNone writes down that nothing stands, unless the row has changed since it was read.
func (s *Service) noteNone(ctx context.Context, rows chunks.Store, row chunks.Row) error {
	err := rows.Apply(ctx, chunks.Change{Key: row.Key, If: row.Version, Value: []byte(standsNone)})
	if fault.Is(err, fault.Conflict) || fault.Is(err, fault.Indeterminate) {
		return nil // the next purge looks
	}
	return err
}

// noteDeletions takes back that nothing stands, before blocks with deletions that every row proves are dropped.
// Blocks for which it did not certainly do so wait for another pass.
func (p *pass) noteDeletions(ctx context.Context) error {
	var leaving []int
	for i, b := range p.blocks {
		if p.evidence[i].proof == proven && b.View != nil && len(b.View.Deletions()) > 0 {
			leaving = append(leaving, i)
		}
	}
	if len(leaving) == 0 {
		return nil
	}
	key := chunks.DeletionsKey(p.shard.Tenant)
	row, err := p.account.Rows.Get(ctx, key)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	// Also if it says so already: a purge that is looking must not find the version that it knows.
	err = p.account.Rows.Apply(ctx, chunks.Change{Key: key, If: row.Version, Value: []byte(standsPerhaps)})
	if fault.Is(err, fault.Conflict) || fault.Is(err, fault.Indeterminate) {
		p.unproven(leaving...)
		return nil
	}
	return err
}
