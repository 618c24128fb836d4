package influx

import (
	"fmt"
	"net/http"

	"tidemark/adapters/httpapi/internal/problem"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry/readings"
)

// errDropped is InfluxDB's answer to lines that were dropped.
func errDropped(r readings.Result) *problem.Error {
	text := ""
	for i, x := range r.Rejected {
		if i == shownDropped {
			text += fmt.Sprintf("; and %d more", r.RejectedTotal-i)
			break
		}
		if i > 0 {
			text += "; "
		}
		text += fmt.Sprintf("line %d: %s", x.Line, x.Reason)
	}
	if r.Accepted > 0 {
		text = fmt.Sprintf("partial write: %s (dropped=%d, stored=%d)", text, r.RejectedTotal, r.Accepted)
	} else {
		text = fmt.Sprintf("nothing was stored: %s (dropped=%d)", text, r.RejectedTotal)
	}
	return problem.New(http.StatusBadRequest, fault.Invalid.String(), problem.Title(fault.Invalid), text)
}

// shownDropped is how many dropped readings the message names.
const shownDropped = 5
