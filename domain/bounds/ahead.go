package bounds

import (
	"context"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
	"tidemark/ports/journal"
)

// PrepareAhead makes the tables of the journal's next two months and of the account. Tables of chunks are made when
// they are needed.
func PrepareAhead(ctx context.Context, d journal.Directory, rows chunks.Store, now time.Time) error {
	today := telemetry.DayOf(now)
	for _, ahead := range []telemetry.Day{-1, 0, 1, 31, 62} {
		if err := d.Prepare(ctx, today+ahead); err != nil && !fault.Is(err, fault.Conflict) {
			return err
		}
	}
	return rows.Prepare(ctx, telemetry.YearOf(now.UnixNano()))
}

// prepareEvery is how often an Ahead looks: tables are made weeks before they are needed.
const prepareEvery = time.Hour

// Ahead looks after the tables ahead. It is used by one goroutine.
type Ahead struct {
	dir  journal.Directory
	rows chunks.Store
	now  func() time.Time

	last time.Time // when they were prepared; zero before the first time
}

// NewAhead makes one.
func NewAhead(d journal.Directory, rows chunks.Store, now func() time.Time) *Ahead {
	return &Ahead{dir: d, rows: rows, now: now}
}

// Prepare is PrepareAhead, once an hour however often it is called; after an error it is tried at the next call.
func (a *Ahead) Prepare(ctx context.Context) error {
	now := a.now()
	if !a.last.IsZero() && now.Sub(a.last) < prepareEvery {
		return nil
	}
	if err := PrepareAhead(ctx, a.dir, a.rows, now); err != nil {
		return err
	}
	a.last = now
	return nil
}
