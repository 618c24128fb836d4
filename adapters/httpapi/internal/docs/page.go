package docs

import (
	"bytes"
	"cmp"
	"crypto/sha256"

	"tidemark/adapters/httpapi/internal/route"

	_ "embed"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

//go:embed page.html
var source string

//go:embed page.css
var style string

// policy lets the page have its own style and nothing else.
var policy = func() string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
}()

// tag is the operations of one tag.
type tag struct {
	Name, Description string
	Operations        []operationOf
}

type operationOf struct {
	*huma.Operation
	Method, Path string
	Statuses     []answer
}

type answer struct {
	Status string
	*huma.Response
}

// newPage is the document as a page for people: no script, nothing from elsewhere.
func newPage(doc *huma.OpenAPI) ([]byte, error) {
	t, err := template.New("docs").Funcs(template.FuncMap{"schema": schemaText, "schemaName": schemaName,
		"lower": strings.ToLower}).Parse(source)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = t.Execute(&out, map[string]any{"Doc": doc, "Tags": tagsOf(doc), "Schemas": doc.Components.Schemas.Map(),
		"Style": template.CSS(style)})
	return out.Bytes(), err
}

func tagsOf(doc *huma.OpenAPI) []tag {
	tags := make([]tag, len(doc.Tags))
	for i, t := range doc.Tags {
		tags[i] = tag{Name: t.Name, Description: t.Description}
	}
	for path, item := range doc.Paths {
		for method, op := range route.Operations(item) {
			i := slices.IndexFunc(tags, func(t tag) bool { return t.Name == op.Tags[0] })
			tags[i].Operations = append(tags[i].Operations,
				operationOf{Operation: op, Method: method, Path: path, Statuses: statuses(op)})
		}
	}
	for i := range tags {
		slices.SortFunc(tags[i].Operations, func(x, y operationOf) int {
			return cmp.Or(strings.Compare(x.Path, y.Path), strings.Compare(x.Method, y.Method))
		})
	}
	return tags
}

func statuses(op *huma.Operation) []answer {
	var list []answer
	for status, r := range op.Responses {
		list = append(list, answer{status, r})
	}
	slices.SortFunc(list, func(x, y answer) int { return strings.Compare(x.Status, y.Status) })
	return list
}

// schemaName is the name of the schema that s refers to, "" for one that stands alone.
func schemaName(s *huma.Schema) string {
	if s == nil {
		return ""
	}
	return strings.TrimPrefix(s.Ref, "#/components/schemas/")
}

// schemaText is a schema's type in a few words.
func schemaText(s *huma.Schema) string {
	switch {
	case s == nil:
		return ""
	case s.Ref != "":
		return schemaName(s)
	case s.Type == huma.TypeArray:
		return "list of " + schemaText(s.Items)
	case len(s.Enum) > 0:
		b, err := json.Marshal(s.Enum)
		if err == nil {
			return "one of " + strings.Trim(string(b), "[]")
		}
	case s.Format != "" && s.Type == huma.TypeString:
		return s.Type + " (" + s.Format + ")"
	case s.Type == "":
		return "any"
	}
	return s.Type
}
