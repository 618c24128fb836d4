package writes

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"tidemark/adapters/httpapi/internal/problem"
	"tidemark/domain/telemetry"
)

// labelsBody is SourceLabels as it is read: encoding/json alone neither says which label is wrong nor sees one that
// is given twice.
type labelsBody struct {
	Labels labelList `json:"labels"`
}

// labelList is labels in the order of the text. given tells an empty object from none.
type labelList struct {
	list  []telemetry.Label
	given bool
}

// UnmarshalJSON reads an object of strings. The error is a problem.Error of the labels.
func (l *labelList) UnmarshalJSON(text []byte) error {
	if l.given {
		return problem.Param("body.labels", "it is given twice: give it once")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	t, err := d.Token()
	if err != nil || t == nil {
		return err
	}
	if t != json.Delim('{') {
		return problem.Param("body.labels", "it is "+tokenKind(t)+": send an object")
	}
	l.given = true
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		value, err := d.Token()
		if err != nil {
			return err
		}
		label := telemetry.Label{Name: name.(string)}
		var ok bool
		if label.Value, ok = value.(string); !ok {
			return problem.Param("body.labels", fmt.Sprintf("label %.40q is %s: send a string", label.Name,
				tokenKind(value)))
		}
		if slices.ContainsFunc(l.list, func(o telemetry.Label) bool { return o.Name == label.Name }) {
			return problem.Param("body.labels", fmt.Sprintf("label %.40q is given twice: give it once", label.Name))
		}
		l.list = append(l.list, label)
	}
	return nil
}

// sorted is the labels by name.
func (l *labelList) sorted() []telemetry.Label {
	slices.SortFunc(l.list, func(x, y telemetry.Label) int { return strings.Compare(x.Name, y.Name) })
	return l.list
}

// named is the labels as a map.
func (l *labelList) named() map[string]string {
	m := make(map[string]string, len(l.list))
	for _, label := range l.list {
		m[label.Name] = label.Value
	}
	return m
}

// tokenKind is what a token begins, with an article.
func tokenKind(t json.Token) string {
	switch t := t.(type) {
	case json.Delim:
		if t == '[' {
			return "an array"
		}
		return "an object"
	case string:
		return "a string"
	case bool:
		return "a boolean"
	case nil:
		return "null"
	}
	return "a number"
}
