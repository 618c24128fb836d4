package archtest

import (
	"bytes"
	"fmt"
	"go/ast"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// mostLines is how many lines a package may have without its tests: so many are read in an afternoon. What has more is
// several rooms behind one door, and a reader has to find the walls. The bound is where our packages of one thought
// end.
const mostLines = 2500

// largePackages are those over the bound all the same, each with its reason.
var largePackages = map[string]string{}

func TestPackagesAreNotTooLarge(t *testing.T) {
	lines := map[string]int{}
	for _, s := range tree(t) {
		if !s.isTest() {
			lines[s.folder()] += linesOf(t, s.path)
		}
	}
	for _, wrong := range tooLarge(lines, largePackages) {
		t.Error(wrong)
	}
}

func linesOf(t *testing.T, file string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Count(text, []byte("\n"))
}

// tooLarge lists packages over the bound, and exceptions that are none.
func tooLarge(lines map[string]int, excused map[string]string) []string {
	var wrong []string
	for _, folder := range slices.Sorted(maps.Keys(lines)) {
		_, is := excused[folder]
		switch n := lines[folder]; {
		case n > mostLines && !is:
			wrong = append(wrong, fmt.Sprintf("%s has %d lines without tests, more than %d: find the rooms in it "+
				"and make "+
				"them packages", folder, n, mostLines))
		case n <= mostLines && is:
			wrong = append(wrong, folder+" is not over the bound any more: take it out of the exceptions")
		}
	}
	for _, folder := range slices.Sorted(maps.Keys(excused)) {
		if _, is := lines[folder]; !is {
			wrong = append(wrong, folder+" is an exception and does not exist")
		}
	}
	return wrong
}

// Functions are short: of the compiled ones nine of ten fit on a screen, and none is longer than two. Test functions
// that are one table are as long as the table.
const (
	longMost   = 80 // lines that no function passes
	longTenth  = 30 // lines that nine of ten functions do not pass
	longOfTest = 100
)

func TestFunctionsAreShort(t *testing.T) {
	var of []function
	for _, s := range tree(t) {
		of = append(of, functionsOf(s)...)
	}
	for _, wrong := range tooLong(of) {
		t.Error(wrong)
	}
}

// function is a function's place and length in lines, with its signature and braces.
type function struct {
	at     string
	lines  int
	isTest bool
}

func functionsOf(s source) []function {
	var out []function
	for _, d := range s.syntax.Decls {
		if f, ok := d.(*ast.FuncDecl); ok {
			lines := s.set.Position(f.End()).Line - s.set.Position(f.Pos()).Line + 1
			out = append(out, function{s.at(f) + " " + f.Name.Name, lines, s.isTest()})
		}
	}
	return out
}

// tooLong lists functions over the bounds.
func tooLong(of []function) []string {
	var wrong []string
	var compiled []int
	for _, f := range of {
		most := longMost
		if f.isTest {
			most = longOfTest
		} else {
			compiled = append(compiled, f.lines)
		}
		if f.lines > most {
			wrong = append(wrong, fmt.Sprintf("%s has %d lines, more than %d: name its parts", f.at, f.lines, most))
		}
	}
	slices.Sort(compiled)
	if n := len(compiled); n > 0 && compiled[n*9/10] > longTenth {
		wrong = append(wrong, fmt.Sprintf("one of ten functions has %d lines or more, over %d: functions grew",
			compiled[n*9/10],
			longTenth))
	}
	return wrong
}

func TestSizesCanFail(t *testing.T) {
	lines := map[string]int{"domain/small": mostLines, "domain/big": mostLines + 1, "domain/vast": 9999}
	wrong := tooLarge(lines, map[string]string{"domain/vast": "one table", "domain/small": "was big",
		"domain/gone": "x"})
	if len(wrong) != 3 || !strings.HasPrefix(wrong[0], "domain/big has 2501") {
		t.Errorf("one too large, two exceptions that are none: %v", wrong)
	}
	body := func(n int) string { return "package x\nfunc f() {\n" + strings.Repeat("f()\n", n-2) + "}\n" }
	for _, c := range []struct {
		path  string
		lines int
		wrong int
	}{
		{"a/x.go", longTenth, 0}, {"a/x.go", longTenth + 1, 1}, {"a/x.go", longMost + 1, 2},
		{"a/x_test.go", longOfTest, 0}, {"a/x_test.go", longOfTest + 1, 1},
	} {
		of := functionsOf(parse(t, c.path, body(c.lines)))
		if got := tooLong(of); len(of) != 1 || of[0].lines != c.lines || len(got) != c.wrong {
			t.Errorf("a function of %d lines in %s: %v, of %+v", c.lines, c.path, got, of)
		}
	}
}
