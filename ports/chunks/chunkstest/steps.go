package chunkstest

import (
	"context"
	"fmt"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
	"tidemark/ports/internal/proof"
)

const (
	tenant = telemetry.Tenant("t1")
	year   = int32(53)
)

var meter = telemetry.Series{Source: "meter 7", Metric: "power"}

// at is a key in the partition most cases work in.
func at(row string) chunks.Key {
	return chunks.Key{Partition: chunks.Partition{Table: chunks.Chunks, Year: year, Tenant: tenant, Of: meter},
		Row: row}
}

// prepared is a context and the fixture's store with its tables made.
func prepared(t T, f Fixture) (context.Context, chunks.Store) {
	t.Helper()
	ctx := proof.Context(t)
	proof.OK(t, f.Store.Prepare(ctx, year), "prepare")
	return ctx, f.Store
}

// put inserts a row that does not exist.
func put(ctx context.Context, t T, s chunks.Store, k chunks.Key, value string) {
	t.Helper()
	proof.OK(t, s.Apply(ctx, chunks.Change{Key: k, Value: []byte(value)}), "insert %q", k.Row)
}

// want fails the case unless the row has a value, and gives the row.
func want(ctx context.Context, t T, s chunks.Reader, k chunks.Key, value string) chunks.Row {
	t.Helper()
	row, err := s.Get(ctx, k)
	proof.OK(t, err, "get %q", k.Row)
	if string(row.Value) != value || row.Key != k {
		t.Fatalf("get %+v: got row %+v with %q, want %q", k, row.Key, brief(row.Value), brief([]byte(value)))
	}
	return row
}

// wantNone fails the case unless there is no row.
func wantNone(ctx context.Context, t T, s chunks.Reader, k chunks.Key) {
	t.Helper()
	row, err := s.Get(ctx, k)
	if !fault.Is(err, fault.NotFound) {
		t.Fatalf("get of the absent row %q: got %q, %v, want not-found", k.Row, brief(row.Value), err)
	}
}

// scan collects a range.
func scan(ctx context.Context, s chunks.Reader, r chunks.Range) ([]chunks.Row, error) {
	var rows []chunks.Row
	for row, err := range s.Scan(ctx, r) {
		if err != nil {
			return rows, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// scanned is the names of the rows of a range.
func scanned(ctx context.Context, t T, s chunks.Reader, r chunks.Range) []string {
	t.Helper()
	rows, err := scan(ctx, s, r)
	proof.OK(t, err, "scan %+v", r)
	names := make([]string, len(rows))
	for i, row := range rows {
		names[i] = row.Key.Row
		if row.Key.Partition != r.Partition {
			t.Fatalf("scan of %+v gave a row of %+v", r.Partition, row.Key.Partition)
		}
	}
	return names
}

// brief keeps a message readable.
func brief(b []byte) string {
	if len(b) > 60 {
		return fmt.Sprintf("%s... (%d bytes)", b[:60], len(b))
	}
	return string(b)
}
