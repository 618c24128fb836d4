package problem

import (
	"errors"
	"fmt"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"tidemark/adapters/httpapi/schema"
)

// Violation says what is wrong with a parameter and what to write, from what huma found and from how the operation
// describes the parameter. huma's own errors send back what the client sent; this does not.
func Violation(op *huma.Operation, err error) schema.Violation {
	var d huma.ErrorDetailer
	if !errors.As(err, &d) {
		return schema.Violation{Location: "request", Message: "it does not decode"}
	}
	e := d.ErrorDetail()
	place, name, _ := strings.Cut(e.Location, ".")
	name, _, _ = strings.Cut(name, "[") // an element of a list
	v := schema.Violation{Location: place + "." + name, Message: e.Message}
	if e.Message == "unknown query parameter" {
		v.Location = e.Location // its name is the client's
		v.Message = Unknown("parameter", strings.TrimPrefix(e.Location, "query."), QueryNames(op))
		return v
	}
	for _, p := range op.Parameters {
		if p.In == place && p.Name == name {
			v.Message = instead(p.Schema, e.Message)
		}
	}
	return v
}

// instead is what to write where huma found a value to be wrong.
func instead(s *huma.Schema, found string) string {
	switch {
	case strings.HasPrefix(found, "required "):
		return "it is required: give it"
	case len(s.Enum) > 0:
		names := make([]string, len(s.Enum))
		for i, e := range s.Enum {
			names[i] = fmt.Sprint(e)
		}
		return "write one of " + strings.Join(names, ", ")
	case s.Type == huma.TypeBoolean:
		return "write true or false"
	case s.Type == huma.TypeInteger && s.Minimum != nil && s.Maximum != nil:
		return fmt.Sprintf("write a whole number from %.0f to %.0f", *s.Minimum, *s.Maximum)
	case s.Type == huma.TypeArray && s.MaxItems != nil:
		return fmt.Sprintf("it is given more than %d times: give it fewer times", *s.MaxItems)
	case s.Type == huma.TypeString && s.MaxLength != nil:
		return fmt.Sprintf("it is longer than %d characters: shorten it", *s.MaxLength)
	}
	return found
}
