package memory_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/fault"
	"tidemark/ports/chunks"
	"tidemark/ports/sched"
)

// TestRowsUnderEverySchedule lets writers count on one row by compare-and-swap. Whatever the seed lets overtake what:
// no count is lost, a fault of unknown outcome is resolved by reading again, and the same seed gives the same
// history.
func TestRowsUnderEverySchedule(t *testing.T) {
	conflicts, histories := 0, map[uint64]bool{}
	first := testSeed(t)
	for i := range uint64(200) {
		seed := first + i
		hash, met := countUnder(t, seed)
		if again, _ := countUnder(t, seed); again != hash {
			t.Fatalf("seed %d gave two histories", seed)
		}
		conflicts += met
		histories[hash] = true
	}
	if conflicts == 0 || len(histories) < 150 {
		t.Errorf("%d conflicts and %d histories in 200 seeds: nothing overtakes anything", conflicts, len(histories))
	}
}

// countUnder runs the writers under one seed and gives the history's hash and how many conflicts they met.
func countUnder(t *testing.T, seed uint64) (hash uint64, conflicts int) {
	t.Helper()
	s := memory.NewSched(seed)
	rows := memory.NewRows(s)
	k := chunks.TaskKey("t1", "count")
	asked := 0
	rows.SetFault(func(op string) memory.Fault { // every seventh write, in turn by each shape
		if op != "chunks.apply" {
			return memory.FaultNone
		}
		if asked++; asked%7 != 0 {
			return memory.FaultNone
		}
		return []memory.Fault{memory.FaultFail, memory.FaultApplied, memory.FaultLost}[asked/7%3]
	})
	err := s.Run(func() {
		ctx := context.Background()
		if err := rows.Prepare(ctx); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		const writers = 8
		err := sched.Each(ctx, s, writers, 0, func(ctx context.Context, i int) error {
			return addName(ctx, rows, k, strconv.Itoa(i), &conflicts)
		})
		row, get := rows.Get(ctx, k)
		if err != nil || get != nil {
			t.Errorf("seed %d: %v, %v", seed, err, get)
		}
		names := slices.Sorted(slices.Values(splitNames(row.Value)))
		if len(names) != writers || len(slices.Compact(names)) != writers {
			t.Errorf("seed %d: the row has %q, want each writer once", seed, row.Value)
		}
	})
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	return s.Hash(), conflicts
}

// addName adds a name to the row if it is not in it: a change that can be tried again after an unknown outcome.
func addName(ctx context.Context, s chunks.Store, k chunks.Key, name string, conflicts *int) error {
	for {
		row, err := s.Get(ctx, k)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if slices.Contains(splitNames(row.Value), name) {
			return nil
		}
		err = s.Apply(ctx, chunks.Change{Key: k, If: row.Version, Value: append(row.Value, name...)})
		switch fault.KindOf(err) {
		case fault.Conflict:
			*conflicts++
		case 0, fault.Unavailable, fault.Indeterminate:
		default:
			return err
		}
	}
}

// splitNames is the one-letter names in a row.
func splitNames(value []byte) []string {
	var names []string
	for _, b := range value {
		names = append(names, string(b))
	}
	return names
}

// TestTidemarkUnderEverySchedule holds the account's promise against rows that commit while it answers, on a clock
// that really moves.
func TestTidemarkUnderEverySchedule(t *testing.T) {
	first := testSeed(t)
	for i := range uint64(100) {
		seed := first + i
		s := memory.NewSched(seed)
		rows, account := memory.NewRows(s), memory.NewAccount(s)
		err := s.Run(func() {
			ctx := context.Background()
			if err := rows.Prepare(ctx); err != nil {
				t.Errorf("seed %d: %v", seed, err)
			}
			err := sched.Each(ctx, s, 6, 0, func(ctx context.Context, i int) error {
				for n := range 10 {
					if err := s.Sleep(ctx, time.Duration(1+(i*7+n*13)%9)*150*time.Millisecond); err != nil {
						return err
					}
					mark, err := account.Tidemark(ctx)
					if err != nil {
						return err
					}
					k := chunks.TaskKey("t1", fmt.Sprintf("%d %d", i, n))
					if err := rows.Apply(ctx, chunks.Change{Key: k}); err != nil {
						return err
					}
					row, err := rows.Get(ctx, k)
					if err != nil {
						return err
					}
					if mark.Covers(row.Committed, 0) {
						return fmt.Errorf("tidemark %v covers a row committed later, at %v", mark.At, row.Committed)
					}
				}
				return nil
			})
			if err != nil {
				t.Errorf("seed %d: %v", seed, err)
			}
		})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
}
