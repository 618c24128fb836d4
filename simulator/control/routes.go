package control

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"tidemark/simulator/nemesis"
	"tidemark/simulator/topology"

	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

func newAPI(sim *topology.Simulation, ends context.Context) (*api, error) {
	claimErrors()
	a := &api{sim: sim, nemesis: nemesis.New(sim), mux: http.NewServeMux(), ends: ends}
	a.huma = humago.New(a.mux, humaConfig())
	a.registerRegions()
	a.registerAccounts()
	a.registerOrders()
	a.registerOutages()
	a.registerFaults()
	a.registerSchedule()
	a.registerEdge()
	a.registerProvider()
	a.registerEvents()
	a.registerPages()
	a.mux.HandleFunc("/", a.notFound)
	doc, err := json.Marshal(a.huma.OpenAPI())
	a.document = doc
	return a, err
}

func (a *api) registerPages() {
	a.page(op("GET", "/openapi.json", "openapi", "document", "This document"), "application/json", "OpenAPI 3.1",
		func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(a.document)
		})
	a.page(op("GET", "/{$}", "index", "document", "Every operation, a line each"), "text/plain",
		"Methods, paths and summaries", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			_, _ = w.Write([]byte(a.index()))
		})
	paths := a.huma.OpenAPI().Paths
	paths["/"] = paths["/{$}"]
	delete(paths, "/{$}")
}

func (a *api) index() string {
	var lines []string
	for path, item := range a.huma.OpenAPI().Paths {
		for method, o := range operations(item) {
			lines = append(lines, path+" "+method+"  "+o.Summary)
		}
	}
	slices.Sort(lines)
	return "The simulator's control API. /openapi.json describes it.\n\n" + strings.Join(lines, "\n") + "\n"
}

// notFound answers what no operation serves.
func (a *api) notFound(w http.ResponseWriter, r *http.Request) {
	var allow []string
	for _, m := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
		probe := r.Clone(r.Context())
		probe.Method = m
		if _, pattern := a.mux.Handler(probe); pattern != "/" && pattern != "" {
			allow = append(allow, m)
		}
	}
	p := problem(http.StatusNotFound, "not-found", "There is no such thing",
		"nothing is served at %s: GET / lists what there is", r.URL.Path)
	if len(allow) > 0 {
		w.Header().Set("Allow", strings.Join(allow, ", "))
		p = problem(http.StatusMethodNotAllowed, "method-not-allowed", "Not with this method", "%s takes %s",
			r.URL.Path, strings.Join(allow, ", "))
	}
	writeProblem(w, p)
}
