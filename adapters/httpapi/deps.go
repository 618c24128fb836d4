package httpapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"tidemark/adapters/httpapi/service"
	"tidemark/domain/intake"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/readings"
	"tidemark/ports/authn"
)

// Deps are what the API stands on. Log, Observe, Oldest, Metrics and Tasks may be nil; without Metrics or Tasks their
// operations are absent.
type Deps struct {
	Ingest service.Ingest
	Query  service.Query
	Tasks  service.Tasks
	Status service.Status

	// Bodies bounds what the bodies of all requests hold in memory.
	Bodies *intake.Budget
	// Callers tells who calls, by what a request shows (auth.Credential).
	Callers authn.Authenticator
	// Oldest is the earliest time (Unix nanoseconds) that retention keeps of a tenant's readings; writes before it
	// are rejected by index. 0 is no bound, and nil is none for anybody.
	Oldest func(telemetry.Tenant) int64
	// CursorKey signs cursors; all nodes share it. At least 32 bytes.
	CursorKey []byte
	// Now is the clock of the node, for durations and rates.
	Now func() time.Time
	// Clock is what time it is where readings are kept: a span without an end ends then, and a line without a time
	// was measured then. Nil is Now.
	Clock func(context.Context) time.Time
	// NewID names a request; the names never repeat.
	NewID func() string

	Log     *slog.Logger
	Observe func(Observation)
	Metrics http.Handler
}

// Observation is one finished request, for metrics.
type Observation struct {
	Method   string
	Route    string // the pattern's path, "/v1/sources/{source}"; "unmatched" when there is none
	Status   int
	Duration time.Duration
	BytesIn  int64                   // of the body, as sent
	BytesOut int64                   // of the body
	Skipped  [readings.SkipKinds]int // fields and tags of line protocol that were left out
	// Overwritten is how many stored readings do not stand, because a later row of the request gave another value.
	Overwritten int
}

func (d *Deps) validate() error {
	var missing []error
	for name, lacks := range map[string]bool{"Ingest": d.Ingest == nil, "Query": d.Query == nil,
		"Status":  d.Status == nil,
		"Bodies":  d.Bodies == nil,
		"Callers": d.Callers == nil, "Now": d.Now == nil, "NewID": d.NewID == nil} {
		if lacks {
			missing = append(missing, fmt.Errorf("httpapi: Deps.%s is missing", name))
		}
	}
	if len(d.CursorKey) < 32 {
		missing = append(missing, fmt.Errorf("httpapi: Deps.CursorKey has %d bytes; give it at least 32",
			len(d.CursorKey)))
	}
	return errors.Join(missing...)
}

func (d Deps) withDefaults() Deps {
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	if d.Observe == nil {
		d.Observe = func(Observation) {}
	}
	if d.Clock == nil {
		now := d.Now
		d.Clock = func(context.Context) time.Time { return now() }
	}
	return d
}
