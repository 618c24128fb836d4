// Package apitest is the API over use cases that are made up, for the tests of its rooms: they ask as a client does,
// and look at what the use cases were given.
package apitest

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"tidemark/adapters/goruntime"
	"tidemark/adapters/httpapi"
	"tidemark/domain/ingest"
	"tidemark/domain/intake"
	"tidemark/domain/region"
	"tidemark/domain/telemetry"
)

// Rig is the API over use cases that are made up.
type Rig struct {
	T       testing.TB
	API     *httpapi.API
	Handler http.Handler
	Ingest  Ingest
	Query   Query
	Tasks   Tasks
	Status  Status
	Bodies  *intake.Budget
	Log     bytes.Buffer
	Seen    []httpapi.Observation
	Now     time.Time
}

// New makes a rig. change changes what the API stands on.
func New(t testing.TB, cfg httpapi.Config, change ...func(*httpapi.Deps)) *Rig {
	t.Helper()
	r := &Rig{T: t, Now: Now, Bodies: intake.New(intake.Config{}, goruntime.New())}
	r.Ingest.Receipt = ingest.Receipt{Durability: telemetry.DurableOne, Regions: []region.Name{"east"}, Stamp: Stamp,
		Blocks: []telemetry.Position{{Stream: telemetry.Stream{Shard: telemetry.Shard{Tenant: "acme"}, Day: 20780,
			Writer: "01JD"}, Number: 7}}}
	ids := 0
	d := httpapi.Deps{Ingest: &r.Ingest, Query: &r.Query, Tasks: &r.Tasks, Status: &r.Status,
		Callers:   Anybody(Of("acme")),
		Bodies:    r.Bodies,
		CursorKey: bytes.Repeat([]byte{7}, 32), Now: func() time.Time { return r.Now },
		NewID:   func() string { ids++; return fmt.Sprintf("req-%d", ids) },
		Log:     slog.New(slog.NewTextHandler(&r.Log, nil)),
		Observe: func(o httpapi.Observation) { r.Seen = append(r.Seen, o) },
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "up 1\n") })}
	for _, f := range change {
		f(&d)
	}
	a, err := httpapi.New(cfg, d)
	if err != nil {
		t.Fatal(err)
	}
	r.API, r.Handler = a, a.Handler()
	return r
}

// Do sends a request; headers are pairs.
func (r *Rig) Do(method, target string, body []byte, headers ...string) *httptest.ResponseRecorder {
	r.T.Helper()
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(body)
	}
	q := httptest.NewRequest(method, target, reader)
	for i := 0; i < len(headers); i += 2 {
		q.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	r.Handler.ServeHTTP(w, q)
	return w
}

// Shared is New without building the API anew: one rig for all who ask.
func Shared(t testing.TB) *Rig {
	shared.once.Do(func() { shared.rig = New(t, httpapi.Config{}) })
	shared.rig.T = t
	return shared.rig
}

var shared struct {
	once sync.Once
	rig  *Rig
}
