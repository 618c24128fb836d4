package questions

import (
	"fmt"
	"strings"
	"time"

	"tidemark/adapters/httpapi/internal/problem"
	"tidemark/domain/fault"
	"tidemark/domain/query"
)

// unread is the error of a question whose answer is out of reach. It names what was asked for: other windows may be
// answered meanwhile, and who asks for many has to know which is missing. Any other error stays as it is.
func unread(err error, what string) error {
	if !fault.Is(err, fault.Unavailable) {
		return err
	}
	p := problem.Of(err)
	p.Detail = what + " cannot be read now: " + p.Detail
	return p
}

// window is the readings of what a selector picks in a span of time, in Unix nanoseconds.
func window(sel query.Selector, from, to int64) string {
	text := func(t int64) string { return time.Unix(0, t).UTC().Format(time.RFC3339Nano) }
	return fmt.Sprintf("readings%s from %s to %s", picked(sel), text(from), text(to))
}

// picked is what a selector picks.
func picked(sel query.Selector) string {
	var of []string
	if sel.Source != "" {
		of = append(of, fmt.Sprintf("source %q", sel.Source))
	}
	if sel.Metric != "" {
		of = append(of, fmt.Sprintf("metric %q", sel.Metric))
	}
	if len(of) == 0 {
		return ""
	}
	return " of " + strings.Join(of, ", ")
}
