package control

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"tidemark/simulator/nemesis"
	"tidemark/simulator/topology"
)

// api is the HTTP interface of a simulation.
type api struct {
	sim      *topology.Simulation
	nemesis  *nemesis.Nemesis
	huma     huma.API
	mux      *http.ServeMux
	ends     context.Context // when the server closes: streams end with it
	document []byte
}

func humaConfig() huma.Config {
	c := huma.DefaultConfig("tidemark simulator", "1")
	c.CreateHooks = nil // bodies hold data, no $schema members
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.Formats = map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat}
	c.Info.Description = "Two regions of a simulated cloud that can be hurt. Times are RFC 3339 in UTC, durations " +
		"are written 30ms, 2s or 1m30s."
	c.Servers = []*huma.Server{{URL: "/"}}
	c.Info.License = &huma.License{Name: "As the program itself", Identifier: "LicenseRef-tidemark"}
	c.Tags = []*huma.Tag{
		{Name: "topology", Description: "What there is: regions, distances, processes, and the edge."},
		{Name: "accounts", Description: "Storage accounts, their replication and failover."},
		{Name: "faults", Description: "What goes wrong: outages of paths, rules for calls, and schedules."},
		{Name: "truth", Description: "What really happened."},
		{Name: "provider", Description: "The storage account in the shape of Azure's resource provider."},
		{Name: "document", Description: "This document."},
	}
	return c
}

// ServeHTTP implements http.Handler.
func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mux.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), ours{}, true)))
}

// op begins the description of an operation.
func op(method, path, id, tag, summary string, fails ...int) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{tag},
		Errors:                       append(fails, http.StatusUnprocessableEntity),
		RejectUnknownQueryParameters: true, Security: []map[string][]string{}}
}

// of is an answer with a body.
type of[T any] struct{ Body T }

// handle registers an operation. Its errors become problems.
func handle[I, T any](a *api, o huma.Operation, f func(ctx context.Context, in *I) (T, error)) {
	huma.Register(a.huma, o, func(ctx context.Context, in *I) (*of[T], error) {
		body, err := f(ctx, in)
		if err != nil {
			return nil, problemOf(err)
		}
		return &of[T]{body}, nil
	})
	a.describeErrors(o)
}

// order registers an operation that answers nothing.
func order[I any](a *api, o huma.Operation, f func(ctx context.Context, in *I) error) {
	o.DefaultStatus = http.StatusNoContent
	huma.Register(a.huma, o, func(ctx context.Context, in *I) (*struct{}, error) { return nil, problemOf(f(ctx, in)) })
	a.describeErrors(o)
}

// describeErrors puts our form of errors where huma's own was described.
func (a *api) describeErrors(o huma.Operation) {
	described := operations(a.huma.OpenAPI().Paths[o.Path])[o.Method]
	schema := huma.SchemaFromType(a.huma.OpenAPI().Components.Schemas, typeOf[Problem]())
	for status, r := range described.Responses {
		if n, err := strconv.Atoi(status); err == nil && n >= 400 {
			r.Content = map[string]*huma.MediaType{problemType: {Schema: schema}}
		}
	}
	delete(a.huma.OpenAPI().Components.Schemas.Map(), "ErrorModel")
	delete(a.huma.OpenAPI().Components.Schemas.Map(), "ErrorDetail")
}

// operations are those of a path, by method.
func operations(item *huma.PathItem) map[string]*huma.Operation {
	all := map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "DELETE": item.Delete,
		"PATCH": item.Patch}
	for method, o := range all {
		if o == nil {
			delete(all, method)
		}
	}
	return all
}

// page serves a handler as a described operation.
func (a *api) page(o huma.Operation, contentType, description string, h http.HandlerFunc) {
	a.mux.HandleFunc(o.Method+" "+o.Path, h)
	o.Responses = map[string]*huma.Response{"200": {Description: description,
		Content: map[string]*huma.MediaType{contentType: {Schema: &huma.Schema{Type: huma.TypeString}}}}}
	if contentType == "application/json" {
		o.Responses["200"].Content[contentType] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeObject}}
	}
	schema := a.huma.OpenAPI().Components.Schemas.Schema(typeOf[Problem](), true, "Problem")
	for _, status := range o.Errors {
		o.Responses[strconv.Itoa(status)] = &huma.Response{Description: http.StatusText(status),
			Content: map[string]*huma.MediaType{problemType: {Schema: schema}}}
	}
	a.huma.OpenAPI().AddOperation(&o)
}

func writeProblem(w http.ResponseWriter, p *Problem) {
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client has gone
}

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }
