package body

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"unicode/utf8"

	"tidemark/adapters/httpapi/internal/call"
	"tidemark/adapters/httpapi/internal/problem"
	"tidemark/domain/fault"
	"tidemark/domain/intake"
)

// ReadJSON reads a small JSON document into v, a pointer to a struct. What is no JSON is fault.Invalid; what is not
// in the struct or of another type is 422, by name.
func ReadJSON(ctx context.Context, c *call.Call, memory *intake.Budget, most Bounds, v any) error {
	if kind, err := KindOf(c.Request.Header); err != nil || kind != JSON {
		return problem.Unsupported("send application/json")
	}
	body, err := Receive(ctx, c, memory, most)
	if err != nil {
		return err
	}
	defer body.Close()
	if !utf8.Valid(body.Bytes) { // encoding/json would put something else in its place
		return fault.New(fault.Invalid, "httpapi.body", "the body is not UTF-8: send UTF-8")
	}
	return decodeJSON(body.Bytes, v)
}

func decodeJSON(text []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	err := d.Decode(v)
	if err == nil {
		if _, err = d.Token(); err == io.EOF {
			return nil
		}
		err = errors.New("there is something behind the document")
	}
	var wrong *json.UnmarshalTypeError
	var p *problem.Error
	switch name, found := strings.CutPrefix(err.Error(), "json: unknown field "); {
	case found:
		return problem.Param("body", problem.Unknown("member", strings.Trim(name, `"`), memberNames(v)))
	case errors.As(err, &p):
		return p
	case errors.As(err, &wrong):
		return problem.Param(strings.TrimSuffix("body."+wrong.Field, "."),
			fmt.Sprintf("it is a %s; send a %s", wrong.Value, wrong.Type))
	}
	return fault.New(fault.Invalid, "httpapi.body", "the body is no JSON document: %s", err)
}

// memberNames are the members of the document that is read into v, a pointer to a struct.
func memberNames(v any) (names []string) {
	for _, f := range reflect.VisibleFields(reflect.TypeOf(v).Elem()) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
			names = append(names, name)
		}
	}
	return names
}
