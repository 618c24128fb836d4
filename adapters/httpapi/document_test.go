package httpapi_test

import (
	"bytes"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
)

var rewrite = flag.Bool("rewrite", false, "write testdata anew")

func TestDocumentIsTheGoldenOne(t *testing.T) {
	_, doc, err := httpapi.Document(httpapi.Config{})
	if err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/openapi.yaml"
	if *rewrite {
		if err := os.WriteFile(golden, doc, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, doc) {
		t.Errorf("the document differs from %s; look at it, then run with -rewrite (-want +got):\n%s", golden,
			cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(doc), "\n")))
	}
}

// What is served is what the document says, both ways.
func TestRoutesAreTheDocument(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	var documented []string
	for path, item := range apitest.Served(t, r).Paths {
		for method := range item {
			documented = append(documented, strings.ToUpper(method)+" "+path)
		}
	}
	routes := slices.Sorted(slices.Values(r.API.Routes()))
	slices.Sort(documented)
	if diff := cmp.Diff(documented, routes); diff != "" {
		t.Errorf("documented (-) and served (+):\n%s", diff)
	}
	for _, route := range routes {
		method, path, _ := strings.Cut(route, " ")
		path = strings.NewReplacer("{source}", "roof", "{id}", "t1").Replace(path)
		if w := r.Do(method, path, nil); w.Code == 405 || w.Code == 404 &&
			strings.Contains(w.Body.String(), "nothing is served") {
			t.Errorf("%s is documented and answers %d", route, w.Code)
		}
	}
}

// Everything but probes, metrics, ping and the document itself needs a tenant.
func TestEveryOperationOfTenantsNeedsOne(t *testing.T) {
	public := []string{"/health/live", "/health/ready", "/metrics", "/ping", "/openapi.json", "/docs"}
	for path, item := range apitest.Served(t, apitest.New(t, httpapi.Config{})).Paths {
		for method, op := range item {
			if open := len(op.Security) == 0; open != slices.Contains(public, path) {
				t.Errorf("%s %s: open to everybody: %v", method, path, open)
			}
			if op.OperationID == "" {
				t.Errorf("%s %s has no operationId", method, path)
			}
			for _, p := range op.Parameters {
				if p.Description == "" {
					t.Errorf("%s %s: parameter %s has no description", method, path, p.Name)
				}
			}
		}
	}
}

func TestOperationsWithoutTheirPartAreAbsent(t *testing.T) {
	r := apitest.New(t, httpapi.Config{}, func(d *httpapi.Deps) { d.Tasks, d.Metrics = nil, nil })
	doc := apitest.Served(t, r)
	for _, path := range []string{"/v1/tasks", "/v1/tasks/{id}", "/metrics"} {
		if _, ok := doc.Paths[path]; ok {
			t.Errorf("%s is documented", path)
		}
		if w := r.Do("GET", path, nil); w.Code != 404 {
			t.Errorf("%s answers %d", path, w.Code)
		}
	}
}

func TestNewNamesWhatIsMissing(t *testing.T) {
	_, err := httpapi.New(httpapi.Config{}, httpapi.Deps{})
	for _, part := range []string{"Ingest", "Query", "Status", "Callers", "Now", "NewID", "CursorKey"} {
		if err == nil || !strings.Contains(err.Error(), "Deps."+part) {
			t.Errorf("%s is not named in %v", part, err)
		}
	}
}
