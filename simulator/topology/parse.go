package topology

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Load reads a topology file.
func Load(path string) (Config, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Config{}, fmt.Errorf("the topology: %w", err)
	}
	return Parse(path, text)
}

// Parse reads a topology in YAML. What the text does not say is its default, but regions, accounts and edge are as the text has them:
// Default is not mixed in. Errors begin with name:line:column, one a line, and end with what to write.
func Parse(name string, text []byte) (Config, error) {
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return Config{}, placed(name, err)
	}
	if len(file.Docs) > 1 {
		return Config{}, fmt.Errorf("%s: there are %d documents in it: write one topology a file", name, len(file.Docs))
	}
	var c Config
	if err := yaml.UnmarshalWithOptions(text, &c, yaml.Strict()); err != nil {
		return Config{}, placed(name, err)
	}
	var all []error
	for _, w := range c.complete().check() {
		at := find(file, w.path)
		all = append(all, &ParseError{File: name, Line: at.Line, Column: at.Column, Message: w.text})
	}
	if len(all) > 0 {
		return Config{}, errors.Join(all...)
	}
	return c.complete(), nil
}

// ParseError is what is wrong at a place of a file. Line and Column count from 1; 0 is the file as a whole.
type ParseError struct {
	File         string
	Line, Column int
	Message      string
}

func (e *ParseError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, e.Message)
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Message)
}

// placed gives an error of the YAML library its place, and the remedy where we know one.
func placed(name string, err error) error {
	var at yaml.Error
	if !errors.As(err, &at) {
		return &ParseError{File: name, Message: err.Error()}
	}
	e := &ParseError{File: name, Message: at.GetMessage()}
	if t := at.GetToken(); t != nil && t.Position != nil {
		e.Line, e.Column = t.Position.Line, t.Position.Column
	}
	e.Message += remedy(err)
	return e
}

// remedy says what to write instead.
func remedy(err error) string {
	var unknown *yaml.UnknownFieldError
	var kind *yaml.TypeError
	var double *yaml.DuplicateKeyError
	switch {
	case errors.As(err, &unknown):
		field := unknown.Message
		if m := quoted.FindStringSubmatch(field); m != nil {
			field = m[1]
		}
		if near := nearest(field, fieldNames(reflect.TypeFor[Config](), map[reflect.Type]bool{})); near != "" {
			return fmt.Sprintf(": did you mean %q? `tidemark sim example` shows every field", near)
		}
		return ": `tidemark sim example` shows every field"
	case errors.As(err, &kind):
		return ": " + kindRemedy(kind.DstType)
	case errors.As(err, &double):
		return ": write it once"
	}
	return ""
}

var quoted = regexp.MustCompile(`"([^"]*)"`)

func kindRemedy(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[int64]() || t.Name() == "Duration":
		return "write a duration, as 30ms or 2s"
	case t.Kind() == reflect.Slice:
		return "write a list, each item after a dash"
	case t.Kind() == reflect.Struct:
		return "write fields and values"
	case t.Kind() == reflect.String:
		return "write a text"
	}
	return "write a number"
}

// fieldNames are all names that a topology knows, at any depth.
func fieldNames(t reflect.Type, seen map[reflect.Type]bool) []string {
	for t.Kind() == reflect.Slice || t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || seen[t] {
		return nil
	}
	seen[t] = true
	var names []string
	for f := range t.Fields() {
		if name, _, _ := strings.Cut(f.Tag.Get("yaml"), ","); name != "" {
			names = append(names, name)
		}
		names = append(names, fieldNames(f.Type, seen)...)
	}
	return names
}

// find is where a path of the topology stands in the file, or the nearest thing above it that is there.
func find(file *ast.File, path string) token.Position {
	for {
		if p, err := yaml.PathString(path); err == nil {
			if n, err := p.FilterFile(file); err == nil && n != nil && n.GetToken() != nil {
				return *first(n).Position
			}
		}
		cut := strings.LastIndexAny(path, ".[")
		if cut <= 0 {
			return token.Position{}
		}
		path = path[:cut]
	}
}

// first is the first token of a node: a mapping's own is the colon after its first key.
func first(n ast.Node) *token.Token {
	if m, ok := n.(ast.MapNode); ok {
		if entries := m.MapRange(); entries.Next() {
			return entries.Key().GetToken()
		}
	}
	return n.GetToken()
}
