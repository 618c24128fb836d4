package csvreadings

import (
	"slices"
	"strings"
)

// whatItIsOf finds the columns of sources, or what else says the source.
func (p *planner) whatItIsOf() {
	p.sources = p.named(sourceColumn, p.opts.Columns.Source)
	if len(p.opts.Columns.Source) > 0 {
		return
	}
	if i := p.take("source"); i >= 0 {
		p.sources = []int{i}
		return
	}
	if p.opts.DefaultSource != "" {
		return
	}
	likely := p.likelySources()
	whole := string(p.opts.FallbackSource)
	switch {
	case len(likely) > 0:
		if whole == "" {
			whole = "NAME"
		}
		quoted := make([]string, len(likely))
		for i, name := range likely {
			quoted[i] = quote(name)
		}
		p.refuse("there is no column source; if %s says what a reading is of, %s; "+
			"if all readings are of one source, %s",
			strings.Join(quoted, " or "), p.remedy.say(sourceColumn, likely[0]),
			p.remedy.say(sourceOfAll, whole))
	case whole == "":
		p.refuse("there is no column source; add one, or name it: %s; if all readings are of one source, %s",
			p.remedy.say(sourceColumn, "NAME"), p.remedy.say(sourceOfAll, "NAME"))
	}
}

// likelySources are columns that by their names say what a reading is of, the likeliest first.
func (p *planner) likelySources() (names []string) {
	vague := 0
	for i, c := range p.columns {
		switch {
		case p.said[i] != "" || c.use == special || !namesThing(c.name):
		case isPlain(c.name):
			names = append(names, c.name)
			vague++
		default:
			names = slices.Insert(names, len(names)-vague, c.name)
		}
	}
	return names
}
