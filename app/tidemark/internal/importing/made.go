package importing

import (
	"strings"

	"tidemark/app/tidemark/internal/console"
	"tidemark/app/tidemark/internal/files"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/readings"
)

// made is the names of what a file has readings of: which sources and metrics came of it is what shows that a column
// was not taken for what it is.
type made struct{ sources, metrics names }

// add takes the series of a batch of which a reading has a place.
func (m *made) add(b *telemetry.Batch, places []readings.Place) {
	stored := make([]bool, len(b.Series))
	for i, of := range b.Of {
		stored[of] = stored[of] || places[i].Row > 0
	}
	for i, s := range b.Series {
		if stored[i] {
			m.sources.add(string(s.Source))
			m.metrics.add(string(s.Metric))
		}
	}
}

// say names them.
func (m *made) say(e *console.Environment, t *files.Sheet) {
	if m.sources.known == nil {
		return
	}
	why := ""
	if t != nil && t.ByName() {
		why = ", after the file's name"
	}
	e.Say("  %s%s", m.sources.text("source"), why)
	e.Say("  %s", m.metrics.text("metric"))
}

// names counts different names, and remembers the first.
type names struct {
	known map[string]struct{}
	first []string
	more  bool // there are more than are counted
}

// The bounds of what is remembered, and shown.
const (
	mostNames  = 100_000
	shownNames = 10
)

func (n *names) add(name string) {
	if _, ok := n.known[name]; ok {
		return
	}
	if n.more = len(n.known) == mostNames; n.more {
		return
	}
	if n.known == nil {
		n.known = make(map[string]struct{})
	}
	name = strings.Clone(name)
	if n.known[name] = struct{}{}; len(n.first) < shownNames {
		n.first = append(n.first, name)
	}
}

// text is "2 sources: attic, cellar".
func (n *names) text(what string) string {
	text := console.Counted(len(n.known), what) + ": " + strings.Join(n.first, ", ")
	if n.more {
		text = "more than " + text
	}
	if more := len(n.known) - len(n.first); more > 0 {
		text += " and " + console.Thousands(more) + " more"
	}
	return text
}
