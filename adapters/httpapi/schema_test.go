package httpapi_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
)

// Every type of package schema is a schema of the document, but those that others embed, and there is no other.
func TestSchemasOfTheDocumentAreThePackage(t *testing.T) {
	files, err := filepath.Glob("schema/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	declared, embedded := map[string]bool{}, map[string]bool{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.TypeSpec:
				declared[n.Name.Name] = n.Name.IsExported()
			case *ast.StructType:
				for _, f := range n.Fields.List {
					if of, ok := f.Type.(*ast.Ident); ok && f.Names == nil {
						embedded[of.Name] = true
					}
				}
			}
			return true
		})
	}
	maps.DeleteFunc(declared, func(name string, exported bool) bool { return !exported || embedded[name] })
	documented := apitest.Served(t, apitest.New(t, httpapi.Config{})).Components.Schemas
	if diff := cmp.Diff(slices.Sorted(maps.Keys(declared)), slices.Sorted(maps.Keys(documented))); diff != "" {
		t.Errorf("types (-) and schemas of the document (+):\n%s", diff)
	}
}
