package memory_test

import (
	"context"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
)

// TestRollback undoes what one partition got since a moment and keeps what another got since then; a batch goes as a
// whole, a deletion is undone, and tables go only with everything in them.
func TestRollback(t *testing.T) {
	s := memory.NewSched(1)
	if err := s.Run(func() {
		ctx, r := context.Background(), memory.NewRows(s)
		r.KeepHistory(time.Hour)
		must := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		key := func(year int32, source telemetry.Source, row string) chunks.Key {
			of := chunks.Partition{Table: chunks.Chunks, Year: year, Tenant: "t",
				Of: telemetry.Series{Source: source, Metric: "m"}}
			return chunks.Key{Partition: of, Row: row}
		}
		value := func(k chunks.Key) string {
			row, err := r.Get(ctx, k)
			if fault.Is(err, fault.NotFound) {
				return ""
			}
			must(err)
			return string(row.Value)
		}
		set := func(v string, keys ...chunks.Key) {
			var changes []chunks.Change
			for _, k := range keys {
				row, _ := r.Get(ctx, k)
				changes = append(changes, chunks.Change{Key: k, If: row.Version, Value: []byte(v), Delete: v == ""})
			}
			must(r.Apply(ctx, changes...))
			must(s.Sleep(ctx, time.Second))
		}
		must(r.Prepare(ctx, 1))
		a, b, stays := key(1, "back", "a"), key(1, "back", "b"), key(1, "stays", "a")
		set("old", a)
		old, err := r.Get(ctx, a)
		must(err)
		set("of before", key(1, "back", "c"))
		moment := s.Now()
		must(r.Prepare(ctx, 2))
		set("new", a, b)
		set("", a)
		set("new", stays)
		set("new", key(2, "back", "a"))
		undone := r.Rollback(func(p chunks.Partition) time.Time {
			if p.Of.Source == "stays" {
				return s.Now()
			}
			return moment
		})
		if undone != 5 { // two of the batch, the deletion, the row of year 2, and its tables
			t.Errorf("%d changes were undone", undone)
		}
		if value(a) != "old" || value(b) != "" || value(stays) != "new" {
			t.Errorf("rows %q, %q, %q", value(a), value(b), value(stays))
		}
		if again, err := r.Get(ctx, a); err != nil || again.Version != old.Version ||
			!again.Committed.Equal(old.Committed) {
			t.Errorf("the row came back as %v, %v", again, err)
		}
		if err := r.Apply(ctx, chunks.Change{Key: key(2, "back", "a"), Value: []byte("v")}); !fault.Is(err,
			fault.NotFound) {
			t.Errorf("the tables of year 2 are there: %v", err)
		}
		set("later", key(1, "back", "d"))
		if n := r.Rollback(func(chunks.Partition) time.Time { return moment.Add(time.Minute) }); n != 0 {
			t.Errorf("%d changes of before the moment were undone", n)
		}
	}); err != nil {
		t.Fatal(err)
	}
}
