package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// Report is the state of the service as this node sees it. What it says of readings, blocks and tasks is the tenant's
// own.
type Report struct {
	Version  string          `json:"version" doc:"Of the program."`
	Region   string          `json:"region" doc:"Where this node runs."`
	Mode     string          `json:"mode" enum:"normal,unavailable" doc:"normal: this node reaches the journal. unavailable: it does not; writes and questions are 503 here until it does."`
	Account  string          `json:"account" enum:"settling,paused,growing" doc:"settling: data moves from the journal to the account. paused: this node does not reach the account's primary endpoint; writes go on if the journal is within reach, questions are 503. growing: there is no tidemark, so nothing leaves the journal."`
	Tidemark TidemarkReport  `json:"tidemark" doc:"Up to when the account is in both regions."`
	Journals []JournalReport `json:"journals" nullable:"false" doc:"The journal of each region."`
	AtRisk   *int64          `json:"readings_at_risk,omitempty" minimum:"0" doc:"Your readings that were acknowledged and lie in one region only, when this node last looked at your blocks; absent while it has not."`
	Poisoned *int            `json:"tasks_poisoned,omitempty" minimum:"0" doc:"How many of your tasks, of the first thousand, failed too often and wait for somebody to look; absent while the account does not say."`
}

// TidemarkReport is the tidemark and its age.
type TidemarkReport struct {
	State      string     `json:"state" enum:"single,live,bootstrap,unavailable" doc:"Of the account's replication; single is an account without any."`
	At         *time.Time `json:"at,omitempty" doc:"Everything the account committed before is in both regions; absent when that is not known."`
	AgeSeconds *float64   `json:"age_seconds,omitempty" minimum:"0" doc:"How far it is behind."`
}

// JournalReport is a tenant's part of one region's journal.
type JournalReport struct {
	Region     string   `json:"region" doc:"Where it lies."`
	Reachable  bool     `json:"reachable" doc:"Whether this node reaches it."`
	Blocks     *int64   `json:"blocks,omitempty" minimum:"0" doc:"Your blocks in it that are not settled yet, when this node last looked; absent while it has not, then ask again."`
	Bytes      *int64   `json:"bytes,omitempty" minimum:"0" doc:"Their bytes."`
	AgeSeconds *float64 `json:"age_seconds,omitempty" minimum:"0" doc:"How long ago that was. Questions and compactions look, and while somebody asks for the status the node does every few seconds, if the journal answers."`
}

// Health is the body of a probe.
type Health struct {
	Status string `json:"status" enum:"live,ready" doc:"What is so."`
}

func (a *API) registerStatus() {
	op := a.operation(http.MethodGet, "/v1/status", "read-status", "operations", "Show the state of the service",
		"As the node that answers sees it. Readings, blocks and tasks are your own.")
	answers[Report](a, &op, http.StatusOK, "The state", nil)
	a.fails(&op)
	handle(a, op, nil, func(ctx context.Context, _ *struct{}) (*reply, error) {
		s, err := a.deps.Status.Status(ctx, callOf(ctx).tenant)
		if err != nil {
			return nil, err
		}
		if s.Journals == nil {
			s.Journals = []JournalReport{}
		}
		return jsonReply(s)
	})

	op = public(a.operation(http.MethodGet, "/health/live", "health-live", "node", "Is the process alive?", ""))
	answers[Health](a, &op, http.StatusOK, "It is", nil)
	a.fails(&op, 500)
	handle(a, op, anyForm, func(context.Context, *struct{}) (*reply,
		error) {
		return jsonReply(Health{Status: "live"})
	})

	op = public(a.operation(http.MethodGet, "/health/ready", "health-ready", "node", "Does the node take requests?",
		"Cheap, and 200 from when the node listens until it begins to stop. It does not look at the storage: while "+
			"that is out of reach the node is ready, and answers 503."))
	answers[Health](a, &op, http.StatusOK, "It does", nil)
	a.fails(&op, 500, 503)
	handle(a, op, anyForm, func(ctx context.Context, _ *struct{}) (*reply, error) {
		if err := a.deps.Status.Ready(ctx); err != nil {
			return nil, err
		}
		return jsonReply(Health{Status: "ready"})
	})
}

// registerPages serves what is no JSON of ours: metrics, the document and its page.
func (a *API) registerPages() {
	text := func(contentType, description string) map[string]*huma.Response {
		return map[string]*huma.Response{"200": {Description: description, Content: map[string]*huma.MediaType{
			contentType: {Schema: &huma.Schema{Type: huma.TypeString}}}}}
	}
	if a.deps.Metrics != nil {
		a.page(huma.Operation{OperationID: "metrics", Method: http.MethodGet, Path: "/metrics", Tags: []string{"node"},
			Summary:   "Metrics, as Prometheus reads them",
			Responses: text("text/plain", "The metrics")}, a.deps.Metrics.ServeHTTP)
	}
	document := huma.Operation{OperationID: "openapi", Method: http.MethodGet, Path: "/openapi.json",
		Tags: []string{"node"}, Summary: "This document",
		Responses: map[string]*huma.Response{"200": {Description: "OpenAPI 3.1", Content: map[string]*huma.MediaType{
			typeJSON: {Schema: &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}}}}}}
	a.page(document, func(w http.ResponseWriter, _ *http.Request) { serveStatic(w, typeJSON, a.pages.document) })
	a.page(huma.Operation{OperationID: "docs", Method: http.MethodGet, Path: "/docs", Tags: []string{"node"},
		Summary:   "This document, to read",
		Responses: text("text/html", "A page without scripts")}, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", docsPolicy)
		w.Header().Set("Referrer-Policy", "no-referrer")
		serveStatic(w, "text/html; charset=utf-8", a.pages.docs)
	})
}

func serveStatic(w http.ResponseWriter, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(body)
}
