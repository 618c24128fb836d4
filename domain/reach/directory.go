package reach

import (
	"context"
	"iter"
	"time"

	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// Directory puts a guard around what the journal of a region knows beside its streams: the same guard as around the
// journal.
func Directory(d journal.Directory, g *Guard) journal.Directory { return guardedDirectory{d, g} }

type guardedDirectory struct {
	d journal.Directory
	g *Guard
}

func (d guardedDirectory) Init(ctx context.Context, p journal.Place) error {
	return tell(ctx, d.g, "journal.init", long, func(ctx context.Context) error { return d.d.Init(ctx, p) })
}

func (d guardedDirectory) Change(ctx context.Context, from, to journal.Place) error {
	return tell(ctx, d.g, "journal.change", long, func(ctx context.Context) error { return d.d.Change(ctx, from, to) })
}

func (d guardedDirectory) Register(ctx context.Context, s telemetry.Shard, day telemetry.Day) error {
	return tell(ctx, d.g, "journal.register", long, func(ctx context.Context) error {
		return d.d.Register(ctx, s, day)
	})
}

func (d guardedDirectory) First(ctx context.Context, s telemetry.Shard) (telemetry.Day, error) {
	return do(ctx, d.g, "journal.first", read, func(ctx context.Context) (telemetry.Day, error) {
		return d.d.First(ctx, s)
	})
}

func (d guardedDirectory) Shards(ctx context.Context) iter.Seq2[journal.Registered, error] {
	return each(ctx, d.g, "journal.shards", func() iter.Seq2[journal.Registered, error] { return d.d.Shards(ctx) })
}

func (d guardedDirectory) Lower(ctx context.Context, s telemetry.Shard, day telemetry.Day) error {
	return tell(ctx, d.g, "journal.lower", long, func(ctx context.Context) error { return d.d.Lower(ctx, s, day) })
}

func (d guardedDirectory) Advance(ctx context.Context, r journal.Registered, to telemetry.Day) error {
	return tell(ctx, d.g, "journal.advance", long, func(ctx context.Context) error { return d.d.Advance(ctx, r, to) })
}

func (d guardedDirectory) Now(ctx context.Context) (time.Time, error) {
	return do(ctx, d.g, "journal.now", read, d.d.Now)
}

func (d guardedDirectory) SetEven(ctx context.Context, with journal.Peer, to time.Time) error {
	return tell(ctx, d.g, "journal.seteven", long, func(ctx context.Context) error {
		return d.d.SetEven(ctx, with, to)
	})
}

func (d guardedDirectory) Even(ctx context.Context, with journal.Peer) (journal.Even, error) {
	return do(ctx, d.g, "journal.even", read, func(ctx context.Context) (journal.Even, error) {
		return d.d.Even(ctx, with)
	})
}

func (d guardedDirectory) Prepare(ctx context.Context, day telemetry.Day) error {
	return tell(ctx, d.g, "journal.prepare", long, func(ctx context.Context) error { return d.d.Prepare(ctx, day) })
}

func (d guardedDirectory) Expire(ctx context.Context, before telemetry.Day) error {
	return tell(ctx, d.g, "journal.expire", long, func(ctx context.Context) error { return d.d.Expire(ctx, before) })
}
