package route

import (
	"maps"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"tidemark/adapters/httpapi/internal/call"
	"tidemark/adapters/httpapi/internal/problem"
	"tidemark/domain/fault"
)

// refuseVague refuses a parameter that counts once and is given twice: which of the two was meant nobody knows. It
// also refuses one that is given and empty, as a variable that nobody set leaves it, because the default of most is
// "every one". Clients of InfluxDB do send empty ones. (huma takes the first of several, and an empty one for one
// that is not given.)
func refuseVague(ctx huma.Context, next func(huma.Context)) {
	c, op := call.Of(ctx.Context()), ctx.Operation()
	for _, p := range op.Parameters {
		var given []string
		switch p.In {
		case "query":
			given = c.Query[p.Name]
		case "header":
			given = c.Request.Header.Values(p.Name)
		}
		if len(given) > 1 && p.Schema.Type != huma.TypeArray {
			c.Fail(problem.Param(p.In+"."+p.Name, "it is given more than once: give it once"))
			return
		}
		for _, text := range given {
			if text == "" && op.RejectUnknownQueryParameters {
				c.Fail(problem.Param(p.In+"."+p.Name, "it is empty: give it a value, or leave it out"))
				return
			}
		}
	}
	next(ctx)
}

// RefuseUnknown refuses a parameter that the operation does not have, with 400 as InfluxDB refuses (huma's
// RejectUnknownQueryParameters, which the other operations have, is 422): precison=s,
// passed over, would be another time. What clients of InfluxDB send by habit the operation has.
func RefuseUnknown(ctx huma.Context, next func(huma.Context)) {
	c, op := call.Of(ctx.Context()), ctx.Operation()
	known := problem.QueryNames(op)
	for _, name := range slices.Sorted(maps.Keys(c.Query)) {
		if _, found := slices.BinarySearch(known, name); !found {
			c.Fail(fault.New(fault.Invalid, "httpapi.query", "%s", problem.Unknown("parameter", name, known)))
			return
		}
	}
	next(ctx)
}
