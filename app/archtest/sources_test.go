package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// module is the path of go.mod.
const module = "tidemark/"

// source is a parsed file. Its path is from the root, with slashes.
type source struct {
	path   string
	set    *token.FileSet
	syntax *ast.File
}

func (s source) folder() string { return path.Dir(s.path) }

func (s source) isTest() bool { return strings.HasSuffix(s.path, "_test.go") }

// at is a place in the file.
func (s source) at(n ast.Node) string {
	return s.path + ":" + strconv.Itoa(s.set.Position(n.Pos()).Line)
}

// imports gives the paths imported, ours without the module, and the names they have in the file.
func (s source) imports() map[string]string {
	out := map[string]string{}
	for _, i := range s.syntax.Imports {
		p, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			continue
		}
		name := path.Base(p)
		if name == "v2" {
			name = path.Base(path.Dir(p))
		}
		if i.Name != nil {
			name = i.Name.Name
		}
		out[p] = name
	}
	return out
}

func parse(t *testing.T, name, text string) source {
	t.Helper()
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, name, text, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	return source{path: name, set: set, syntax: f}
}

const root = "../.."

// skipped are folders that hold no sources of ours.
func skipped(name string) bool {
	return name != "." && name != ".." && (strings.HasPrefix(name, ".") || name == "node_modules" ||
		name == "testdata" || name == "bin")
}

// tree parses every Go file under the root.
func tree(t *testing.T) []source {
	t.Helper()
	var out []source
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && p != root && skipped(d.Name()):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(p, ".go"):
			return nil
		}
		text, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		out = append(out, parse(t, filepath.ToSlash(rel), string(text)))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 100 {
		t.Fatalf("only %d files under %s", len(out), root)
	}
	return out
}

// covers reports whether a pattern names a path: itself, "x/..." for x and what is under it, "x/*" for what is one
// level below.
func covers(pattern, p string) bool {
	if pattern == "*" {
		return true
	}
	if up, ok := strings.CutSuffix(pattern, "/..."); ok {
		return p == up || strings.HasPrefix(p, up+"/")
	}
	ok, err := path.Match(pattern, p)
	return ok && err == nil
}

func anyCovers(patterns []string, p string) bool {
	for _, pattern := range patterns {
		if covers(pattern, p) {
			return true
		}
	}
	return false
}
