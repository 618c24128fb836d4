package influx

import (
	"fmt"
	"hash/fnv"
	"log/slog"
	"sync"

	"tidemark/adapters/httpapi/internal/call"
	"tidemark/adapters/httpapi/schema"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/readings"
)

// skipTexts are what the log says of a kind.
var skipTexts = [readings.SkipKinds]string{
	readings.SkipText: "line protocol: a field is a string, which is no reading: it is left out, here and from now on",
	readings.SkipInteger: "line protocol: a field is an integer that a float64 does not hold exactly, which is no " +
		"reading: such values are left out, here and from now on",
	readings.SkipLabel: "line protocol: a tag is too long for a label, or one of too many: it stays part of the " +
		"source's name, and no label is made of it, here and from now on",
}

// log logs what a call's write left out: every name once.
func (l *skipLog) log(c *call.Call, skips []readings.Skip) {
	for i := range skips {
		l.logOne(c, &skips[i])
	}
}

func (l *skipLog) logOne(c *call.Call, s *readings.Skip) {
	said := l.add(c.Principal.Tenant, s)
	if said == notAgain {
		return
	}
	tenant := slog.String("tenant", string(c.Principal.Tenant))
	c.Log.LogAttrs(c.Request.Context(), slog.LevelInfo, skipTexts[s.Kind], slog.String("request", c.ID), tenant,
		slog.String("measurement", shortened(s.Measurement)), slog.String("name", shortened(s.Name)))
	if said == lastTime {
		c.Log.LogAttrs(c.Request.Context(), slog.LevelInfo,
			"line protocol: more is left out than is logged by name: the answers' header "+schema.HeaderSkipped+
				" names it", tenant)
	}
}

// The bounds of what is logged.
const (
	loggedSkips = 100    // names of a tenant
	loggedInAll = 10_000 // and of all tenants
)

// skipLog remembers what was logged, within bounds.
type skipLog struct {
	mu   sync.Mutex
	seen map[uint64]struct{} // hashes: two names of one hash cost a line of the log
	of   map[telemetry.Tenant]int
}

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

// told is whether a name is to be logged.
type told uint8

const (
	notAgain  told = iota // it was logged, or there are too many
	firstTime             // it was not
	lastTime              // it was not, and no other will be
)
