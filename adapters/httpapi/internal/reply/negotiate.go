package reply

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tidemark/adapters/httpapi/internal/problem"
)

// Media types of answers.
const (
	TypeJSON = "application/json"
	TypeCSV  = "text/csv; charset=utf-8"
)

// Negotiate picks the form of the answer: the one that Accept weighs most, the first of equals; without Accept the
// first.
func Negotiate(h http.Header, forms []string) (string, error) {
	lines := h.Values("Accept")
	if len(forms) == 0 {
		return "", nil
	}
	if len(lines) == 0 {
		return forms[0], nil
	}
	best, most := "", 0.0
	for _, f := range forms {
		if q := weight(lines, f); q > most {
			best, most = f, q
		}
	}
	if best != "" {
		return best, nil
	}
	names := slices.Clone(forms)
	for i, f := range names {
		names[i], _, _ = strings.Cut(f, ";")
	}
	return "", problem.New(http.StatusNotAcceptable, "not-acceptable", "The form of the answer is not had", "there is "+
		strings.Join(names, " and ")+": ask for that in Accept")
}

// weight is the q of a form by the most specific range that covers it (RFC 9110, 12.5.1).
func weight(lines []string, form string) float64 {
	form, _, _ = strings.Cut(form, ";")
	kind, _, _ := strings.Cut(form, "/")
	q, specific := 0.0, 0
	for _, line := range lines {
		for one := range strings.SplitSeq(line, ",") {
			name, params, _ := strings.Cut(one, ";")
			s := 0
			switch strings.ToLower(strings.TrimSpace(name)) {
			case form:
				s = 3
			case kind + "/*":
				s = 2
			case "*/*":
				s = 1
			}
			if s > specific {
				q, specific = quality(params), s
			}
		}
	}
	return q
}

func quality(params string) float64 {
	for p := range strings.SplitSeq(params, ";") {
		if v, ok := strings.CutPrefix(strings.TrimSpace(p), "q="); ok {
			if q, err := strconv.ParseFloat(v, 64); err == nil && q >= 0 && q <= 1 {
				return q
			}
			return 0
		}
	}
	return 1
}
