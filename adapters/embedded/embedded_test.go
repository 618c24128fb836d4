package embedded_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"tidemark/adapters/embedded"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

var start = time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)

// hand is a clock that the test moves.
type hand struct {
	mu sync.Mutex
	t  time.Time
}

func (h *hand) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.t
}

func (h *hand) add(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.t = h.t.Add(d)
}

func open(t testing.TB, folder string, clock func() time.Time) *embedded.Store {
	t.Helper()
	s, err := embedded.Open(folder, clock, embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func kind(t testing.TB, err error, want fault.Kind) {
	t.Helper()
	if fault.KindOf(err) != want {
		t.Fatalf("got %v, want %v", err, want)
	}
}

func stream(writer string) telemetry.Stream {
	return telemetry.Stream{Shard: telemetry.Shard{Tenant: "t"}, Day: telemetry.DayOf(start),
		Writer: telemetry.Writer(writer)}
}

func block(s telemetry.Stream, n telemetry.Number, b string) journal.Append {
	return journal.Append{At: telemetry.Position{Stream: s, Number: n}, Block: []byte(b)}
}

var bg = context.Background()
