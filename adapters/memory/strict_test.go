package memory_test

import (
	"context"
	"testing"
	"time"

	"tidemark/adapters/goruntime"
	"tidemark/adapters/memory"
	"tidemark/domain/fault"
	"tidemark/ports/chunks"
)

// What follows is not in the contracts: the twins are strict, or nasty, where a real service may be.

func TestRowsRefuseWhatNobodyPrepared(t *testing.T) {
	ctx := t.Context()
	rows := memory.NewRows(goruntime.New())
	inYear := chunks.Change{Key: chunks.Key{Partition: chunks.Partition{Table: chunks.Chunks, Year: 1}, Row: "r"}}
	task := chunks.Change{Key: chunks.TaskKey("t1", "task")}
	for _, c := range []chunks.Change{inYear, task} {
		if err := rows.Apply(ctx, c); !fault.Is(err, fault.NotFound) {
			t.Errorf("apply to a table that does not exist: %v", err)
		}
	}
	if err := rows.Prepare(ctx); err != nil {
		t.Fatal(err)
	}
	if err := rows.Apply(ctx, task); err != nil {
		t.Errorf("apply to a table that was prepared: %v", err)
	}
	if err := rows.Apply(ctx, inYear); !fault.Is(err, fault.NotFound) {
		t.Errorf("apply to a year that nobody prepared: %v", err)
	}
	for _, k := range []chunks.Key{chunks.TaskKey("t1", ""), {Row: "r"},
		{Partition: chunks.Partition{Table: 5}, Row: "r"}} {
		if err := rows.Apply(ctx, chunks.Change{Key: k}); !fault.Is(err, fault.Invalid) {
			t.Errorf("apply to %+v: %v", k, err)
		}
	}
}

func TestCommitTimesDoNotFollowAClockThatIsSetBack(t *testing.T) {
	ctx := t.Context()
	rows := memory.NewRows(goruntime.New())
	k := chunks.TaskKey("t1", "task")
	set := func(last chunks.Row) chunks.Row {
		t.Helper()
		if err := rows.Apply(ctx, chunks.Change{Key: k, If: last.Version}); err != nil {
			t.Fatal(err)
		}
		row, err := rows.Get(ctx, k)
		if err != nil {
			t.Fatal(err)
		}
		return row
	}
	if err := rows.Prepare(ctx); err != nil {
		t.Fatal(err)
	}
	rows.SetSkew(time.Hour)
	first := set(chunks.Row{})
	rows.SetSkew(0)
	if second := set(first); !second.Committed.Equal(first.Committed) {
		t.Errorf("committed at %v, then at %v", first.Committed, second.Committed)
	}
}

func TestQueueRefusesTimesThatNoServiceTakes(t *testing.T) {
	ctx := t.Context()
	q := memory.NewQueue(goruntime.New())
	const tooLong = 8 * 24 * time.Hour
	for _, d := range []time.Duration{-1, tooLong} {
		if err := q.Send(ctx, nil, d); !fault.Is(err, fault.Invalid) {
			t.Errorf("send with a delay of %v: %v", d, err)
		}
	}
	if err := q.Send(ctx, []byte("a"), 0); err != nil {
		t.Fatal(err)
	}
	for _, d := range []time.Duration{0, time.Second - 1, tooLong} {
		if _, err := q.Receive(ctx, 1, d); !fault.Is(err, fault.Invalid) {
			t.Errorf("receive for %v: %v", d, err)
		}
	}
	ds, err := q.Receive(ctx, 1, time.Hour)
	if err != nil || len(ds) != 1 {
		t.Fatalf("received %v, %v", ds, err)
	}
	for _, d := range []time.Duration{-1, tooLong} {
		if _, err := q.Extend(ctx, ds[0], d); !fault.Is(err, fault.Invalid) {
			t.Errorf("extend by %v: %v", d, err)
		}
	}
	if _, err := q.Extend(ctx, ds[0], 0); err != nil {
		t.Errorf("give back: %v", err)
	}
	if again, err := q.Receive(ctx, 1, time.Hour); err != nil || len(again) != 1 || again[0].DequeueCount != 2 {
		t.Errorf("received what was given back as %v, %v", again, err)
	}
}

// Whoever gives up while the answer is on its way sees Canceled, and some schedules have applied the change by then
// and some have not.
func TestGivingUpHidesWhatHappened(t *testing.T) {
	applied, not := 0, 0
	for seed := range uint64(200) {
		s := memory.NewSched(seed)
		rows := memory.NewRows(s)
		k := chunks.TaskKey("t1", "task")
		err := s.Run(func() {
			_ = rows.Prepare(context.Background())
			ctx, cancel := s.WithCancel(context.Background())
			s.Go("give up", cancel)
			err := rows.Apply(ctx, chunks.Change{Key: k, Value: []byte("x")})
			_, get := rows.Get(context.Background(), k)
			switch {
			case err != nil && !fault.Is(err, fault.Canceled):
				t.Errorf("seed %d: %v", seed, err)
			case err == nil && get != nil:
				t.Errorf("seed %d: acknowledged and %v", seed, get)
			case err != nil && get == nil:
				applied++
			case err != nil:
				not++
			}
		})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
	if applied == 0 || not == 0 {
		t.Errorf("in 200 schedules a canceled change happened %d times and did not %d times", applied, not)
	}
}
