// Package docs shows what is no JSON of the API's own: the OpenAPI document, that document as a page to read, and
// the metrics.
package docs

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"tidemark/adapters/httpapi/internal/reply"
	"tidemark/adapters/httpapi/internal/route"
)

// Handlers serve what is no JSON of ours: metrics, the document and its page.
type Handlers struct {
	Metrics        http.Handler // nil for none
	document, page []byte       // what /openapi.json and /docs show, once rendered
}

// Register registers the pages. They show nothing before they are rendered.
func (h *Handlers) Register(t *route.Table) {
	if h.Metrics != nil {
		t.Page(describePage("/metrics", "metrics", "Metrics, as Prometheus reads them", "The metrics", "text/plain"),
			h.Metrics.ServeHTTP)
	}
	document := describePage("/openapi.json", "openapi", "This document", "OpenAPI 3.1", reply.TypeJSON)
	document.Responses["200"].Content[reply.TypeJSON].Schema =
		&huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}
	t.Page(document, func(w http.ResponseWriter, _ *http.Request) { serveStatic(w, reply.TypeJSON, h.document) })
	t.Page(describePage("/docs", "docs", "This document, to read", "A page without scripts", "text/html"),
		func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Security-Policy", policy)
			w.Header().Set("Referrer-Policy", "no-referrer")
			serveStatic(w, "text/html; charset=utf-8", h.page)
		})
	t.Redirect("GET /{$}", "/docs")
}

// describePage describes a page, whose answer is text.
func describePage(path, id, summary, answer, contentType string) huma.Operation {
	return huma.Operation{OperationID: id, Method: http.MethodGet, Path: path, Tags: []string{"node"}, Summary: summary,
		Responses: map[string]*huma.Response{"200": {Description: answer, Content: map[string]*huma.MediaType{
			contentType: {Schema: &huma.Schema{Type: huma.TypeString}}}}}}
}

func serveStatic(w http.ResponseWriter, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(body)
}

// Render makes what the pages show of the document. It comes after all operations, and before the first request.
func (h *Handlers) Render(doc *huma.OpenAPI) (err error) {
	if h.document, err = json.Marshal(doc); err != nil {
		return fmt.Errorf("the OpenAPI document: %w", err)
	}
	if h.page, err = newPage(doc); err != nil {
		return fmt.Errorf("the docs page: %w", err)
	}
	return nil
}
