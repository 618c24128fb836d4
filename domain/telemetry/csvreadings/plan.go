package csvreadings

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/internal/decode"
	"tidemark/domain/telemetry/readings"
)

// planner makes the layout of a header.
type planner struct {
	*layout
	opts   *readings.Options
	remedy Remedy
	sample func() [][]byte // the first record, as far as there is one
	byName map[string]int  // in lower case
	said   map[int]string  // the parameter that names a column
	wrong  []string
}

// plan makes the layout. What is wrong with the header comes back as text.
func (p *planner) plan(header [][]byte) (*layout, string) {
	p.layout = &layout{time: -1, clock: -1, metric: -1, value: -1, unit: -1}
	p.byName, p.said = make(map[string]int), make(map[int]string)
	if reason := p.name(header); reason != "" {
		return nil, reason
	}
	p.times()
	p.labels = p.named(labelColumns, p.opts.Columns.Labels)
	values, out := p.named(valueColumns, p.opts.Columns.Values), p.named(skipColumns, p.opts.Columns.Skip)
	p.whatItIsOf()
	for _, i := range out {
		p.columns[i].use = left
	}
	p.form(values)
	if len(p.wrong) == 0 {
		p.names()
	}
	return p.layout, strings.Join(p.wrong, "; ")
}

func (p *planner) refuse(format string, args ...any) {
	p.wrong = append(p.wrong, fmt.Sprintf(format, args...))
}

// name takes the names of the columns.
func (p *planner) name(header [][]byte) string {
	seen := make(map[string]bool)
	for i, cell := range header {
		name := string(cell)
		if !utf8.ValidString(name) {
			return fmt.Sprintf("the name of column %d is not UTF-8; send UTF-8", i+1)
		}
		lower := strings.ToLower(name)
		if _, ok := p.byName[lower]; !ok { // "Time" and "time" may both be there: the first is taken
			p.byName[lower] = i
		}
		if seen[name] && name != "" {
			return "column " + decode.Excerpt(cell) + " is there twice; rename one"
		}
		seen[name] = true
		p.columns = append(p.columns, column{name: name})
	}
	return ""
}

// named finds the columns that a parameter names.
func (p *planner) named(parameter string, given []string) (found []int) {
	for _, text := range given {
		names := []string{text}
		if p.find(text) < 0 {
			names = strings.Split(text, ",")
		}
		for _, name := range names {
			i := p.find(name)
			switch {
			case i < 0:
				p.refuse("there is no column %s, which %s names; the columns are %s", quote(name),
					p.remedy.of(parameter), p.list())
			case p.said[i] != "" && p.said[i] != parameter:
				p.refuse("column %s is named for two things, %s and %s; name it for one",
					quote(p.columns[i].name), p.remedy.of(p.said[i]), p.remedy.of(parameter))
			case p.said[i] == "":
				p.said[i], p.columns[i].use = parameter, special
				found = append(found, i)
			}
		}
	}
	return found
}

// find is the column of that name, or else in any case, or -1.
func (p *planner) find(name string) int {
	name = strings.TrimSpace(name)
	if i := slices.IndexFunc(p.columns, func(c column) bool { return c.name == name }); i >= 0 && name != "" {
		return i
	}
	if i, ok := p.byName[strings.ToLower(name)]; ok && name != "" {
		return i
	}
	return -1
}

// list is the names of the columns, for people.
func (p *planner) list() string {
	const most = 20
	var names []string
	for _, c := range p.columns {
		if c.name != "" {
			names = append(names, quote(c.name))
		}
	}
	if more := len(names) - most; more > 0 {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(names, ", ")
}

func quote(name string) string { return decode.Excerpt([]byte(name)) }

// take finds a column that means something by its name alone.
func (p *planner) take(name string) int {
	i, ok := p.byName[name]
	if !ok || p.said[i] != "" {
		return -1
	}
	p.columns[i].use = special
	return i
}

// form tells the long form from the wide, and finds their columns.
func (p *planner) form(values []int) {
	m, v := p.take("metric"), p.take("value")
	if p.long = m >= 0 && v >= 0; p.long {
		p.metric, p.value, p.unit = m, v, p.take("unit")
		if len(values) > 0 {
			p.refuse("the file has the columns metric and value, so that no other holds values; leave %s out",
				p.remedy.of(valueColumns))
		}
	} else {
		for _, i := range []int{m, v} {
			if i >= 0 {
				p.columns[i].use = useless
			}
		}
		p.metrics(values)
	}
	for i := range p.columns {
		c := &p.columns[i]
		if c.use == useless && namesThing(c.name) {
			c.use = thing
		}
		if c.use == useless || c.use == thing {
			p.aside = append(p.aside, i)
		}
	}
}

// metrics makes metrics of the columns of the wide form: those that are said to be, and every other that has a name
// and no other use, but for keys.
func (p *planner) metrics(values []int) {
	for _, i := range values {
		p.columns[i].use = metric
	}
	n, keys := len(values), []string{"NAME"}
	for i := range p.columns {
		c := &p.columns[i]
		switch {
		case c.use != useless || c.name == "":
		case namesThing(c.name) || isKey(c.name):
			c.use = thing
			keys = append(keys, c.name)
		default:
			c.use, c.text = metric, true
			p.undecided++
			n++
		}
	}
	switch {
	case n > 0:
	case len(keys) > 1:
		p.refuse("there is no column of values; add one for each metric; if %s is measured itself, %s",
			quote(keys[1]), p.remedy.say(valueColumns, keys[1]))
	default:
		p.refuse("there is no column of values; add one for each metric")
	}
}

// names checks the names of metrics, units and labels.
func (p *planner) names() {
	seen := make(map[string]bool)
	for i := range p.columns {
		c := &p.columns[i]
		if c.use != metric {
			continue
		}
		c.metric, c.unit = splitUnit([]byte(c.name))
		err := decode.CheckMetric(string(c.metric))
		if err == nil {
			err = decode.CheckUnit(c.unit)
		}
		if err == nil && seen[string(c.metric)] {
			err = fmt.Errorf("metric %s is there twice; rename one", decode.Excerpt(c.metric))
		}
		if err != nil {
			p.refuse("column %d: %v", i+1, err)
			return
		}
		seen[string(c.metric)] = true
	}
	if len(p.sources) > 1 { // what only a part of the name says can be asked for as a label
		p.labels = slices.Concat(p.sources, p.labels)
	}
	if len(p.labels) > telemetry.MaxLabels {
		p.refuse("%d columns are labels of a source; name at most %d", len(p.labels), telemetry.MaxLabels)
	}
	for _, i := range p.labels {
		if err := telemetry.CheckLabels([]telemetry.Label{{Name: p.columns[i].name}}); err != nil {
			p.refuse("column %d: %v", i+1, err)
		}
	}
}
