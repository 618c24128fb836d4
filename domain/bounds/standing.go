package bounds

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

// NoneStands reports whether no deletion of a tenant stands at now, as far as the row says; it gives the row for
// NoteNone.
func NoneStands(ctx context.Context, rows chunks.Store, t telemetry.Tenant, now time.Time) (chunks.Row, bool, error) {
	row, err := rows.Get(ctx, chunks.DeletionsKey(t))
	if fault.Is(err, fault.NotFound) {
		return chunks.Row{Key: chunks.DeletionsKey(t)}, false, nil
	}
	age := now.Sub(row.Committed)
	return row, err == nil && string(row.Value) == standsNone && age < lookAgain && age > -lookAgain, err
}

// NoteNone writes down that nothing stands, unless the row has changed since it was read: then the next purge looks.
func NoteNone(ctx context.Context, rows chunks.Store, row chunks.Row) error {
	_, err := chunks.Swap(ctx, rows, chunks.Change{Key: row.Key, If: row.Version, Value: []byte(standsNone)})
	return err
}

// NotePerhaps takes back that nothing stands, and reports whether it certainly did. It changes the row also if that
// says so already: a purge that is looking must not find the version that it knows.
func NotePerhaps(ctx context.Context, rows chunks.Store, t telemetry.Tenant) (done bool, err error) {
	key := chunks.DeletionsKey(t)
	row, err := rows.Get(ctx, key)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return false, err
	}
	return chunks.Swap(ctx, rows, chunks.Change{Key: key, If: row.Version, Value: []byte(standsPerhaps)})
}
