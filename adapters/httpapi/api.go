package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"tidemark/domain/ingest"
	"tidemark/domain/intake"
	"tidemark/domain/query"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/readings"
	"tidemark/domain/work"
)

// Config is how the API behaves. The zero value of a field means its default.
type Config struct {
	Version     string        // of the program, in the document and for /ping; default "dev"
	Timeout     time.Duration // the longest a request's use case may take; default DefaultTimeout
	SourceTags  []string      // tags of line protocol that name the source when there is no tag "source"; default none
	LabelTags   []string      // tags of line protocol that are labels only; default none
	TenantRate  float64       // requests a second of one tenant; default 0: not limited
	TenantBurst int           // requests at once of one tenant; default the rate, rounded up
}

// DefaultTimeout is the default of Config.Timeout.
const DefaultTimeout = 30 * time.Second

func (c Config) withDefaults() Config {
	if c.Version == "" {
		c.Version = "dev"
	}
	if c.Timeout == 0 {
		c.Timeout = DefaultTimeout
	}
	if c.TenantBurst == 0 {
		c.TenantBurst = int(c.TenantRate) + 1
	}
	return c
}

// Ingest stores what requests bring. ingest.Service is one.
type Ingest interface {
	Write(ctx context.Context, t telemetry.Tenant, b *telemetry.Batch, o ingest.Options) (ingest.Receipt, error)
}

// Query answers questions. query.Service is one.
type Query interface {
	Readings(ctx context.Context, t telemetry.Tenant, q query.ReadingsQuery) (query.ReadingsPage, error)
	Latest(ctx context.Context, t telemetry.Tenant, sel query.Selector, after telemetry.Series,
		limit int) (query.LatestPage, error)
	Series(ctx context.Context, t telemetry.Tenant, sel query.Selector, after telemetry.Series,
		limit int) (query.SeriesPage, error)
	Aggregates(ctx context.Context, t telemetry.Tenant, q query.AggregatesQuery) (query.AggregatesPage, error)
	Sources(ctx context.Context, t telemetry.Tenant, sel query.Selector, after *telemetry.Source,
		limit int) (query.SourcesPage, error)
	Source(ctx context.Context, t telemetry.Tenant, name telemetry.Source) (query.SourceInfo, query.Claim, error)
	Metrics(ctx context.Context, t telemetry.Tenant, of telemetry.Source, after telemetry.Metric, limit int) (
		page []telemetry.Metric, more bool, err error)
	HasSeries(ctx context.Context, t telemetry.Tenant, of telemetry.Series) (bool, error)
}

// Tasks shows background work that failed, and drives it again. work.Service is one.
type Tasks interface {
	Task(ctx context.Context, t telemetry.Tenant, id string) (work.Task, error)
	Tasks(ctx context.Context, t telemetry.Tenant, after string, limit int) (work.TasksPage, error)
	Redrive(ctx context.Context, t telemetry.Tenant, id string) (work.Task, error)
}

// Status says how the node is.
type Status interface {
	// Status is what GET /v1/status shows a tenant: how the service is, and the tenant's own figures.
	Status(ctx context.Context, t telemetry.Tenant) (Report, error)
	// Ready is nil while the node takes requests; it must be cheap, and does not ask the storage. Otherwise the
	// error's message says why.
	Ready(ctx context.Context) error
}

