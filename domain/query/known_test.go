package query_test

import (
	"context"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/compaction"
	"tidemark/domain/fault"
	"tidemark/domain/internal/written"
	"tidemark/domain/query"
	"tidemark/domain/readpath"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
)

// TestWhatThereIsToDeleteIsAskedOfAJournal: while neither journal can be read the rows alone know neither a metric nor
// a source that was written since the floor, and a deletion that went by them would leave it.
func TestWhatThereIsToDeleteIsAskedOfAJournal(t *testing.T) {
	known, late, other := written.Of("s", "known"), written.Of("s", "late"), written.Of("other", "m")
	written.InPair(t, 9, compaction.Config{}, func(ctx context.Context, p *written.Pair) {
		var both []readpath.Journal
		for _, j := range []*memory.Journal{p.Journal, p.West} {
			both = append(both, readpath.Journal{Tail: tail.New(tail.Config{}, j, j, p.Sched, nil)})
		}
		both[0].Region, both[1].Region = "east", "west"
		svc := query.New(readpath.New(readpath.Config{}, both, p.Rows, nil, p.Sched))
		p.Write(ctx, known, 1)
		p.Settle(ctx)
		p.SettleWest(ctx)
		_ = p.Sched.Sleep(ctx, 5*time.Minute)
		p.Settle(ctx)
		p.Write(ctx, late, 2)
		p.Write(ctx, other, 2)
		for _, away := range []bool{true, false} {
			for _, j := range []*memory.Journal{p.Journal, p.West} {
				j.SetFault(func(string) memory.Fault {
					if away {
						return memory.FaultFail
					}
					return memory.FaultNone
				})
			}
			for _, s := range []telemetry.Series{known, late, other} {
				err := svc.Known(ctx, written.Tenant, s)
				if want := away && s != known; fault.Is(err, fault.Unavailable) != want || !want && err != nil {
					t.Errorf("away %v, %v: %v", away, s, err)
				}
				metrics, _, err := svc.Metrics(ctx, written.Tenant, s.Source, "", 10)
				want := map[telemetry.Source]int{"s": 2, "other": 1}[s.Source]
				if fault.Is(err, fault.Unavailable) != away || !away && len(metrics) != want {
					t.Errorf("away %v: of %s there are %v, %v", away, s.Source, metrics, err)
				}
			}
		}
		if err := svc.Known(ctx, written.Tenant, written.Of("nobody", "m")); !fault.Is(err, fault.NotFound) {
			t.Errorf("of a journal: %v", err)
		}
	})
}
