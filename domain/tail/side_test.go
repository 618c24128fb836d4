package tail_test

import (
	"context"
	"fmt"
	"testing"

	"tidemark/adapters/goruntime"
	"tidemark/adapters/memory"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// TestSideBySide asks for shards that do not fit, all at once, on the Go runtime: for the race detector.
func TestSideBySide(t *testing.T) {
	s, ctx := goruntime.New(), context.Background()
	j := memory.NewJournal(s)
	day := telemetry.DayOf(s.Now())
	tl := tail.New(tail.Config{Keep: 30 * sizeOf}, j, j, s, nil)
	err := sched.Each(ctx, s, 12, 0, func(ctx context.Context, i int) error {
		of := telemetry.Shard{Tenant: "t", Index: uint16(i % 3)}
		if err := j.Prepare(ctx, day); err != nil {
			return err
		}
		if err := j.Register(ctx, of, day); err != nil {
			return err
		}
		at := telemetry.Position{Stream: telemetry.Stream{Shard: of, Day: day,
			Writer: telemetry.Writer(fmt.Sprintf("%026d", i))}}
		for at.Number < 60 {
			at.Number++
			p, err := block(at, telemetry.StampAt(s.Now()))
			if err != nil {
				return err
			}
			if _, err := j.Append(ctx, journal.Append{At: at, Block: p}); err != nil {
				return err
			}
			snap, err := tl.Snapshot(ctx, of)
			if err != nil {
				return err
			}
			mine := 0
			for _, b := range snap.Blocks {
				if b.At.Stream == at.Stream {
					mine++
				}
			}
			if mine != int(at.Number-(at.Number-1)/20*10) {
				return fmt.Errorf("%d blocks of %s", mine, at)
			}
			part, err := tl.Part(ctx, of, 5*sizeOf)
			if err != nil {
				return err
			}
			if !part.All || len(part.Blocks) == 0 {
				return fmt.Errorf("a part of %d blocks, all %v", len(part.Blocks), part.All)
			}
			if at.Number%20 == 0 {
				if err := j.Drop(ctx, at.Stream, at.Number/2); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
