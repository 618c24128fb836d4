package httpapi

import (
	"fmt"
	"hash/fnv"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/readings"
)

// HeaderSkipped is the header in which a write of line protocol says what it left out without anything being wrong:
// how many fields and tags, and by their kind the first of them, each its measurement and name percent-encoded (RFC
// 9651 and RFC 3986), as 3;text="system uptime_format";integer="net bytes, net packets". It is absent when there was
// nothing.
const HeaderSkipped = "Tidemark-Skipped"

const (
	shownSkips  = 10     // names in the header
	shownName   = 64     // bytes of a name in headers and logs
	loggedSkips = 100    // names that are logged of a tenant
	loggedInAll = 10_000 // and of all tenants
)

// saySkipped sets the header, counts, and logs every name once.
func (a *API) saySkipped(c *call, h http.Header, r *readings.Result) {
	total := 0
	for kind, n := range r.SkipTotals {
		c.skipped[kind] += n
		total += n
	}
	if total == 0 {
		return
	}
	var names [readings.SkipKinds][]string
	for i, s := range r.Skips {
		if i < shownSkips {
			name := url.PathEscape(shortened(s.Measurement)) + " " + url.PathEscape(shortened(s.Name))
			names[s.Kind] = append(names[s.Kind], name)
		}
		a.logSkip(c, &s)
	}
	text := strconv.Itoa(total)
	for kind, list := range names {
		if list != nil {
			text += fmt.Sprintf(";%s=%q", readings.SkipKind(kind), strings.Join(list, ", "))
		}
	}
	h.Set(HeaderSkipped, text)
}

// skipTexts are what the log says of a kind.
var skipTexts = [readings.SkipKinds]string{
	readings.SkipText: "line protocol: a field is a string, which is no reading: it is left out, here and from now on",
	readings.SkipInteger: "line protocol: a field is an integer that a float64 does not hold exactly, which is no " +
		"reading: " +
		"such values are left out, here and from now on",
	readings.SkipLabel: "line protocol: a tag is too long for a label, or one of too many: it stays part of the " +
		"source's name, " +
		"and no label is made of it, here and from now on",
}

func (a *API) logSkip(c *call, s *readings.Skip) {
	said := a.skips.add(c.tenant, s)
	if said == notAgain {
		return
	}
	tenant := slog.String("tenant", string(c.tenant))
	a.deps.Log.LogAttrs(c.r.Context(), slog.LevelInfo, skipTexts[s.Kind], slog.String("request", c.id), tenant,
		slog.String("measurement", shortened(s.Measurement)), slog.String("name", shortened(s.Name)))
	if said == lastTime {
		a.deps.Log.LogAttrs(c.r.Context(), slog.LevelInfo,
			"line protocol: more is left out than is logged by name: the answers' header "+HeaderSkipped+" names it",
			tenant)
	}
}

// skipLog remembers what was logged, within bounds.
type skipLog struct {
	mu   sync.Mutex
	seen map[uint64]struct{} // hashes: two names of one hash cost a line of the log
	of   map[telemetry.Tenant]int
}

// told is whether a name is to be logged.
type told uint8

const (
	notAgain  told = iota // it was logged, or there are too many
	firstTime             // it was not
	lastTime              // it was not, and no other will be
)

func (l *skipLog) add(t telemetry.Tenant, s *readings.Skip) told {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %q %q %q", s.Kind, t, s.Measurement, s.Name)
	key := h.Sum64()
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.seen[key]; ok || l.of[t] >= loggedSkips || len(l.seen) >= loggedInAll {
		return notAgain
	}
	if l.seen == nil {
		l.seen, l.of = make(map[uint64]struct{}), make(map[telemetry.Tenant]int)
	}
	l.seen[key] = struct{}{}
	l.of[t]++
	if l.of[t] == loggedSkips || len(l.seen) == loggedInAll {
		return lastTime
	}
	return firstTime
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
