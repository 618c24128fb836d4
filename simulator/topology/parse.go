package topology

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

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

// Parse reads a topology in YAML. What the text does not say is its default, but regions, accounts and edge are as
// the text has them: Default is not mixed in. Errors begin with name:line:column, one a line, and end with what to
// write.
func Parse(name string, text []byte) (Config, error) {
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return Config{}, placed(name, err)
	}
	if len(file.Docs) > 1 {
		return Config{}, fmt.Errorf("%s: there are %d documents in it: write one topology a file", name, len(file.Docs))
	}
	if bad := durations(file); len(bad) > 0 {
		return Config{}, placeAll(name, bad)
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

// misplaced is something wrong at a token.
type misplaced struct {
	at      *token.Token
	message string
}

func placeAll(name string, all []misplaced) error {
	errs := make([]error, len(all))
	for i, m := range all {
		errs[i] = &ParseError{File: name, Line: m.at.Position.Line, Column: m.at.Position.Column, Message: m.message}
	}
	return errors.Join(errs...)
}

// durations finds fields whose value is no duration: the library says neither where they are nor what to write.
func durations(file *ast.File) []misplaced {
	v := &durationCheck{names: fieldNames(reflect.TypeFor[Config](), reflect.TypeFor[time.Duration](),
		map[reflect.Type]bool{})}
	for _, doc := range file.Docs {
		if doc.Body != nil {
			ast.Walk(v, doc.Body)
		}
	}
	return v.bad
}

type durationCheck struct {
	names []string
	bad   []misplaced
}

// Visit implements ast.Visitor.
func (v *durationCheck) Visit(n ast.Node) ast.Visitor {
	entry, ok := n.(*ast.MappingValueNode)
	if !ok || !slices.Contains(v.names, entry.Key.String()) {
		return v
	}
	if _, err := time.ParseDuration(entry.Value.GetToken().Value); err != nil || entry.Value.Type() != ast.StringType {
		v.bad = append(v.bad, misplaced{entry.Value.GetToken(),
			fmt.Sprintf("%s is %s: write a duration with its unit, as 30ms, 2s or 1m30s", entry.Key, entry.Value)})
	}
	return v
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
	var kind *yaml.TypeError
	var node *yaml.UnexpectedNodeTypeError
	switch t := at.GetToken(); {
	case t == nil:
	case errors.As(err, &kind):
		e.Message = fmt.Sprintf("%q does not belong here: %s", t.Value, kindRemedy(kind.DstType))
	case errors.As(err, &node):
		e.Message = fmt.Sprintf("%q does not belong here: %s", t.Value, nodeRemedy(node.Expected))
	default:
		e.Message += remedy(err)
	}
	return e
}

// remedy says what to write instead.
func remedy(err error) string {
	var unknown *yaml.UnknownFieldError
	var double *yaml.DuplicateKeyError
	switch {
	case errors.As(err, &unknown):
		field := unknown.Message
		if m := quoted.FindStringSubmatch(field); m != nil {
			field = m[1]
		}
		if near := nearest(field, fieldNames(reflect.TypeFor[Config](), nil, map[reflect.Type]bool{})); near != "" {
			return fmt.Sprintf(": did you mean %q? `tidemark sim example` shows every field", near)
		}
		return ": `tidemark sim example` shows every field"
	case errors.As(err, &double):
		return ": write it once"
	}
	return ""
}

var quoted = regexp.MustCompile(`"([^"]*)"`)

func kindRemedy(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Slice:
		return nodeRemedy(ast.SequenceType)
	case reflect.Struct:
		return nodeRemedy(ast.MappingType)
	case reflect.String:
		return "write a text"
	case reflect.Bool:
		return "write true or false"
	}
	return "write a number"
}

func nodeRemedy(t ast.NodeType) string {
	switch t {
	case ast.SequenceType:
		return "write a list, each item after a dash"
	case ast.MappingType, ast.MappingValueType:
		return "write fields, as name: value"
	}
	return "write a value"
}

// fieldNames are all names that a topology knows, at any depth: those of fields of one type, or of every type (nil).
func fieldNames(t, of reflect.Type, seen map[reflect.Type]bool) []string {
	for t.Kind() == reflect.Slice || t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || seen[t] {
		return nil
	}
	seen[t] = true
	var names []string
	for f := range t.Fields() {
		if name, _, _ := strings.Cut(f.Tag.Get("yaml"), ","); name != "" && (of == nil || f.Type == of) {
			names = append(names, name)
		}
		names = append(names, fieldNames(f.Type, of, seen)...)
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
