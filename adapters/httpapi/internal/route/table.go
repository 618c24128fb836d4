// Package route is the table of operations. An operation is described and registered in one go, so that the OpenAPI
// document is what is served; and what every operation refuses alike is refused here.
package route

import (
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"tidemark/adapters/httpapi/internal/call"
	"tidemark/adapters/httpapi/internal/problem"
)

// Table is the operations that are served, and what the document says of them.
type Table struct {
	api     huma.API
	mux     *http.ServeMux
	served  []string // the patterns of the operations, "GET /v1/readings"
	timeout time.Duration
}

// New makes an empty table. version is that of the program; a use case may take as long as timeout; admit is a
// middleware that lets requests in.
func New(version string, timeout time.Duration, admit func(huma.Context, func(huma.Context))) *Table {
	t := &Table{mux: http.NewServeMux(), timeout: timeout}
	t.api = humago.New(recorder{t}, humaConfig(version))
	t.api.UseMiddleware(admit, refuseOthers, refuseVague)
	t.mux.HandleFunc("/", t.notFound)
	return t
}

// ServeHTTP serves the operation of a request, which belongs to a call.
func (t *Table) ServeHTTP(w http.ResponseWriter, r *http.Request) { t.mux.ServeHTTP(w, r) }

// Routes lists the operations that are served, as "GET /v1/readings". HEAD is served wherever GET is.
func (t *Table) Routes() []string { return slices.Clone(t.served) }

// Document is what is said of the operations so far.
func (t *Table) Document() *huma.OpenAPI { return t.api.OpenAPI() }

// Schema is the schema of a type in the document.
func (t *Table) Schema(of reflect.Type) *huma.Schema {
	return t.Document().Components.Schemas.Schema(of, true, of.Name())
}

// Tidy takes out of the document what huma put there and nobody refers to. It comes after all operations.
func (t *Table) Tidy() {
	schemas := t.Document().Components.Schemas.Map()
	delete(schemas, "ErrorModel")
	delete(schemas, "ErrorDetail")
}

// recorder is the mux as humago sees it; it notes the patterns, which neither the mux nor huma lists.
type recorder struct{ t *Table }

func (r recorder) HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request)) {
	r.t.served = append(r.t.served, pattern)
	r.t.mux.HandleFunc(pattern, h)
}

func (r recorder) ServeHTTP(w http.ResponseWriter, q *http.Request) { r.t.mux.ServeHTTP(w, q) }

// Redirect leads from a pattern that is no operation to a path.
func (t *Table) Redirect(pattern, to string) {
	t.mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", to)
		w.WriteHeader(http.StatusFound)
	})
}

var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
	http.MethodDelete}

// notFound answers what no operation serves: 405 with Allow when another method would do, else 404. huma leaves that
// to the mux, which answers in plain text.
func (t *Table) notFound(_ http.ResponseWriter, r *http.Request) {
	c := call.Of(r.Context())
	var allow []string
	for _, m := range methods {
		probe := r.Clone(r.Context())
		probe.Method = m
		if _, pattern := t.mux.Handler(probe); pattern != "/" && pattern != "" {
			allow = append(allow, m)
		}
	}
	if len(allow) == 0 || slices.Contains(allow, r.Method) {
		c.Fail(problem.New(http.StatusNotFound, "not-found", "There is no such thing",
			"nothing is served at this path: GET /docs lists what there is"))
		return
	}
	p := problem.New(http.StatusMethodNotAllowed, "method-not-allowed", "Not with this method", "here it is "+
		strings.Join(allow, ", "))
	p.Header.Set("Allow", strings.Join(allow, ", "))
	c.Fail(p)
}
