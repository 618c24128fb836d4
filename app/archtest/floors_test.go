package archtest

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// unfloored are packages with files that use one another all the same, each with its reason. Everywhere else files lie
// on floors: of two files at most one uses the other, so that a reader can begin at the bottom.
var unfloored = map[string]string{
	"adapters/memory":               "its seeded scheduler is one machine under one lock: a room of its own",
	"domain/telemetry/csvreadings":  "its files are parts of one decoder, and of one planner",
	"domain/telemetry/jsonreadings": "its files are parts of one decoder",
	"domain/telemetry/lineprotocol": "its files are parts of one decoder",
	"simulator/check/internal/rows": "not there yet",
}

// mutual are pairs of files that use one another all the same, each with its reason.
var mutual = map[string]string{}

// TestFilesOfAPackageLieOnFloors type-checks the packages against the export data of what they import.
func TestFilesOfAPackageLieOnFloors(t *testing.T) {
	found := map[string]map[string]string{}
	for _, p := range listed(t, "./...") {
		found[strings.TrimPrefix(p.ImportPath, module)] = mutualUses(t, p)
	}
	for _, wrong := range offFloors(found, unfloored, mutual) {
		t.Error(wrong)
	}
}

// offFloors lists what is wrong with the pairs of files that use one another, which are given by package: those that
// no exception is for, and exceptions that are for nothing.
func offFloors(found map[string]map[string]string, packages, pairs map[string]string) (wrong []string) {
	unused := maps.Clone(packages)
	maps.Copy(unused, pairs)
	for _, p := range slices.Sorted(maps.Keys(found)) {
		for _, pair := range slices.Sorted(maps.Keys(found[p])) {
			delete(unused, p)
			_, excused := packages[p]
			if _, is := pairs[p+": "+pair]; is {
				delete(unused, p+": "+pair)
				excused = true
			}
			if !excused {
				wrong = append(wrong, fmt.Sprintf("%s: %s use one another (%s): move what the lower needs down", p,
					pair,
					found[p][pair]))
			}
		}
	}
	for _, which := range slices.Sorted(maps.Keys(unused)) {
		wrong = append(wrong, which+": nothing there uses one another any more: take it out of the exceptions")
	}
	return wrong
}

func TestFloorsCanFail(t *testing.T) {
	found := map[string]map[string]string{"a": {"x.go and y.go": "X, Y"}, "b": {"x.go and y.go": "X, Y"},
		"c": {"v.go and w.go": "V, W", "x.go and y.go": "X, Y"}, "d": {}}
	packages := map[string]string{"b": "why", "d": "no more"}
	wrong := offFloors(found, packages, map[string]string{"c: v.go and w.go": "why", "c: s.go and t.go": "no more"})
	if len(wrong) != 4 || !strings.HasPrefix(wrong[0], "a: x.go") || !strings.HasPrefix(wrong[1], "c: x.go") ||
		!strings.HasPrefix(wrong[2], "c: s.go") || !strings.HasPrefix(wrong[3], "d: nothing") {
		t.Errorf("two pairs without an exception and two exceptions for nothing: %q", wrong)
	}
	if got := mutualUses(t, written(t, "var A = B\nvar c = 1", "var B = 1")); len(got) != 0 {
		t.Errorf("files of which one uses the other: %v", got)
	}
	got := mutualUses(t, written(t, "var A = 1\nvar c = d", "func B() int { return A }\nvar d = 2"))
	if len(got) != 1 || got["0.go and 1.go"] != "d, A" {
		t.Errorf("files that use one another: %v", got)
	}
}

// written is a package of files that need nothing else.
func written(t *testing.T, files ...string) built {
	t.Helper()
	p := built{ImportPath: "p", Dir: t.TempDir()}
	for i, text := range files {
		name := fmt.Sprintf("%d.go", i)
		if err := os.WriteFile(filepath.Join(p.Dir, name), []byte("package p\n"+text), 0o644); err != nil {
			t.Fatal(err)
		}
		p.GoFiles = append(p.GoFiles, name)
	}
	return p
}

// built is a package as go list tells it.
type built struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
	DepOnly                 bool
	deps                    map[string]string // export data by path
}

// listed lists packages, with the export data of all that they need.
func listed(t *testing.T, pattern string) []built {
	t.Helper()
	c := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles,DepOnly", pattern)
	c.Dir, c.Stderr = root, os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	deps := map[string]string{}
	var all []built
	for d := json.NewDecoder(out); ; {
		var p built
		if err := d.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		deps[p.ImportPath] = p.Export
		if !p.DepOnly {
			p.deps = deps
			all = append(all, p)
		}
	}
	if err := c.Wait(); err != nil {
		t.Fatal(err)
	}
	return all
}

// mutualUses are the pairs of a package's files that use one another, with what each uses.
func mutualUses(t *testing.T, p built) map[string]string {
	t.Helper()
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range p.GoFiles {
		f, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	lookup := func(path string) (io.ReadCloser, error) { return os.Open(p.deps[path]) }
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	conf := types.Config{Importer: importer.ForCompiler(fset, "gc", lookup)}
	pkg, err := conf.Check(p.ImportPath, fset, files, info)
	if err != nil {
		t.Fatal(err)
	}
	uses := map[[2]string]string{} // from a file to another: what of it
	for id, of := range info.Uses {
		if of.Pkg() != pkg || !outer(of) {
			continue
		}
		from, to := filepath.Base(fset.Position(id.Pos()).Filename), filepath.Base(fset.Position(of.Pos()).Filename)
		pair := [2]string{from, to}
		if from != to && (uses[pair] == "" || of.Name() < uses[pair]) {
			uses[pair] = of.Name()
		}
	}
	found := map[string]string{}
	for _, pair := range slices.SortedFunc(maps.Keys(uses), func(a, b [2]string) int {
		return strings.Compare(a[0]+a[1], b[0]+b[1])
	}) {
		if back := uses[[2]string{pair[1], pair[0]}]; back != "" && pair[0] < pair[1] {
			found[fmt.Sprintf("%s and %s", pair[0], pair[1])] = uses[pair] + ", " + back
		}
	}
	return found
}

// outer says whether an object is declared by the package itself, or is a method or field of what is.
func outer(of types.Object) bool {
	switch of := of.(type) {
	case *types.Func:
		return true
	case *types.Var:
		return of.IsField() || of.Parent() == of.Pkg().Scope()
	case *types.TypeName, *types.Const:
		return of.Parent() == of.Pkg().Scope()
	}
	return false
}
