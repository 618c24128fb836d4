package reach

import (
	"context"
	"iter"

	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// Journal puts a guard around the journal of a region.
func Journal(j journal.Journal, g *Guard) journal.Journal { return guardedJournal{j, g} }

type guardedJournal struct {
	j journal.Journal
	g *Guard
}

func (j guardedJournal) Identity(ctx context.Context) (journal.Place, error) {
	return do(ctx, j.g, "journal.identity", read, j.j.Identity)
}

func (j guardedJournal) Append(ctx context.Context, a journal.Append) (journal.Stored, error) {
	return do(ctx, j.g, "journal.append", write, func(ctx context.Context) (journal.Stored, error) {
		return j.j.Append(ctx, a)
	})
}

func (j guardedJournal) Read(ctx context.Context, s telemetry.Stream,
	after telemetry.Number) iter.Seq2[journal.Entry, error] {
	return each(ctx, j.g, "journal.read", func() iter.Seq2[journal.Entry, error] { return j.j.Read(ctx, s, after) })
}

func (j guardedJournal) Heads(ctx context.Context, s telemetry.Stream,
	after telemetry.Number) iter.Seq2[journal.Head, error] {
	return each(ctx, j.g, "journal.heads", func() iter.Seq2[journal.Head, error] { return j.j.Heads(ctx, s, after) })
}

func (j guardedJournal) Index(ctx context.Context, of telemetry.Shard, day telemetry.Day) (journal.Index, error) {
	return do(ctx, j.g, "journal.index", read, func(ctx context.Context) (journal.Index, error) {
		return j.j.Index(ctx, of, day)
	})
}

func (j guardedJournal) State(ctx context.Context, s telemetry.Stream) (journal.State, error) {
	return do(ctx, j.g, "journal.state", read, func(ctx context.Context) (journal.State, error) {
		return j.j.State(ctx, s)
	})
}

func (j guardedJournal) Drop(ctx context.Context, s telemetry.Stream, through telemetry.Number) error {
	return tell(ctx, j.g, "journal.drop", long, func(ctx context.Context) error { return j.j.Drop(ctx, s, through) })
}

func (j guardedJournal) End(ctx context.Context, s telemetry.Stream) (journal.State, error) {
	return do(ctx, j.g, "journal.end", long, func(ctx context.Context) (journal.State, error) {
		return j.j.End(ctx, s)
	})
}

func (j guardedJournal) Seal(ctx context.Context, s telemetry.Stream, last telemetry.Number, unchanged string) error {
	return tell(ctx, j.g, "journal.seal", long, func(ctx context.Context) error {
		return j.j.Seal(ctx, s, last, unchanged)
	})
}

func (j guardedJournal) Fill(ctx context.Context, s telemetry.Stream, e journal.Entry) error {
	return tell(ctx, j.g, "journal.fill", long, func(ctx context.Context) error { return j.j.Fill(ctx, s, e) })
}
