package httpapi_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"tidemark/adapters/goruntime"
	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/auth"
	"tidemark/adapters/httpapi/schema"
	"tidemark/adapters/httpapi/service"
	"tidemark/domain/analytics"
	"tidemark/domain/fault"
	"tidemark/domain/ingest"
	"tidemark/domain/intake"
	"tidemark/domain/query"
	"tidemark/domain/region"
	"tidemark/domain/telemetry"
	"tidemark/domain/work"
)

// The use cases are what the API stands on.
var (
	_ service.Ingest = (*ingest.Service)(nil)
	_ service.Query  = (*query.Service)(nil)
	_ service.Tasks  = (*work.Service)(nil)
)

var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// fakeIngest keeps a copy of what was written.
type fakeIngest struct {
	mu      sync.Mutex
	writes  []telemetry.Batch
	tenants []telemetry.Tenant
	options []ingest.Options
	receipt ingest.Receipt
	err     error
	panics  any
	fail    func(write int) error // of the writes from 1 on
}

func (f *fakeIngest) Write(_ context.Context, t telemetry.Tenant, b *telemetry.Batch,
	o ingest.Options) (ingest.Receipt, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.panics != nil {
		panic(f.panics)
	}
	f.writes = append(f.writes, telemetry.Batch{Series: slices.Clone(b.Series), Units: slices.Clone(b.Units),
		Of:    slices.Clone(b.Of),
		Times: slices.Clone(b.Times), Values: slices.Clone(b.Values), Sources: slices.Clone(b.Sources),
		Deletions: slices.Clone(b.Deletions)})
	f.tenants = append(f.tenants, t)
	f.options = append(f.options, o)
	if f.fail != nil {
		if err := f.fail(len(f.writes)); err != nil {
			return ingest.Receipt{}, err
		}
	}
	return f.receipt, f.err
}

// readings counts what was stored.
func (f *fakeIngest) readings() int {
	n := 0
	for i := range f.writes {
		n += f.writes[i].Len()
	}
	return n
}

// fakeQuery answers from fields, as a store of one tenant.
type fakeQuery struct {
	err     error
	points  query.Points // Readings pages through it
	latest  []query.Latest
	series  []query.SeriesInfo
	source  []query.SourceInfo
	groups  []query.Group
	unknown []string

	asked []any // the last question
}

var claim = query.Claim{AsOf: now.Add(-time.Second), AsOfOne: now, Mode: "normal", Region: "east"}

func (f *fakeQuery) Readings(_ context.Context, t telemetry.Tenant, q query.ReadingsQuery) (query.ReadingsPage, error) {
	f.asked = []any{t, q}
	p := query.ReadingsPage{Points: query.Points{Series: q.Series, Unit: f.points.Unit, Others: f.points.Others},
		Claim: claim}
	for i, at := range f.points.Times {
		if at < q.From || at >= q.To || q.After != nil && at <= *q.After {
			continue
		}
		if len(p.Times) == q.Limit {
			p.Next = &p.Times[q.Limit-1]
			break
		}
		p.Times = append(p.Times, at)
		p.Values = append(p.Values, f.points.Values[i])
	}
	return p, f.err
}

// cut is a page of a list: those behind, at most limit.
func cut[T any](all []T, behind func(T) bool, limit int) (page []T, more bool) {
	for _, x := range all {
		if !behind(x) {
			continue
		}
		if len(page) == limit {
			return page, true
		}
		page = append(page, x)
	}
	return page, false
}

func (f *fakeQuery) Latest(_ context.Context, t telemetry.Tenant, sel query.Selector, after telemetry.Series,
	limit int) (query.LatestPage, error) {
	f.asked = []any{t, sel}
	got, more := cut(f.latest, func(l query.Latest) bool { return l.Series.Compare(after) > 0 }, limit)
	p := query.LatestPage{Latest: got, Claim: claim}
	if more {
		p.Next = &got[limit-1].Series
	}
	return p, f.err
}

func (f *fakeQuery) Series(_ context.Context, t telemetry.Tenant, sel query.Selector, after telemetry.Series,
	limit int) (query.SeriesPage, error) {
	f.asked = []any{t, sel}
	got, more := cut(f.series, func(s query.SeriesInfo) bool { return s.Series.Compare(after) > 0 }, limit)
	p := query.SeriesPage{Series: got, Claim: claim}
	if more {
		p.Next = &got[limit-1].Series
	}
	return p, f.err
}

func (f *fakeQuery) Aggregates(_ context.Context, t telemetry.Tenant,
	q query.AggregatesQuery) (query.AggregatesPage, error) {
	f.asked = []any{t, q}
	if _, err := analytics.NewPlan(q.Step, q.From, q.To, q.Funcs, analytics.MaxBuckets); err != nil {
		return query.AggregatesPage{}, fault.New(fault.Invalid, "query.aggregates", "%s", err)
	}
	return query.AggregatesPage{Groups: f.groups, Unknown: f.unknown, Claim: claim}, f.err
}

func (f *fakeQuery) Sources(_ context.Context, t telemetry.Tenant, sel query.Selector, after *telemetry.Source,
	limit int) (query.SourcesPage, error) {
	f.asked = []any{t, sel}
	got, more := cut(f.source, func(s query.SourceInfo) bool { return after == nil || s.Source > *after }, limit)
	p := query.SourcesPage{Sources: got, Claim: claim}
	if more {
		p.Next = &got[limit-1].Source
	}
	return p, f.err
}

