package node_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/bounds"
	"tidemark/domain/fault"
	"tidemark/domain/ingest"
	"tidemark/domain/node"
	"tidemark/domain/region"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// TestAJournalThatIsFullTakesNoMore until it empties: while there is no tidemark nothing leaves it, and it may not grow
// for ever. What was refused is told as not stored, with when to come again.
func TestAJournalThatIsFullTakesNoMore(t *testing.T) {
	s := memory.NewSched(1)
	j, account := memory.NewJournal(s), memory.NewAccount(s)
	rows := memory.NewRows(s)
	stores := node.Stores{Journal: j, Directory: j, Rows: bounds.One(rows, account), Queue: memory.NewQueue(s),
		Poison: memory.NewQueue(s)}
	names := 0
	const most = 2000
	n := node.New(node.Config{Journal: most, Settling: bounds.Settling{NoTide: time.Second}},
		node.Ports{Region: "east", Requests: stores, Background: stores, Sched: s,
			Names: func() string { names++; return fmt.Sprintf("%026d", names) }}, node.Observers{})
	err := s.Run(func() {
		ctx := context.Background()
		if err := rows.Prepare(ctx); err != nil {
			t.Fatal(err)
		}
		if err := j.Init(ctx, journal.Place{Region: "east", Generation: "1"}); err != nil {
			t.Fatal(err)
		}
		account.SetState(region.Unavailable, 0)
		at := int64(0)
		write := func() error {
			at++
			var b telemetry.Batch
			b.Add(b.AddSeries(telemetry.Series{Source: "s", Metric: "m"}, ""), at*int64(time.Second), float64(at))
			_, err := n.Ingest.Write(ctx, "t", &b, ingest.Options{})
			return err
		}
		shard := telemetry.Shard{Tenant: "t"}
		var full error
		for range 1000 {
			if full = write(); full != nil {
				break
			}
			_, _ = n.Compaction.Compact(ctx, shard) // so the node follows the journal
			_ = s.Sleep(ctx, time.Second)
		}
		if held := n.Tail.Held().Bytes; !fault.Is(full, fault.Unavailable) ||
			!strings.Contains(fault.Message(full), "nothing was stored") || held < most || held > most+500 {
			t.Fatalf("with %d bytes in it: %v", held, full)
		}
		account.SetState(region.Live, 0)
		for range 10 {
			_ = s.Sleep(ctx, 10*time.Second)
			_, _ = n.Compaction.Compact(ctx, shard)
		}
		if err := write(); err != nil {
			t.Errorf("with %d bytes in it, after it has emptied: %v", n.Tail.Held().Bytes, err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}
