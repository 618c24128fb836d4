package archtest

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
	"testing"
)

func TestConstructs(t *testing.T) {
	for _, s := range tree(t) {
		for _, wrong := range badConstructs(s) {
			t.Error(wrong)
		}
	}
}

// badConstructs lists what a file does that its folder must not.
func badConstructs(s source) []string {
	if s.isTest() {
		return nil
	}
	var wrong []string
	for _, ban := range constructBans {
		if !anyCovers(ban.in, s.folder()) || anyCovers(ban.except, s.path) || anyCovers(ban.except, s.folder()) {
			continue
		}
		wrong = append(wrong, ban.find(s)...)
	}
	slices.Sort(wrong)
	return wrong
}

func (b constructBan) find(s source) []string {
	var wrong []string
	found := func(n ast.Node, what string) {
		wrong = append(wrong, fmt.Sprintf("%s: %s: %s", s.at(n), what, b.reason))
	}
	named := map[string]string{} // the file's names of packages
	for p, name := range s.imports() {
		named[name] = p
		if slices.Contains(b.imports, p) {
			found(s.syntax, "imports "+p)
		}
	}
	ast.Inspect(s.syntax, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			if slices.Contains(b.syntax, "go") {
				found(n, "a go statement")
			}
		case *ast.SelectStmt:
			if slices.Contains(b.syntax, "select") {
				found(n, "a select")
			}
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && b.names(named[x.Name], n.Sel.Name) {
				found(n, x.Name+"."+n.Sel.Name)
			}
			if slices.Contains(b.fields, n.Sel.Name) {
				found(n, "."+n.Sel.Name)
			}
		}
		return true
	})
	return wrong
}

// names reports whether the ban names a function of a package. Of math/rand only functions that draw from the global
// source are meant: its types begin with a capital too, so they are told apart by the list of what makes a source.
func (b constructBan) names(pkg, name string) bool {
	if slices.Contains(b.calls, pkg+"."+name) {
		return true
	}
	return slices.Contains(b.calls, pkg+".*") && strings.HasPrefix(pkg, "math/rand") && !sourcesOfRandomness[name] &&
		!randomTypes[name]
}

// randomTypes are the types of math/rand and math/rand/v2.
var randomTypes = map[string]bool{"Rand": true, "Source": true, "Source64": true, "PCG": true, "ChaCha8": true,
	"Zipf": true}
