package metered

import (
	"context"

	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// Directory counts of a directory what is asked at each question or each stream; the rest is rare.
func Directory(d journal.Directory, m Meter) journal.Directory { return countedDirectory{d, &m} }

type countedDirectory struct {
	journal.Directory
	m *Meter
}

func (d countedDirectory) First(ctx context.Context, s telemetry.Shard) (telemetry.Day, error) {
	done := d.m.start("journal.first")
	day, err := d.Directory.First(ctx, s)
	done(err)
	return day, err
}

func (d countedDirectory) Register(ctx context.Context, s telemetry.Shard, day telemetry.Day) error {
	done := d.m.start("journal.register")
	err := d.Directory.Register(ctx, s, day)
	done(err)
	return err
}

func (d countedDirectory) Prepare(ctx context.Context, day telemetry.Day) error {
	done := d.m.start("journal.prepare")
	err := d.Directory.Prepare(ctx, day)
	done(err)
	return err
}
