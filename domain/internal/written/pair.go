package written

import (
	"context"
	"fmt"
	"testing"

	"tidemark/adapters/memory"
	"tidemark/domain/bounds"
	"tidemark/domain/compaction"
	"tidemark/domain/ingest"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// Pair is a store with a second journal, in the west: what is written goes into both. Each has a compactor of its own,
// which leaves the marks of the other where they are.
type Pair struct {
	*Store // its journal and its compactor are those of the east
	West   *memory.Journal
	wests  *compaction.Service // the compactor of the west
}

// InPair runs a test on a pair.
func InPair(t *testing.T, seed uint64, cfg compaction.Config, body func(ctx context.Context, p *Pair)) {
	t.Helper()
	In(t, seed, cfg, func(ctx context.Context, s *Store) {
		p := &Pair{Store: s, West: memory.NewJournal(s.Sched)}
		p.wests = compaction.New(cfg, compaction.Stores{Journal: p.West, Directory: p.West,
			Tail: tail.New(tail.Config{}, p.West, p.West, s.Sched, nil), Rows: bounds.One(s.Rows, s.Account)}, s.Sched)
		writers := 0
		s.Ingest = ingest.New(ingest.Config{}, ingest.Sites{All: []journal.Site{
			{Region: "east", Journal: s.Journal, Directory: s.Journal},
			{Region: "west", Journal: p.West, Directory: p.West}}, Paired: func() bool { return true }}, s.Sched,
			func() telemetry.Writer { writers++; return telemetry.Writer(fmt.Sprintf("p%025d", writers)) }, nil,
			ingest.Observer{})
		body(ctx, p)
	})
}

// SettleWest compacts until the journal of the west is empty.
func (p *Pair) SettleWest(ctx context.Context) {
	p.Helper()
	p.settle(ctx, p.wests)
}
