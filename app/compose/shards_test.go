package compose

import (
	"strings"
	"testing"

	"tidemark/adapters/goruntime"
	"tidemark/domain/bounds"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// TestTheNumberOfShardsStays starts nodes with one number of shards and another on the same folder.
func TestTheNumberOfShardsStays(t *testing.T) {
	cfg := inMemory()
	cfg.Storage.Data = t.TempDir()
	run := func(shards int, role Role) error {
		cfg.Writing.Shards, cfg.Node.Role = shards, role
		f, err := lay(t.Context(), cfg, goruntime.New(), silent())
		if err != nil {
			return err
		}
		return f.storage.close()
	}
	if err := run(7, RoleWorker); err != nil {
		t.Fatalf("a worker, which needs no number and sets none: %v", err)
	}
	for range 2 {
		if err := run(2, RoleBoth); err != nil {
			t.Fatal(err)
		}
	}
	for _, other := range []int{1, 3} {
		if err := run(other, RoleAPI); !fault.Is(err, fault.Conflict) ||
			!strings.Contains(err.Error(), "with --shards 2;") {
			t.Errorf("with %d shards: %v", other, err)
		}
	}
	if err := run(2, RoleAPI); err != nil {
		t.Errorf("with the number that it has: %v", err)
	}
}

// TestAStorageFromBeforeTheRow has a shard that a number cannot have made.
func TestAStorageFromBeforeTheRow(t *testing.T) {
	ctx := t.Context()
	st := openMemory(goruntime.New()).back
	if err := bounds.PrepareAhead(ctx, st.Directory, st.Rows, goruntime.New().Now()); err != nil {
		t.Fatal(err)
	}
	if err := st.Directory.Register(ctx, telemetry.Shard{Tenant: "a", Index: 3}, 0); err != nil {
		t.Fatal(err)
	}
	if err := agreeOnShards(ctx, st, journal.Place{}, 3); !fault.Is(err, fault.Conflict) ||
		!strings.Contains(err.Error(), "the storage knows a shard 3 and this node has --shards 3: ") {
		t.Errorf("three shards and one of index 3: %v", err)
	}
}
