package control_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tidemark/simulator/control"
)

var rewrite = flag.Bool("rewrite", false, "write testdata anew")

func TestDocumentIsTheGoldenOne(t *testing.T) {
	_, doc, err := control.Document()
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

// TestEveryParameterOfAPathIsRead wants each {name} of a path among the operation's parameters: what huma does not
// see it does not read.
func TestEveryParameterOfAPathIsRead(t *testing.T) {
	text, _, err := control.Document()
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]struct {
			OperationID string `json:"operationId"`
			Parameters  []struct{ Name, In string }
			Responses   map[string]any
		}
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Paths) < 20 {
		t.Errorf("only %d paths", len(doc.Paths))
	}
	ids := map[string]bool{}
	for path, item := range doc.Paths {
		for method, o := range item {
			if ids[o.OperationID] || o.OperationID == "" {
				t.Errorf("%s %s: operation id %q", method, path, o.OperationID)
			}
			ids[o.OperationID] = true
			read := map[string]bool{}
			for _, p := range o.Parameters {
				if p.In == "path" {
					read["{"+p.Name+"}"] = true
				}
			}
			for part := range strings.SplitSeq(path, "/") {
				if strings.HasPrefix(part, "{") && !read[part] {
					t.Errorf("%s %s: %s is not read", method, path, part)
				}
			}
		}
	}
}