// Deps are what the API stands on. Log, Observe, Oldest, Metrics and Tasks may be nil; without Metrics or Tasks their
// operations are absent.
type Deps struct {
	Ingest Ingest
	Query  Query
	Tasks  Tasks
	Status Status

	// Bodies bounds what the bodies of all requests hold in memory.
	Bodies *intake.Budget
	// Tenant tells whose request it is: fault.Unauthenticated for nobody we know, fault.Forbidden for somebody who
	// must not.
	Tenant func(*http.Request) (telemetry.Tenant, error)
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

// API is the HTTP interface. It is safe for concurrent use.
type API struct {
	cfg     Config
	deps    Deps
	huma    huma.API
	mux     *http.ServeMux
	served  []string // the patterns of the mux, "GET /v1/readings"
	limiter *limiter
	spaces  sync.Pool // *workspace
	skips   skipLog
	pages   struct{ document, docs []byte } // what /openapi.json and /docs show
}

// New makes the API and registers its operations. The error names what Deps lacks.
func New(cfg Config, d Deps) (*API, error) {
	if err := (&readings.Options{SourceTags: cfg.SourceTags, LabelTags: cfg.LabelTags}).Naming().Check(); err != nil {
		return nil, fmt.Errorf("httpapi: Config.SourceTags and LabelTags: %w", err)
	}
	if err := d.validate(); err != nil {
		return nil, err
	}
	return build(cfg, d)
}

func (d *Deps) validate() error {
	var missing []error
	for name, lacks := range map[string]bool{"Ingest": d.Ingest == nil, "Query": d.Query == nil,
		"Status": d.Status == nil,
		"Bodies": d.Bodies == nil,
		"Tenant": d.Tenant == nil, "Now": d.Now == nil, "NewID": d.NewID == nil} {
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

func build(cfg Config, d Deps) (*API, error) {
	cfg = cfg.withDefaults()
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	if d.Observe == nil {
		d.Observe = func(Observation) {}
	}
	if d.Clock == nil {
		d.Clock = func(context.Context) time.Time { return d.Now() }
	}
	a := &API{cfg: cfg, deps: d, mux: http.NewServeMux(), limiter: newLimiter(cfg)}
	a.spaces.New = func() any { return new(workspace) }
	claimErrors()
	a.huma = humago.New(recorder{a}, humaConfig(cfg))
	a.huma.UseMiddleware(a.authenticate, a.refuseVague)
	a.register()
	doc, err := json.Marshal(a.huma.OpenAPI())
	if err != nil {
		return nil, fmt.Errorf("httpapi: the OpenAPI document: %w", err)
	}
	a.pages.document = doc
	if a.pages.docs, err = docsPage(a.huma.OpenAPI()); err != nil {
		return nil, fmt.Errorf("httpapi: the docs page: %w", err)
	}
	return a, nil
}

func (a *API) register() {
	a.registerWrites()
	a.registerInflux()
	a.registerReadings()
	a.registerAggregates()
	a.registerCatalogue()
	a.registerSources()
	if a.deps.Tasks != nil {
		a.registerTasks()
	}
	a.registerStatus()
	a.registerPages()
	a.mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "/docs")
		w.WriteHeader(http.StatusFound)
	})
	a.mux.HandleFunc("/", a.notFound)
	tidy(a.huma.OpenAPI())
}

// Document is the OpenAPI 3.1 document with every operation, as JSON and as YAML, without anything behind it.
func Document(cfg Config) (asJSON, asYAML []byte, err error) {
	a, err := build(cfg, Deps{Tasks: noTasks{}, Metrics: http.NotFoundHandler()})
	if err != nil {
		return nil, nil, err
	}
	asYAML, err = a.huma.OpenAPI().YAML()
	return a.pages.document, asYAML, err
}

// Routes lists what is served, as "GET /v1/readings". HEAD is served wherever GET is.
func (a *API) Routes() []string { return slices.Clone(a.served) }

// noTasks lets Document describe the operations of tasks.
type (
	noTasks  struct{ nilTasks }
	nilTasks = Tasks // a field named Tasks would hide the method
)

// recorder is the mux as humago sees it; it notes the patterns.
type recorder struct{ a *API }

func (r recorder) HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request)) {
	r.a.served = append(r.a.served, pattern)
	r.a.mux.HandleFunc(pattern, h)
}

func (r recorder) ServeHTTP(w http.ResponseWriter, q *http.Request) { r.a.mux.ServeHTTP(w, q) }
