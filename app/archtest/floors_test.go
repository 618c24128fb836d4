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

// floored are the packages whose files lie on floors: of two files at most one uses the other, so that a reader can
// begin at the bottom. The others of the simulator are not there yet: azurite itself, check, control, edge, redis,
// topology.
var floored = []string{"tidemark/simulator/account/...", "tidemark/simulator/azurite/azuritetest",
	"tidemark/simulator/azurite/store", "tidemark/simulator/gateway", "tidemark/simulator/georep",
	"tidemark/simulator/history", "tidemark/simulator/inject/...", "tidemark/simulator/nemesis",
	"tidemark/simulator/network", "tidemark/simulator/path", "tidemark/simulator/planted", "tidemark/simulator/rig/...",
	"tidemark/simulator/twin", "tidemark/simulator/wire/...", "tidemark/simulator/world"}

// mutual are pairs of files that use one another all the same, each with its reason.
var mutual = map[string]string{}

// TestFilesOfAPackageLieOnFloors type-checks the packages against the export data of what they import.
func TestFilesOfAPackageLieOnFloors(t *testing.T) {
	unused := maps.Clone(mutual)
	for _, p := range listed(t, floored) {
		for pair, why := range mutualUses(t, p) {
			if _, excused := mutual[pair]; excused {
				delete(unused, pair)
				continue
			}
			t.Errorf("%s use one another (%s): move what the lower needs down", pair, why)
		}
	}
	for pair := range unused {
		t.Errorf("%s do not use one another any more: take them out of the exceptions", pair)
	}
}

// built is a package as go list tells it.
type built struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
	DepOnly                 bool
	deps                    map[string]string // export data by path
}

// listed lists packages, with the export data of all that they need.
func listed(t *testing.T, patterns []string) []built {
	t.Helper()
	args := append([]string{"list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles,DepOnly"}, patterns...)
	c := exec.Command("go", args...)
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
	short := strings.TrimPrefix(p.ImportPath, module+"/")
	found := map[string]string{}
	for _, pair := range slices.SortedFunc(maps.Keys(uses), func(a, b [2]string) int {
		return strings.Compare(a[0]+a[1], b[0]+b[1])
	}) {
		if back := uses[[2]string{pair[1], pair[0]}]; back != "" && pair[0] < pair[1] {
			found[fmt.Sprintf("%s: %s and %s", short, pair[0], pair[1])] = uses[pair] + ", " + back
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
