package bounds_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"tidemark/adapters/goruntime"
	"tidemark/adapters/memory"
	"tidemark/domain/bounds"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// prepared is a journal that notes the days for which it is prepared, and fails.
type prepared struct {
	journal.Directory
	days []telemetry.Day
	err  error
}

func (p *prepared) Prepare(_ context.Context, day telemetry.Day) error {
	p.days = append(p.days, day)
	return p.err
}

// TestTablesAreMadeAhead once an hour, and at once where the last time failed. Tables that are there already are no
// trouble.
func TestTablesAreMadeAhead(t *testing.T) {
	s := goruntime.New()
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	d := &prepared{}
	ahead := bounds.NewAhead(d, memory.NewRows(s), func() time.Time { return now })
	today := telemetry.DayOf(now)
	all := []telemetry.Day{today - 1, today, today + 1, today + 31, today + 62}
	for _, c := range []struct {
		pass time.Duration
		err  error
		want []telemetry.Day
		kind fault.Kind
	}{
		{0, fault.New(fault.Unavailable, "x", "away"), all[:1], fault.Unavailable},
		{0, fault.New(fault.Conflict, "x", "there"), all, 0},
		{59 * time.Minute, nil, nil, 0},
		{time.Minute, nil, all, 0},
		{time.Second, nil, nil, 0},
	} {
		now = now.Add(c.pass)
		d.days, d.err = nil, c.err
		err := ahead.Prepare(t.Context())
		if !slices.Equal(d.days, c.want) || (err != nil) != (c.kind != 0) || c.kind != 0 && !fault.Is(err, c.kind) {
			t.Errorf("after %s: days %v, want %v; %v", c.pass, d.days, c.want, err)
		}
	}
}
