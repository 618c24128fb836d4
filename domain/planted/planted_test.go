package planted_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
)

// names are the texts of the constants in names.go.
func names(t *testing.T) (all []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "names.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			name, _ := strconv.Unquote(lit.Value)
			all = append(all, name)
		}
		return true
	})
	if len(all) < 40 {
		t.Fatalf("%d names, at least 40 are wanted", len(all))
	}
	return all
}

// TestNoPlantIsInTheProgram builds the program as it is shipped, in which no name of a plant is, and the tests of the
// search for them with the tag, in which each one is: so looking for names can find them.
func TestNoPlantIsInTheProgram(t *testing.T) {
	all := names(t)
	for _, built := range []struct {
		args []string
		in   bool
	}{
		{[]string{"build", "tidemark/app/tidemark"}, false},
		{[]string{"test", "-c", "-tags", "planted", "tidemark/simulator/planted"}, true},
	} {
		program := filepath.Join(t.TempDir(), "program")
		last := len(built.args) - 1
		args := append(slices.Clone(built.args[:last]), "-o", program, built.args[last])
		if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
			t.Fatalf("go %v: %v\n%s", args, err, out)
		}
		code, err := os.ReadFile(program)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range all {
			if in := bytes.Contains(code, []byte(name)); in != built.in {
				t.Errorf("%v: the name %q is in the program: %v, want %v", args, name, in, built.in)
			}
		}
	}
}
