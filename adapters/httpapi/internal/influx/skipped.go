package influx

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"tidemark/adapters/httpapi/internal/call"
	"tidemark/adapters/httpapi/schema"
	"tidemark/domain/telemetry/readings"
)

const (
	shownSkips = 10 // names in the header
	shownName  = 64 // bytes of a name in headers and logs
)

// saySkipped sets the header HeaderSkipped and counts.
func saySkipped(c *call.Call, h http.Header, r *readings.Result) {
	total := 0
	for kind, n := range r.SkipTotals {
		c.Skipped[kind] += n
		total += n
	}
	if total == 0 {
		return
	}
	var names [readings.SkipKinds][]string
	for _, s := range r.Skips[:min(len(r.Skips), shownSkips)] {
		name := url.PathEscape(shortened(s.Measurement)) + " " + url.PathEscape(shortened(s.Name))
		names[s.Kind] = append(names[s.Kind], name)
	}
	text := strconv.Itoa(total)
	for kind, list := range names {
		if list != nil {
			text += fmt.Sprintf(";%s=%q", readings.SkipKind(kind), strings.Join(list, ", "))
		}
	}
	h.Set(schema.HeaderSkipped, text)
}

// shortened is a name that may be as long as a line.
func shortened(s string) string {
	if len(s) <= shownName {
		return s
	}
	n := shownName
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "..."
}
