package csvreadings

import (
	"net/url"
	"strings"
)

// The parameters that a remedy may name.
const (
	sourceOfAll  = "source"
	sourceColumn = "source_column"
	timeColumn   = "time_column"
	labelColumns = "label_columns"
	valueColumns = "value_columns"
	skipColumns  = "skip_columns"
)

// Remedy writes, in a refusal, what to do: give a parameter of the request these values. Without values it is the
// parameter's name alone. nil is for those who send requests: "send source_column=sensor".
type Remedy func(parameter string, values ...string) string

func (r Remedy) of(parameter string) string { return r.write(parameter) }

func (r Remedy) say(parameter string, values ...string) string { return r.write(parameter, values...) }

func (r Remedy) write(parameter string, values ...string) string {
	if r != nil {
		return r(parameter, values...)
	}
	if len(values) == 0 {
		return parameter
	}
	escaped := make([]string, len(values))
	for i, v := range values {
		escaped[i] = url.QueryEscape(v)
	}
	if strings.Contains(strings.Join(values, ""), ",") { // a comma would part it
		return "send " + parameter + "=" + strings.Join(escaped, "&"+parameter+"=")
	}
	return "send " + parameter + "=" + strings.Join(escaped, ",")
}
