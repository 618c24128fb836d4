package httpapi

import (
	"encoding/json"
	"fmt"
	"net/http"

	"tidemark/adapters/httpapi/auth"
	"tidemark/adapters/httpapi/internal/call"
	"tidemark/adapters/httpapi/internal/decode"
	"tidemark/adapters/httpapi/internal/docs"
	"tidemark/adapters/httpapi/internal/influx"
	"tidemark/adapters/httpapi/internal/operations"
	"tidemark/adapters/httpapi/internal/questions"
	"tidemark/adapters/httpapi/internal/route"
	"tidemark/adapters/httpapi/internal/writes"
	"tidemark/adapters/httpapi/service"
	"tidemark/domain/telemetry/readings"
)

// API is the HTTP interface. It is safe for concurrent use.
type API struct {
	deps     Deps
	table    *route.Table
	failures *call.Failures
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

func build(cfg Config, d Deps) (*API, error) {
	cfg, d = cfg.withDefaults(), d.withDefaults()
	call.ClaimErrors()
	a := &API{deps: d, failures: call.NewFailures(d.Log, d.Now)}
	a.table = route.New(cfg.Version, cfg.Timeout, auth.NewGate(d.Callers, d.Now, cfg.TenantRate, cfg.TenantBurst).Admit)
	a.register(cfg)
	pages := docs.Handlers{Metrics: d.Metrics}
	pages.Register(a.table)
	a.table.Tidy()
	if err := pages.Render(a.table.Document()); err != nil {
		return nil, fmt.Errorf("httpapi: %w", err)
	}
	return a, nil
}

// register registers the operations of tenants and the probes.
func (a *API) register(cfg Config) {
	d, t := a.deps, a.table
	decoder := decode.New(d.Bodies, d.Oldest)
	(&writes.Handlers{Ingest: d.Ingest, Query: d.Query, Decoder: decoder, Memory: d.Bodies, Clock: d.Clock}).Register(t)
	(&influx.Handlers{Ingest: d.Ingest, Decoder: decoder, Clock: d.Clock, Version: cfg.Version,
		SourceTags: cfg.SourceTags, LabelTags: cfg.LabelTags}).Register(t)
	(&questions.Handlers{Query: d.Query, Clock: d.Clock, CursorKey: d.CursorKey}).Register(t)
	(&operations.Handlers{Tasks: d.Tasks, Status: d.Status, CursorKey: d.CursorKey}).Register(t)
}

// Document is the OpenAPI 3.1 document with every operation, as JSON and as YAML, without anything behind it.
func Document(cfg Config) (asJSON, asYAML []byte, err error) {
	a, err := build(cfg, Deps{Tasks: noTasks{}, Metrics: http.NotFoundHandler()})
	if err != nil {
		return nil, nil, err
	}
	doc := a.table.Document()
	if asJSON, err = json.Marshal(doc); err != nil {
		return nil, nil, err
	}
	asYAML, err = doc.YAML()
	return asJSON, asYAML, err
}

// Routes lists what is served, as "GET /v1/readings". HEAD is served wherever GET is.
func (a *API) Routes() []string { return a.table.Routes() }

// noTasks lets Document describe the operations of tasks.
type (
	noTasks  struct{ nilTasks }
	nilTasks = service.Tasks // a field named Tasks would hide the method
)
