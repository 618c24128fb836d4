package influx

import (
	"fmt"
	"net/http"
	"strings"

	"tidemark/adapters/httpapi/schema"
	"tidemark/domain/telemetry/readings"
)

// sayOverwritten sets the header.
func sayOverwritten(h http.Header, r *readings.Result) {
	if r.OverwrittenTotal == 0 {
		return
	}
	lines := make([]string, len(r.Overwritten))
	for i, o := range r.Overwritten {
		lines[i] = fmt.Sprintf("%d by %d", o.Earlier.Line, o.Later.Line)
	}
	h.Set(schema.HeaderOverwritten, fmt.Sprintf("%d;lines=%q", r.OverwrittenTotal, strings.Join(lines, ", ")))
}
