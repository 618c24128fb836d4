package writes

import (
	"fmt"
	"net/http"
	"strings"

	"tidemark/adapters/httpapi/internal/problem"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry/readings"
)

// errRejected is the answer to a write of which nothing was stored.
func errRejected(r readings.Result, atomic bool) error {
	detail := "no reading is acceptable: nothing was stored"
	switch {
	case atomic && r.RejectedTotal+r.OverwrittenTotal+r.AmbiguousTotal > 0:
		detail = notAll(r)
	case r.RejectedTotal == 0:
		detail = "the file holds no reading: nothing was stored; its columns that are not empty hold text, or have " +
			"no name or no meaning"
	}
	p := problem.New(http.StatusUnprocessableEntity, "rejected", "Readings are not acceptable", detail)
	p.Rejected, p.RejectedTotal, p.Skipped = rejections(r.Rejected), r.RejectedTotal, skipped(r.Skipped)
	p.Overwritten, p.OverwrittenTotal = overwritten(r.Overwritten), r.OverwrittenTotal
	p.Ambiguities = ambiguities(r)
	return p
}

// notAll says why nothing was stored of a request that asked for all.
func notAll(r readings.Result) string {
	var why []string
	if n := r.RejectedTotal; n > 0 {
		why = append(why, counted(n, "reading", "is", "are")+" not acceptable")
	}
	if n := r.OverwrittenTotal; n > 0 {
		o := r.Overwritten[0]
		where := fmt.Sprintf("reading %d after reading %d", o.Later.Index, o.Earlier.Index)
		if o.Later.Line > 0 {
			where = fmt.Sprintf("line %d after line %d", o.Later.Line, o.Earlier.Line)
		}
		why = append(why, fmt.Sprintf("%s another value for a series and time than an earlier row (first %s): "+
			"leave one value for each", counted(n, "row", "gives", "give"), where))
	}
	if n := r.AmbiguousTotal; n > 0 {
		why = append(why, fmt.Sprintf("local times that occur twice, of which the order of the records does not "+
			"tell which they are: "+
			"%d (first line %d): write their offset from UTC behind them", n, r.Ambiguous[0].Line))
	}
	return "atomic=true asks for all or nothing, and nothing was stored: " + strings.Join(why, "; ")
}

// counted is how many there are with the verb that follows: "1 row gives" or "2 rows give".
func counted(n int, what, one, more string) string {
	if n == 1 {
		return fault.Counted(n, what) + " " + one
	}
	return fault.Counted(n, what) + " " + more
}
