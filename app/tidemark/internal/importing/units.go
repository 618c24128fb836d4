package importing

import (
	"slices"
	"strings"

	"tidemark/app/tidemark/internal/console"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/readings"
	"tidemark/domain/telemetry/sourcerow"
)

// units finds the series of an import that come with several units, in whatever pieces and files. Within one request
// the node rejects what contradicts; of several the first unit stands, and the values of the others are not
// converted. Of more than mostNames series the others are not looked at.
type units struct {
	first  map[telemetry.Series]string
	others map[telemetry.Series][]string
	order  []telemetry.Series // of others
}

// add takes the series of a batch of which a reading has a place.
func (u *units) add(b *telemetry.Batch, places []readings.Place) {
	stored := make([]bool, len(b.Series))
	for i, of := range b.Of {
		stored[of] = stored[of] || places[i].Row > 0
	}
	for i, s := range b.Series {
		if stored[i] && b.Units[i] != "" {
			u.see(s, b.Units[i])
		}
	}
}

func (u *units) see(s telemetry.Series, unit string) {
	if u.first == nil {
		u.first, u.others = map[telemetry.Series]string{}, map[telemetry.Series][]string{}
	}
	first, known := u.first[s]
	switch {
	case !known && len(u.first) < mostNames:
		u.first[s] = unit
	case !known || first == unit || slices.Contains(u.others[s], unit) || len(u.others[s]) == sourcerow.MaxOtherUnits:
	default:
		if u.others[s] == nil {
			u.order = append(u.order, s)
		}
		u.others[s] = append(u.others[s], unit)
	}
}

// say names them.
func (u *units) say(e *console.Environment) {
	if len(u.order) == 0 {
		return
	}
	e.Say("warning: %s series with several units: the first stands, and values of the others are stored as they are; "+
		"convert them, or use another metric name:", console.Thousands(len(u.order)))
	for i, s := range u.order {
		if i == shownNames {
			e.Say("  and %s more", console.Thousands(len(u.order)-i))
			break
		}
		e.Say("  source %s, metric %s: %s, and later %s", s.Source, s.Metric, u.first[s],
			strings.Join(u.others[s], ", "))
	}
}
