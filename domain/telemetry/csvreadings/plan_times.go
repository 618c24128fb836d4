package csvreadings

import (
	"slices"
	"strings"

	"tidemark/domain/telemetry/csvreadings/internal/numerals"
	"tidemark/domain/telemetry/internal/decode"
)

// times finds the column of times, or of dates and of times of day.
func (p *planner) times() {
	given := p.named(timeColumn, p.opts.Columns.Time)
	switch {
	case len(given) > 2:
		p.refuse("%s names %d columns; name one, or one of dates and one of times of day",
			p.remedy.of(timeColumn), len(given))
	case len(given) == 2:
		p.clock = given[1]
		fallthrough
	case len(given) == 1:
		p.time = given[0]
	case len(p.opts.Columns.Time) > 0: // it has been said that there is none of that name
	default:
		p.timeByName()
	}
}

// timeByName finds the column of times by its name alone.
func (p *planner) timeByName() {
	known := 0
	for _, name := range timeNames {
		if i, ok := p.byName[name]; !ok || p.said[i] != "" {
			continue
		}
		if known++; p.time < 0 {
			p.time = p.take(name)
		}
	}
	switch {
	case p.time < 0:
		p.refuse("there is no column of times; name it one of %s, or %s", strings.Join(timeNames, ", "),
			p.remedy.say(timeColumn, p.likelyTimes()...))
	case known > 1: // it could be a date and a time of day
		if sample := p.sample(); p.time < len(sample) && decode.IsClock(sample[p.time]) {
			if likely := p.likelyTimes(); len(likely) == 2 {
				p.refuse("column %s holds times of day, and %s dates: %s", quote(likely[1]), quote(likely[0]),
					p.remedy.say(timeColumn, likely...))
			}
		}
	}
}

// likelyTimes names the column whose first cell is a time, or those whose first cells are a date and a time of day.
func (p *planner) likelyTimes() []string {
	var times, dates, clocks []string
	numbers := numerals.Style{Comma: p.opts.DecimalComma}
	for i, cell := range p.sample() {
		if i >= len(p.columns) || p.columns[i].name == "" {
			continue
		}
		name := p.columns[i].name
		switch c, ok := decode.ParseCivil(cell); {
		case ok && c.Date:
			dates = append(dates, name)
		case ok && mentionsTime(name):
			times = slices.Insert(times, 0, name)
		case ok || numbers.IsNumber(cell) && mentionsTime(name):
			times = append(times, name)
		case decode.IsClock(cell):
			clocks = append(clocks, name)
		}
	}
	switch {
	case len(times) > 0:
		return times[:1]
	case len(dates) > 0 && len(clocks) > 0:
		return []string{dates[0], clocks[0]}
	case len(dates) > 0:
		return dates[:1]
	}
	return []string{"NAME"}
}
