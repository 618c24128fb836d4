package csvreadings

import (
	"cmp"

	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/csvreadings/internal/numerals"
	"tidemark/domain/telemetry/internal/decode"
	"tidemark/domain/telemetry/readings"
)

// record turns the record just read into readings and rejections.
func (d *Decoder) record(bad string) {
	l := d.layout
	if bad == "" && len(d.cells) == 1 && len(d.cells[0]) == 0 {
		return // a line of spaces
	}
	if bad == "" && len(d.cells) != len(l.columns) {
		bad = d.miscounted()
	}
	if bad != "" {
		d.reject(d.orComment(bad))
		return
	}
	for _, i := range l.aside {
		if cell := d.cells[i]; len(cell) > 0 {
			c := &l.columns[i]
			c.cells++
			c.number = c.number || d.numbers().IsNumber(cell)
		}
	}
	if l.long && len(d.cells[l.value]) == 0 {
		return
	}
	d.dict.Line(d.index, d.at)
	moment, reason := d.time(d.timeCell())
	var source *decode.Source
	if reason == "" {
		source, reason = d.sourceOf()
	}
	if reason == "" && l.labels != nil {
		reason = d.about.say(source.Name, l, d.cells, d.before+d.at, d.Remedy)
	}
	if reason == "" && moment.Change != 0 {
		d.nearChange(&moment, source)
		return
	}
	if reason != "" {
		reason = d.orComment(d.orUnits(reason))
	}
	d.readings(source, moment.Unix, reason)
	if d.watch != nil {
		d.watch.record(d)
	}
}

// readings takes the readings of the record; reason is what is wrong with its time, its source or its labels.
func (d *Decoder) readings(source *decode.Source, ns int64, reason string) {
	l, from := d.layout, d.batch.Len()
	if l.long {
		d.longReading(source, ns, reason)
	} else {
		for i, cell := range d.cells {
			c := &l.columns[i]
			if c.use != metric || len(cell) == 0 || c.text && !numerals.IsAttempt(cell) {
				continue
			}
			d.wideReading(c, cell, source, ns, reason)
		}
	}
	if (l.aside != nil || l.undecided > 0) && d.batch.Len() > from {
		d.begins = append(d.begins, begin{from, d.start})
	}
}

// nearChange takes the readings of a record at a local time near to a change of the clocks.
func (d *Decoder) nearChange(m *decode.Moment, source *decode.Source) {
	series := d.ordered(source)
	line := d.before + d.at
	h := d.hours.note(series, m, line, d.cells)
	from := d.batch.Len()
	d.readings(source, m.Unix, "") // settle knows
	if to := d.batch.Len(); m.Twice() && to > from {
		d.twice = append(d.twice, twice{h, *m, line, string(d.timeCell()), from, to})
	}
	if d.watch != nil && m.Twice() {
		d.watch.pass(d.batch) // it may still turn out to be the other time
	} else if d.watch != nil {
		d.watch.record(d)
	}
}

// ordered is what the record's time is in order with: a series, or in the wide form a source.
func (d *Decoder) ordered(source *decode.Source) telemetry.Series {
	if l := d.layout; l.long {
		if s, err := source.Series(d.cells[l.metric]); err == nil {
			return s.Name
		}
	}
	return telemetry.Series{Source: source.Name}
}

// settle gives the readings at local times that occur twice the times that all records together tell, and names those
// of which they do not.
func (d *Decoder) settle() (first []readings.Ambiguous, total int) {
	for i := range d.twice {
		t := &d.twice[i]
		ns, told := d.hours.at(t.hour, &t.moment, t.line)
		for at := t.from; at < t.to; at++ {
			d.dict.Move(at, ns)
		}
		if told {
			continue
		}
		if total++; total <= readings.MaxAmbiguous {
			first = append(first, readings.Ambiguous{Line: t.line, Time: t.text, Taken: ns})
		}
	}
	return first, total
}

func (d *Decoder) reject(reason string) {
	d.rejected.Add(d.index, d.at, reason)
	d.index++
	d.dict.Skip(d.index)
}

// timeCell is the time of the record as it is written.
func (d *Decoder) timeCell() []byte {
	l := d.layout
	if l.clock < 0 {
		return d.cells[l.time]
	}
	date, clock := d.cells[l.time], d.cells[l.clock]
	if len(date) == 0 || len(clock) == 0 {
		return nil
	}
	d.joined = append(append(append(d.joined[:0], date...), ' '), clock...)
	return d.joined
}

// sourceOf is the source of the record.
func (d *Decoder) sourceOf() (*decode.Source, string) {
	switch len(d.layout.sources) {
	case 0:
		if d.last == nil {
			d.last, _ = d.dict.Source([]byte(cmp.Or(d.DefaultSource, d.FallbackSource))) // checked with the header
		}
		return d.last, ""
	case 1:
		s, err := d.dict.Source(d.cells[d.layout.sources[0]])
		if err != nil {
			return nil, err.Error()
		}
		return s, ""
	}
	return d.composed()
}

// wideReading takes a cell of the wide form; reason is what is wrong with the time or source of its record.
func (d *Decoder) wideReading(c *column, cell []byte, source *decode.Source, ns int64, reason string) {
	v, why := d.numbers().Value(cell)
	if reason == "" && why != "" {
		c.words = c.words || !d.numbers().IsNumber(cell) && !numerals.IsAttempt(cell)
		reason = "column " + decode.Excerpt([]byte(c.name)) + ": " + why
	}
	if reason != "" {
		d.reject(reason)
		return
	}
	if c.source != source {
		c.source = source
		c.series, _ = source.Series(c.metric) // checked with the header
	}
	c.series.Add(ns, v)
	if len(c.unit) > 0 {
		c.series.SetUnit(c.unit) // contradicts nothing: a header names a metric once
	}
	d.index++
}

// longReading takes a record of the long form; reason is what is wrong with its time or source.
func (d *Decoder) longReading(source *decode.Source, ns int64, reason string) {
	if reason != "" {
		d.reject(reason)
		return
	}
	v, why := d.numbers().Value(d.cells[d.layout.value])
	if why != "" {
		d.reject("value: " + why)
		return
	}
	var unit []byte
	if d.layout.unit >= 0 {
		unit = d.cells[d.layout.unit]
		if err := decode.CheckUnit(unit); err != nil {
			d.reject(err.Error())
			return
		}
	}
	s, err := source.Series(d.cells[d.layout.metric])
	if err != nil {
		d.reject(err.Error())
		return
	}
	if len(unit) > 0 {
		if reason := s.SetUnit(unit); reason != "" {
			d.reject(reason)
			return
		}
	}
	s.Add(ns, v)
	d.index++
}
