package bounds_test

import (
	"errors"
	"testing"

	"tidemark/adapters/goruntime"
	"tidemark/adapters/memory"
	"tidemark/domain/bounds"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
)

// TestTheFirstNumberOfShardsStays.
func TestTheFirstNumberOfShardsStays(t *testing.T) {
	rows, journal := stores(t)
	agree := func(mine int) error { return bounds.AgreeOnShards(t.Context(), rows, journal, mine) }
	for range 2 {
		if err := agree(2); err != nil {
			t.Fatal(err)
		}
	}
	for _, mine := range []int{1, 3} {
		var other *bounds.OtherShards
		if err := agree(mine); !errors.As(err, &other) || *other != (bounds.OtherShards{Begun: 2}) {
			t.Errorf("with %d shards: %v", mine, err)
		}
	}
	if err := agree(2); err != nil {
		t.Errorf("with the number that it has: %v", err)
	}
}

// TestAStorageFromBeforeTheRow has a shard that a number cannot have made.
func TestAStorageFromBeforeTheRow(t *testing.T) {
	ctx := t.Context()
	rows, journal := stores(t)
	if err := journal.Register(ctx, telemetry.Shard{Tenant: "a", Index: 3}, 0); err != nil {
		t.Fatal(err)
	}
	var other *bounds.OtherShards
	err := bounds.AgreeOnShards(ctx, rows, journal, 3)
	if !errors.As(err, &other) || *other != (bounds.OtherShards{Index: 3}) {
		t.Errorf("three shards and one of index 3: %v", err)
	}
	if err := bounds.AgreeOnShards(ctx, rows, journal, 4); err != nil {
		t.Errorf("four: %v", err)
	}
	key := chunks.Key{Partition: chunks.Partition{Table: chunks.State}, Row: "shards"}
	row, err := rows.Get(ctx, key)
	if err != nil || string(row.Value) != "1 4" {
		t.Fatalf("the row says %q, %v", row.Value, err)
	}
	if err := rows.Apply(ctx, chunks.Change{Key: key, If: row.Version, Value: []byte("2 four")}); err != nil {
		t.Fatal(err)
	}
	if err := bounds.AgreeOnShards(ctx, rows, journal, 4); !fault.Is(err, fault.Corrupt) {
		t.Errorf("a row of another version: %v", err)
	}
}

// stores are a storage that was prepared and never used.
func stores(t *testing.T) (*memory.Rows, *memory.Journal) {
	t.Helper()
	s := goruntime.New()
	rows, journal := memory.NewRows(s), memory.NewJournal(s)
	if err := rows.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	return rows, journal
}
