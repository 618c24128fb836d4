package questions

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"tidemark/adapters/httpapi/internal/reply"
	"tidemark/adapters/httpapi/schema"
	"tidemark/domain/query"
)

var othersParam = reply.HeaderParam("Of CSV: other units that were said of the series later, percent-encoded, " +
	"with commas between them. Absent when there are none.")

func sayOthers(out *reply.Reply, units []string) {
	if len(units) == 0 {
		return
	}
	if out.Header == nil {
		out.Header = http.Header{}
	}
	names := make([]string, len(units))
	for i, u := range units {
		names[i] = url.PathEscape(u)
	}
	out.Header.Set(schema.HeaderOthers, strings.Join(names, ", "))
}

// othersOf are the other units of all groups.
func othersOf(groups []query.Group) (units []string) {
	for _, g := range groups {
		units = append(units, g.Others...)
	}
	slices.Sort(units)
	return slices.Compact(units)
}
