package params

import (
	"fmt"
	"strings"

	"tidemark/adapters/httpapi/internal/problem"
	"tidemark/domain/query"
	"tidemark/domain/telemetry"
)

// MaxMatches is how many conditions on labels there may be.
const MaxMatches = 32

// Selector is the parameters that pick series.
type Selector struct {
	Source string   `query:"source" maxLength:"512" doc:"The source; default: every one."`
	Metric string   `query:"metric" maxLength:"512" doc:"The metric; default: every one."`
	Label  []string `query:"label,explode" maxItems:"32" example:"[\"site=north\"]" doc:"A condition on a label of the source, name=value or name!=value, up to the first =; may be repeated, and all have to hold. A label that a source does not have counts as empty."`
}

// Parse is what the parameters pick. The error names the parameter that is wrong.
func (s *Selector) Parse() (query.Selector, error) {
	out := query.Selector{Source: telemetry.Source(s.Source), Metric: telemetry.Metric(s.Metric)}
	for _, l := range s.Label {
		m, err := parseMatch(l)
		if err != nil {
			return out, err
		}
		out.Labels = append(out.Labels, m)
	}
	return out, nil
}

func parseMatch(text string) (query.Match, error) {
	name, value, ok := strings.Cut(text, "=")
	m := query.Match{Name: name, Value: value}
	if before, not := strings.CutSuffix(name, "!"); not {
		m.Name, m.Not = before, true
	}
	if !ok || m.Name == "" {
		return m, problem.Param("query.label", fmt.Sprintf("%.40q is no condition: write name=value or name!=value",
			text))
	}
	return m, nil
}
