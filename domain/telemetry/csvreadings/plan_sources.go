package csvreadings

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tidemark/domain/telemetry"
)

// whatItIsOf finds the columns of sources, or what else says the source.
func (p *planner) whatItIsOf() {
	p.sources = p.named(sourceColumn, p.opts.Columns.Source)
	one := p.opts.DefaultSource != ""
	switch given := len(p.opts.Columns.Source) > 0; {
	case given && one:
		p.refuse("%s and %s are both given, and one alone can say the source; leave the other out",
			p.remedy.of(sourceColumn), p.remedy.of(sourceOfAll))
		return
	case given:
		return
	}
	switch i := p.take("source"); {
	case i >= 0 && one:
		name := p.columns[i].name
		p.refuse("there is a column %s, and %s is given as %s; leave %s out, or, if the column does not matter, %s",
			quote(name), p.remedy.of(sourceOfAll), quote(string(p.opts.DefaultSource)), p.remedy.of(sourceOfAll),
			p.remedy.say(skipColumns, name))
		return
	case i >= 0:
		p.sources = []int{i}
		return
	case one:
		p.whole = true
		return
	}
	p.unsaidSource()
}

// unsaidSource refuses a file that may have more sources than the one that is left where nobody said any.
func (p *planner) unsaidSource() {
	likely := p.likelySources()
	switch {
	case len(likely) > 0:
		p.refuse("%s", whichSource(likely, p.opts.FallbackSource, p.remedy))
	case p.opts.FallbackSource == "":
		p.refuse("there is no column source; add one, or name it: %s; if all readings are of one source, %s",
			p.remedy.say(sourceColumn, "NAME"), p.remedy.say(sourceOfAll, "NAME"))
	}
}

// whichSource asks whether columns say what a reading is of, the likeliest first, or all of a file is of one source,
// which may be known.
func whichSource(likely []string, whole telemetry.Source, r Remedy) string {
	quoted := make([]string, len(likely))
	for i, name := range likely {
		quoted[i] = quote(name)
	}
	return fmt.Sprintf("there is no column source; if %s says what a reading is of, %s; "+
		"if all readings are of one source, %s", strings.Join(quoted, " or "), r.say(sourceColumn, likely[0]),
		r.say(sourceOfAll, cmp.Or(string(whole), "NAME")))
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