func (f *fakeQuery) Source(_ context.Context, t telemetry.Tenant,
	name telemetry.Source) (query.SourceInfo, query.Claim, error) {
	f.asked = []any{t, name}
	for _, s := range f.source {
		if s.Source == name {
			return s, claim, f.err
		}
	}
	return query.SourceInfo{}, claim, fault.New(fault.NotFound, "fake", "there is no source %q", name)
}

func (f *fakeQuery) Metrics(ctx context.Context, t telemetry.Tenant, of telemetry.Source, after telemetry.Metric,
	limit int) ([]telemetry.Metric, bool, error) {
	s, _, err := f.Source(ctx, t, of)
	got, more := cut(s.Metrics, func(m telemetry.Metric) bool { return m > after }, limit)
	return got, more, err
}

func (f *fakeQuery) HasSeries(ctx context.Context, t telemetry.Tenant, of telemetry.Series) (bool, error) {
	s, _, err := f.Source(ctx, t, of.Source)
	return slices.Contains(s.Metrics, of.Metric), kindless(err)
}

// kindless is nil for what is not there.
func kindless(err error) error {
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

type fakeTasks struct {
	tasks []work.Task
	err   error
}

func (f *fakeTasks) Task(_ context.Context, _ telemetry.Tenant, id string) (work.Task, error) {
	for _, t := range f.tasks {
		if t.ID == id {
			return t, f.err
		}
	}
	return work.Task{}, fault.New(fault.NotFound, "fake", "there is no task %q", id)
}

func (f *fakeTasks) Tasks(_ context.Context, _ telemetry.Tenant, after string, limit int) (work.TasksPage, error) {
	got, more := cut(f.tasks, func(t work.Task) bool { return t.ID > after }, limit)
	p := work.TasksPage{Tasks: got}
	if more {
		p.Next = got[limit-1].ID
	}
	return p, f.err
}

func (f *fakeTasks) Redrive(ctx context.Context, t telemetry.Tenant, id string) (work.Task, error) {
	got, err := f.Task(ctx, t, id)
	if err == nil && got.State != work.StatePoisoned {
		return got, fault.New(fault.Conflict, "fake", "the task %s is %s", id, got.State)
	}
	got.State = work.StateQueued
	return got, err
}

type fakeStatus struct {
	asked  telemetry.Tenant
	report schema.Report
	err    error
}

func (f *fakeStatus) Status(_ context.Context, t telemetry.Tenant) (schema.Report, error) {
	f.asked = t
	return f.report, f.err
}

func (f *fakeStatus) Ready(context.Context) error { return f.err }

// rig is the API over fakes.
type rig struct {
	t       testing.TB
	api     *httpapi.API
	handler http.Handler
	ingest  fakeIngest
	query   fakeQuery
	tasks   fakeTasks
	status  fakeStatus
	bodies  *intake.Budget
	log     bytes.Buffer
	seen    []httpapi.Observation
	now     time.Time
}

var stamp = telemetry.StampAt(now)

func newRig(t testing.TB, cfg httpapi.Config, change ...func(*httpapi.Deps)) *rig {
	t.Helper()
	r := &rig{t: t, now: now, bodies: intake.New(intake.Config{}, goruntime.New())}
	r.ingest.receipt = ingest.Receipt{Durability: telemetry.DurableOne, Regions: []region.Name{"east"}, Stamp: stamp,
		Blocks: []telemetry.Position{{Stream: telemetry.Stream{Shard: telemetry.Shard{Tenant: "acme"}, Day: 20780,
			Writer: "01JD"}, Number: 7}}}
	ids := 0
	d := httpapi.Deps{Ingest: &r.ingest, Query: &r.query, Tasks: &r.tasks, Status: &r.status,
		Tenant:    auth.Fixed("acme"),
		Bodies:    r.bodies,
		CursorKey: bytes.Repeat([]byte{7}, 32), Now: func() time.Time { return r.now },
		NewID:   func() string { ids++; return fmt.Sprintf("req-%d", ids) },
		Log:     slog.New(slog.NewTextHandler(&r.log, nil)),
		Observe: func(o httpapi.Observation) { r.seen = append(r.seen, o) },
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "up 1\n") })}
	for _, f := range change {
		f(&d)
	}
	a, err := httpapi.New(cfg, d)
	if err != nil {
		t.Fatal(err)
	}
	r.api, r.handler = a, a.Handler()
	return r
}

// do sends a request; headers are pairs.
func (r *rig) do(method, target string, body []byte, headers ...string) *httptest.ResponseRecorder {
	r.t.Helper()
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(body)
	}
	q := httptest.NewRequest(method, target, reader)
	for i := 0; i < len(headers); i += 2 {
		q.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	r.handler.ServeHTTP(w, q)
	return w
}

// newRigFast is newRig without building the API anew.
func newRigFast(t testing.TB) *rig {
	shared.once.Do(func() { shared.rig = newRig(t, httpapi.Config{}) })
	shared.rig.t = t
	return shared.rig
}

var shared struct {
	once sync.Once
	rig  *rig
}
