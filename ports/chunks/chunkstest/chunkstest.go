// Package chunkstest is the proof of ports/chunks: every sentence of the contract as a case that an adapter passes or
// fails.
package chunkstest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
	"tidemark/ports/internal/proof"
)

// T is what the proof speaks to; *testing.T is one.
type T = proof.T

// Fault is what the next operation suffers.
type Fault = proof.Fault

// The faults: refused and known to be, done with the answer lost, not done with the answer lost.
const (
	Failed  = proof.Failed
	Applied = proof.Applied
	Lost    = proof.Lost
)

// Harness says how to make a store and what it can do.
type Harness struct {
	// New makes a store of its own: no tables, no rows, nothing expired. Cleanup is T's.
	New func(t T) Fixture
	// Faults says that the fixture has Arm, Second that it has a second handle.
	Faults, Second bool
	// Slow is for a store behind a network: fewer random runs.
	Slow bool
	// OrderedBytes is how many leading bytes of a row the order is certain for, where a service's keys are too short
	// for all of them; 0 is all.
	OrderedBytes int
}

// Fixture is one store.
type Fixture struct {
	Store chunks.Store
	// Second is another handle on the same storage, as another process has it.
	Second chunks.Store
	// Arm lets the next call of Store suffer a fault; later calls suffer nothing.
	Arm func(Fault)
	// Now is the storage's own clock; nil leaves commit times compared only with one another. Resolution is how far
	// both may be cut.
	Now        func() time.Time
	Resolution time.Duration
}

// Run tries the whole contract.
func Run(t *testing.T, h Harness) {
	proof.Run(t, cases(h), h.traits(), h.New)
}

func (h Harness) traits() proof.Trait {
	var has proof.Trait
	if h.Faults {
		has |= proof.Faults
	}
	if h.Second {
		has |= proof.Second
	}
	return has
}

func cases(h Harness) []proof.Case[Fixture] {
	return []proof.Case[Fixture]{
		{Name: "absence", Run: absence},
		{Name: "a row comes back as it was stored", Run: roundTrip},
		{Name: "versions", Run: versions},
		{Name: "a wrong version changes nothing", Run: conflicts},
		{Name: "values are nobody's but the receiver's", Run: aliasing},
		{Name: "all or nothing", Run: allOrNothing},
		{Name: "bounds", Run: bounds},
		{Name: "what is not one change of one partition is invalid", Run: invalid},
		{Name: "a context that ended", Run: canceled},
		{Name: "scan order", Run: func(t T, f Fixture) { scanOrder(t, f, h.OrderedBytes) }},
		{Name: "ranges end before their end", Run: ranges},
		{Name: "a scan may stop", Run: stoppedScan},
		{Name: "a scan of more than a page", Run: longScan},
		{Name: "a scan leaves out nothing that was there all the time", Run: scanWhileWriting},
		{Name: "keys never meet", Run: keysNeverMeet},
		{Name: "partitions never meet", Run: partitionsNeverMeet},
		{Name: "64 writers of one row", Run: counterRace},
		{Name: "64 writers of a new row", Run: insertRace},
		{Name: "64 writers of two rows", Run: batchRace},
		{Name: "a second handle", Needs: proof.Second, Run: secondHandle},
		{Name: "commit times", Run: commitTimes},
		{Name: "prepare", Run: prepare},
		{Name: "expire", Run: expire},
		{Name: "faults of apply", Needs: proof.Faults, Run: applyFaults},
		{Name: "faults of reads", Needs: proof.Faults, Run: readFaults},
		{Name: "faults of tables", Needs: proof.Faults, Run: tableFaults},
		{Name: "model", Run: func(t T, _ Fixture) { model(t, h) }},
	}
}

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
func want(ctx context.Context, t T, s chunks.Store, k chunks.Key, value string) chunks.Row {
	t.Helper()
	row, err := s.Get(ctx, k)
	proof.OK(t, err, "get %q", k.Row)
	if string(row.Value) != value || row.Key != k {
		t.Fatalf("get %+v: got row %+v with %q, want %q", k, row.Key, brief(row.Value), brief([]byte(value)))
	}
	return row
}

// wantNone fails the case unless there is no row.
func wantNone(ctx context.Context, t T, s chunks.Store, k chunks.Key) {
	t.Helper()
	row, err := s.Get(ctx, k)
	if !fault.Is(err, fault.NotFound) {
		t.Fatalf("get of the absent row %q: got %q, %v, want not-found", k.Row, brief(row.Value), err)
	}
}

// scan collects a range.
func scan(ctx context.Context, s chunks.Store, r chunks.Range) ([]chunks.Row, error) {
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
func scanned(ctx context.Context, t T, s chunks.Store, r chunks.Range) []string {
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
