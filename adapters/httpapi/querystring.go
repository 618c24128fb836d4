package httpapi

import (
	"maps"
	"net/url"
	"slices"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"tidemark/domain/fault"
)

// readQuery decodes the query string once, for every operation. What does not decode is refused whole: net/url leaves
// the broken parameters out, and most operations take a parameter that is not there for "every one". The error is
// fault.Invalid.
func (c *call) readQuery() error {
	if c.r.URL.RawQuery == "" {
		return nil
	}
	var err error
	if c.query, err = url.ParseQuery(c.r.URL.RawQuery); err != nil {
		return undecoded("in names and values % is written %25, & is %26 and ; is written %3B")
	}
	for name, values := range c.query {
		if !utf8.ValidString(name) || slices.ContainsFunc(values, func(v string) bool { return !utf8.ValidString(v) }) {
			return undecoded("percent-encode the bytes of UTF-8")
		}
	}
	return nil
}

func undecoded(what string) error {
	return fault.New(fault.Invalid, "httpapi.query", "the query does not decode: %s", what)
}

// refuseVague refuses a parameter that counts once and is given twice: which of the two was meant nobody knows. It
// also refuses one that is given and empty, as a variable that nobody set leaves it, because the default of most is
// "every one". Clients of InfluxDB do send empty ones.
func (a *API) refuseVague(ctx huma.Context, next func(huma.Context)) {
	c, op := callOf(ctx.Context()), ctx.Operation()
	for _, p := range op.Parameters {
		var given []string
		switch p.In {
		case "query":
			given = c.query[p.Name]
		case "header":
			given = c.r.Header.Values(p.Name)
		}
		if len(given) > 1 && p.Schema.Type != huma.TypeArray {
			a.fail(c, invalidParam(p.In+"."+p.Name, "it is given more than once: give it once"))
			return
		}
		for _, text := range given {
			if text == "" && op.RejectUnknownQueryParameters {
				a.fail(c, invalidParam(p.In+"."+p.Name, "it is empty: give it a value, or leave it out"))
				return
			}
		}
	}
	next(ctx)
}

// refuseUnknown refuses a parameter that the operation does not have, with 400 as InfluxDB refuses: precison=s,
// passed over, would be another time. What clients of InfluxDB send by habit the operation has.
func (a *API) refuseUnknown(ctx huma.Context, next func(huma.Context)) {
	c, op := callOf(ctx.Context()), ctx.Operation()
	known := queryNames(op)
	for _, name := range slices.Sorted(maps.Keys(c.query)) {
		if _, found := slices.BinarySearch(known, name); !found {
			a.fail(c, fault.New(fault.Invalid, "httpapi.query", "%s", unknown("parameter", name, known)))
			return
		}
	}
	next(ctx)
}
