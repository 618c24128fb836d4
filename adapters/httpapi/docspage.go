package httpapi

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

//go:embed docs.html
var docsSource string

//go:embed docs.css
var docsStyle string

// docsPolicy lets the page have its own style and nothing else.
var docsPolicy = func() string {
	sum := sha256.Sum256([]byte(docsStyle))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
}()

// docsTag is the operations of one tag.
type docsTag struct {
	Name, Description string
	Operations        []docsOperation
}

type docsOperation struct {
	*huma.Operation
	Method, Path string
	Statuses     []docsResponse
}

type docsResponse struct {
	Status string
	*huma.Response
}

// docsPage is the document as a page for people: no script, nothing from elsewhere.
func docsPage(doc *huma.OpenAPI) ([]byte, error) {
	t, err := template.New("docs").Funcs(template.FuncMap{"schema": schemaText, "schemaName": schemaName,
		"lower": strings.ToLower}).Parse(docsSource)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = t.Execute(&out, map[string]any{"Doc": doc, "Tags": docsTags(doc), "Schemas": doc.Components.Schemas.Map(),
		"Style": template.CSS(docsStyle)})
	return out.Bytes(), err
}

func docsTags(doc *huma.OpenAPI) []docsTag {
	tags := make([]docsTag, len(doc.Tags))
	for i, t := range doc.Tags {
		tags[i] = docsTag{Name: t.Name, Description: t.Description}
	}
	for path, item := range doc.Paths {
		for method, op := range operations(item) {
			i := slices.IndexFunc(tags, func(t docsTag) bool { return t.Name == op.Tags[0] })
			tags[i].Operations = append(tags[i].Operations,
				docsOperation{Operation: op, Method: method, Path: path, Statuses: statuses(op)})
		}
	}
	for i := range tags {
		slices.SortFunc(tags[i].Operations, func(x, y docsOperation) int {
			return cmp.Or(strings.Compare(x.Path, y.Path), strings.Compare(x.Method, y.Method))
		})
	}
	return tags
}

// operations are those of a path, by method.
func operations(item *huma.PathItem) map[string]*huma.Operation {
	all := map[string]*huma.Operation{"GET": item.Get, "HEAD": item.Head, "POST": item.Post, "PUT": item.Put,
		"DELETE": item.Delete, "PATCH": item.Patch}
	for method, op := range all {
		if op == nil {
			delete(all, method)
		}
	}
	return all
}

func statuses(op *huma.Operation) []docsResponse {
	var list []docsResponse
	for status, r := range op.Responses {
		list = append(list, docsResponse{status, r})
	}
	slices.SortFunc(list, func(x, y docsResponse) int { return strings.Compare(x.Status, y.Status) })
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
