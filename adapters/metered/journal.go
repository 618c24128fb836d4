package metered

import (
	"context"
	"iter"

	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// Journal counts the calls of a journal.
func Journal(j journal.Journal, m Meter) journal.Journal { return countedJournal{j, &m} }

type countedJournal struct {
	journal.Journal
	m *Meter
}

func (j countedJournal) Append(ctx context.Context, a journal.Append) (journal.Stored, error) {
	done := j.m.start("journal.append")
	s, err := j.Journal.Append(ctx, a)
	done(err)
	return s, err
}

func (j countedJournal) Read(ctx context.Context, s telemetry.Stream,
	after telemetry.Number) iter.Seq2[journal.Entry, error] {
	return each(j.m, "journal.read", j.Journal.Read(ctx, s, after))
}

func (j countedJournal) Heads(ctx context.Context, s telemetry.Stream,
	after telemetry.Number) iter.Seq2[journal.Head, error] {
	return each(j.m, "journal.heads", j.Journal.Heads(ctx, s, after))
}

func (j countedJournal) Index(ctx context.Context, of telemetry.Shard, day telemetry.Day) (journal.Index, error) {
	done := j.m.start("journal.index")
	i, err := j.Journal.Index(ctx, of, day)
	done(err)
	return i, err
}

func (j countedJournal) State(ctx context.Context, s telemetry.Stream) (journal.State, error) {
	done := j.m.start("journal.state")
	st, err := j.Journal.State(ctx, s)
	done(err)
	return st, err
}

func (j countedJournal) Drop(ctx context.Context, s telemetry.Stream, through telemetry.Number) error {
	done := j.m.start("journal.drop")
	err := j.Journal.Drop(ctx, s, through)
	done(err)
	return err
}

func (j countedJournal) End(ctx context.Context, s telemetry.Stream) (journal.State, error) {
	done := j.m.start("journal.end")
	st, err := j.Journal.End(ctx, s)
	done(err)
	return st, err
}

func (j countedJournal) Seal(ctx context.Context, s telemetry.Stream, last telemetry.Number, unchanged string) error {
	done := j.m.start("journal.seal")
	err := j.Journal.Seal(ctx, s, last, unchanged)
	done(err)
	return err
}

func (j countedJournal) Fill(ctx context.Context, s telemetry.Stream, e journal.Entry) error {
	done := j.m.start("journal.fill")
	err := j.Journal.Fill(ctx, s, e)
	done(err)
	return err
}
