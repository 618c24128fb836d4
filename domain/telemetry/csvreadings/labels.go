package csvreadings

import (
	"fmt"
	"slices"
	"strings"

	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/internal/decode"
)

// descriptions collects what the columns of labels say of each source. The zero value is ready.
type descriptions struct {
	of       map[telemetry.Source]*described
	order    []*described
	conflict string // the first source of which a column says two things
}

// described is what the columns of labels say of a source, and the lines in which they said it first.
type described struct {
	source telemetry.Source
	values []string
	lines  []int
}

// say takes the labels of a record. It gives what is wrong with them; what contradicts an earlier record is a
// conflict.
func (d *descriptions) say(source telemetry.Source, l *layout, cells [][]byte, line int, r Remedy) string {
	e := d.of[source]
	if e == nil {
		if d.of == nil {
			d.of = make(map[telemetry.Source]*described)
		}
		e = &described{source, make([]string, len(l.labels)), make([]int, len(l.labels))}
		d.of[source] = e
		d.order = append(d.order, e)
	}
	for k, i := range l.labels {
		cell := cells[i]
		switch {
		case len(cell) == 0 || e.values[k] == string(cell):
		case e.values[k] != "":
			d.contradict(e, k, l, i, cell, line, r)
		default:
			value := string(cell)
			if err := telemetry.CheckLabels([]telemetry.Label{{Name: l.columns[i].name, Value: value}}); err != nil {
				return err.Error()
			}
			e.values[k], e.lines[k] = value, line
		}
	}
	return ""
}

func (d *descriptions) contradict(e *described, k int, l *layout, i int, cell []byte, line int, r Remedy) {
	if d.conflict != "" {
		return
	}
	name := l.columns[i].name
	d.conflict = fmt.Sprintf("column %s is a label, of which a source has one, and says two of source %s: "+
		"%s in line %d and %s in line %d; leave it out of %s", quote(name), quote(string(e.source)),
		quote(e.values[k]), e.lines[k], decode.Excerpt(cell), line, r.of(labelColumns))
	if remedy := l.apart(i, r); remedy != "" {
		d.conflict += ", or, if it tells sources apart, " + remedy
	}
}

// into appends what was said to a batch.
func (d *descriptions) into(b *telemetry.Batch, l *layout) {
	for _, e := range d.order {
		var labels []telemetry.Label
		for k, i := range l.labels {
			if e.values[k] != "" {
				labels = append(labels, telemetry.Label{Name: l.columns[i].name, Value: e.values[k]})
			}
		}
		if len(labels) > 0 {
			slices.SortFunc(labels, func(x, y telemetry.Label) int { return strings.Compare(x.Name, y.Name) })
			b.Sources = append(b.Sources, telemetry.Description{Source: e.source, Labels: labels})
		}
	}
}
