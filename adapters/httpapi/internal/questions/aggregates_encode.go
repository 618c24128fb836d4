package questions

import (
	"fmt"
	"math"

	"tidemark/adapters/httpapi/internal/encode"
	"tidemark/domain/analytics"
	"tidemark/domain/query"
	"tidemark/domain/telemetry"
)

// appendAggregates appends an AggregatesBody.
func appendAggregates(b []byte, q *query.AggregatesQuery, page *query.AggregatesPage) []byte {
	b = append(b, `{"step":`...)
	b = encode.AppendString(b, q.Step.String())
	b = append(b, `,"functions":[`...)
	for i, f := range q.Funcs {
		if i > 0 {
			b = append(b, ',')
		}
		b = encode.AppendString(b, f.String())
	}
	b = append(b, `],"groups":[`...)
	for i := range page.Groups {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendGroup(b, q.Funcs, &page.Groups[i])
	}
	b = appendWarnings(append(b, ']'), page.Unknown)
	return append(b, '}', '\n')
}

// appendWarnings appends what is said of the labels that no series has.
func appendWarnings(b []byte, unknown []string) []byte {
	for i, name := range unknown {
		if i == 0 {
			b = append(b, `,"warnings":[`...)
		} else {
			b = append(b, ',')
		}
		b = encode.AppendString(b, fmt.Sprintf("group_by: none of the series has the label %q, so that its value is "+
			"empty in every key; GET /v1/sources lists labels", name))
	}
	if len(unknown) > 0 {
		b = append(b, ']')
	}
	return b
}

func appendGroup(b []byte, funcs []analytics.Func, g *query.Group) []byte {
	b = appendKey(append(b, `{"key":`...), g.Key)
	b = encode.AppendMember(b, "unit", g.Unit)
	b = encode.AppendOthers(b, g.Others)
	b = append(b, `,"starts":[`...)
	var d encode.Dates
	for i, t := range g.Starts {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = d.Append(b, t)
		b = append(b, '"')
	}
	b = append(b, `],"values":{`...)
	for i, f := range funcs {
		if i > 0 {
			b = append(b, ',')
		}
		b = encode.AppendString(b, f.String())
		b = append(b, ':', '[')
		for j, v := range g.Columns[i] {
			if j > 0 {
				b = append(b, ',')
			}
			b = appendValue(b, v)
		}
		b = append(b, ']')
	}
	return append(b, '}', '}')
}

// appendKey appends what a group has in common as an object.
func appendKey(b []byte, key []telemetry.Label) []byte {
	b = append(b, '{')
	for i, l := range key {
		if i > 0 {
			b = append(b, ',')
		}
		b = encode.AppendString(b, l.Name)
		b = append(b, ':')
		b = encode.AppendString(b, l.Value)
	}
	return append(b, '}')
}

// appendValue appends a number, or null where JSON has none.
func appendValue(b []byte, v analytics.Value) []byte {
	if !v.Valid || math.IsInf(v.V, 0) || math.IsNaN(v.V) {
		return append(b, "null"...)
	}
	return encode.AppendFloat(b, v.V)
}

// appendAggregatesCSV appends a table: the names of the key come from the first group, because all groups have the
// same.
func appendAggregatesCSV(b []byte, q *query.AggregatesQuery, groups []query.Group) []byte {
	if len(groups) > 0 {
		for _, l := range groups[0].Key {
			b = append(encode.AppendCell(b, l.Name), ',')
		}
	}
	b = append(b, "start"...)
	for _, f := range q.Funcs {
		b = append(append(b, ','), f.String()...)
	}
	b = append(b, '\n')
	var d encode.Dates
	for i := range groups {
		g := &groups[i]
		var key []byte
		for _, l := range g.Key {
			key = append(encode.AppendCell(key, l.Value), ',')
		}
		for j, t := range g.Starts {
			b = append(b, key...)
			b = d.Append(b, t)
			for k := range q.Funcs {
				b = append(b, ',')
				if v := g.Columns[k][j]; v.Valid && !math.IsInf(v.V, 0) {
					b = encode.AppendFloat(b, v.V)
				}
			}
			b = append(b, '\n')
		}
	}
	return b
}
