package httpapi

import (
	"fmt"
	"net/http"
	"strings"

	"tidemark/domain/telemetry/readings"
)

// Overwritten is a value that does not stand, because a later row of the same request gave another one for the same
// series and time.
type Overwritten struct {
	Source  string `json:"source" doc:"The source."`
	Metric  string `json:"metric" doc:"The metric."`
	Time    string `json:"time" format:"date-time" doc:"RFC 3339 in UTC, to the nanosecond."`
	Earlier Given  `json:"earlier" doc:"The row whose value does not stand."`
	Later   Given  `json:"later" doc:"The row that gave another value."`
}

// Given is a value and the row that gave it.
type Given struct {
	Index int     `json:"index" minimum:"0" doc:"The reading's place in the request, from 0."`
	Line  int     `json:"line,omitempty" doc:"The line of a text format, from 1."`
	Value float64 `json:"value" doc:"The value."`
}

func overwritten(list []readings.Overwrite) []Overwritten {
	var out []Overwritten
	for i := range list {
		o := &list[i]
		out = append(out, Overwritten{Source: string(o.Series.Source), Metric: string(o.Series.Metric),
			Time: textTime(o.Time), Earlier: given(o.Earlier), Later: given(o.Later)})
	}
	return out
}

func given(g readings.Given) Given { return Given{Index: g.Index, Line: g.Line, Value: g.Value} }

// HeaderOverwritten is the header in which a write of line protocol, whose good answer has no body, says how many
// readings later lines overwrote, and which lines: an integer with a parameter (RFC 9651), as 2;lines="1 by 3, 2 by
// 4". It is absent when there were none.
const HeaderOverwritten = "Tidemark-Overwritten"

// sayOverwritten sets the header.
func sayOverwritten(h http.Header, r *readings.Result) {
	if r.OverwrittenTotal == 0 {
		return
	}
	lines := make([]string, len(r.Overwritten))
	for i, o := range r.Overwritten {
		lines[i] = fmt.Sprintf("%d by %d", o.Earlier.Line, o.Later.Line)
	}
	h.Set(HeaderOverwritten, fmt.Sprintf("%d;lines=%q", r.OverwrittenTotal, strings.Join(lines, ", ")))
}
