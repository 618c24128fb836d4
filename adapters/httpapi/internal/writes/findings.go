package writes

import (
	"tidemark/adapters/httpapi/internal/encode"
	"tidemark/adapters/httpapi/schema"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/readings"
)

// rejections and the following are what decoding found, as answers say it.
func rejections(list []telemetry.Rejection) []schema.Rejection {
	out := make([]schema.Rejection, len(list))
	for i, r := range list {
		out[i] = schema.Rejection(r)
	}
	return out
}

func skipped(list []readings.Skipped) []schema.Skipped {
	var out []schema.Skipped
	for _, c := range list {
		out = append(out, schema.Skipped{Column: c.Column, Cells: c.Cells, Why: c.Why.String()})
	}
	return out
}

func overwritten(list []readings.Overwrite) []schema.Overwritten {
	var out []schema.Overwritten
	for i := range list {
		o := &list[i]
		out = append(out, schema.Overwritten{Source: string(o.Series.Source), Metric: string(o.Series.Metric),
			Time: encode.Time(o.Time), Earlier: given(o.Earlier), Later: given(o.Later)})
	}
	return out
}

func given(g readings.Given) schema.Given {
	return schema.Given{Index: g.Index, Line: g.Line, Value: g.Value}
}

func ambiguities(r readings.Result) schema.Ambiguities {
	out := schema.Ambiguities{AmbiguousTotal: r.AmbiguousTotal}
	for _, a := range r.Ambiguous {
		out.Ambiguous = append(out.Ambiguous, schema.Ambiguous{Line: a.Line, Time: a.Time, Taken: encode.Time(a.Taken)})
	}
	return out
}
