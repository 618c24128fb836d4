package csvreadings

import (
	"bytes"
	"cmp"
	"fmt"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/internal/decode"
	"tidemark/domain/telemetry/readings"
)

// Decoder decodes CSV. The zero value is ready; Options may change between calls. Not safe for concurrent use.
type Decoder struct {
	readings.Options
	// Remedy writes what is to be done about a refusal.
	Remedy Remedy

	reader
	dict     decode.Dictionary
	batch    *telemetry.Batch
	layout   *layout
	rejected decode.Rejections
	index    int // of the next reading
	last     *decode.Source

	joined []byte                    // a date and a time of day, or the names of a source
	names  map[string]*decode.Source // of the request, by the cells that name them
	about  descriptions              // of the sources, by columns of labels
	begins []begin                   // of the records with readings, where a column may tell records apart
	hours  hours
	twice  []twice
	before int    // lines of the file before data, when it is a part
	watch  *watch // of a survey
}

// twice is a record that gave readings at a local time that occurs twice.
type twice struct {
	hour     *hour
	moment   decode.Moment
	line     int
	text     string
	from, to int // places of the readings in the batch
}

const op = "csvreadings.decode"

// Decode reads a file into the batch, which it resets first. The error is fault.Invalid for a header that does not do
// and for columns that contradict what is said of them, and fault.TooLarge for more readings than the options allow;
// then the batch is empty.
func (d *Decoder) Decode(data []byte, into *telemetry.Batch) (readings.Result, error) {
	into.Reset()
	d.hours, d.about, d.before = hours{}, descriptions{}, 0
	defer d.end()
	result, err := d.read(data, into)
	if err == nil {
		err = d.wrong(into)
	}
	if err != nil {
		into.Reset()
		return readings.Result{}, err
	}
	return result, nil
}

// wrong is what is wrong with a file whose header does.
func (d *Decoder) wrong(b *telemetry.Batch) error {
	if d.about.conflict != "" {
		return fault.New(fault.Invalid, op, "%s", d.about.conflict)
	}
	found := make(map[int]two)
	d.findApart(b, found, 1)
	for i := range d.layout.columns {
		if t, ok := found[i]; ok {
			return fault.New(fault.Invalid, op, "%s", d.layout.refuse(t, d.Remedy))
		}
	}
	return nil
}

// read reads a file into an empty batch.
func (d *Decoder) read(data []byte, into *telemetry.Batch) (readings.Result, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	d.reader = newReader(data, sniff(data, &d.Columns), d.cells, d.scratch)
	d.dict.Begin(into)
	d.rejected.Reset()
	d.batch, d.index, d.last, d.names, d.begins, d.twice = into, 0, nil, nil, d.begins[:0], d.twice[:0]
	if reason := d.header(); reason != "" {
		return readings.Result{}, fault.New(fault.Invalid, op, "%s", reason)
	}
	for {
		bad, more := d.next()
		if !more {
			break
		}
		d.record(bad)
		if d.index > d.Limit() {
			return readings.Result{}, fault.New(fault.TooLarge, op,
				"more than %d readings in one request; send fewer at a time", d.Limit())
		}
	}
	ambiguous, total := d.settle()
	d.about.into(into, d.layout)
	result := d.rejected.Result(&d.dict)
	result.Ambiguous, result.AmbiguousTotal = ambiguous, total
	result.Skipped = d.layout.skipped()
	return result, nil
}

// end lets go of what belongs to the caller.
func (d *Decoder) end() {
	d.dict.End()
	clear(d.cells[:cap(d.cells)])
	d.layout, d.data, d.batch = nil, nil, nil
	clear(d.twice)
}

// header reads the first record and plans the rest.
func (d *Decoder) header() string {
	bad, more := d.next()
	switch {
	case !more:
		return "the file is empty; its first line names the columns"
	case bad != "":
		return "the header: " + bad
	}
	for _, name := range []telemetry.Source{d.DefaultSource, d.FallbackSource} {
		if err := decode.CheckSource(string(name)); name != "" && err != nil {
			return err.Error()
		}
	}
	p := planner{opts: &d.Options, remedy: d.Remedy, sample: d.sample}
	l, reason := p.plan(d.cells)
	if reason != "" {
		return "the header: " + reason
	}
	d.layout = l
	ahead := d.reader
	l.classify(&ahead)
	d.cells, d.scratch = ahead.cells, ahead.scratch // the memory may have grown
	return ""
}

// sample is the record at pos, in memory of its own.
func (d *Decoder) sample() [][]byte {
	r := newReader(d.data, d.comma, nil, nil)
	r.pos = d.pos
	_, _ = r.next() // what is broken is told later
	return r.cells
}

// record turns the record just read into readings and rejections.
func (d *Decoder) record(bad string) {
	l := d.layout
	if bad == "" && len(d.cells) == 1 && len(d.cells[0]) == 0 {
		return // a line of spaces
	}
	if bad == "" && len(d.cells) != len(l.columns) {
		bad = fmt.Sprintf("the record has %d cells and the header %d", len(d.cells), len(l.columns))
	}
	if bad != "" {
		d.reject(bad)
		return
	}
	for _, i := range l.aside {
		if cell := d.cells[i]; len(cell) > 0 {
			c := &l.columns[i]
			c.cells++
			c.number = c.number || isNumber(cell)
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
			if c.use != metric || len(cell) == 0 || c.text && !isAttempt(cell) {
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
	h := d.hours.note(series, m, line)
	ns, _ := d.hours.at(h, m, line)
	from := d.batch.Len()
	d.readings(source, ns, "")
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
	v, why := parseValue(cell)
	if reason == "" && why != "" {
		c.words = c.words || !isNumber(cell) && !isAttempt(cell)
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
		c.series.SetUnit(c.unit)
	}
	d.index++
}

// longReading takes a record of the long form; reason is what is wrong with its time or source.
func (d *Decoder) longReading(source *decode.Source, ns int64, reason string) {
	if reason != "" {
		d.reject(reason)
		return
	}
	v, why := parseValue(d.cells[d.layout.value])
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
	s.Add(ns, v)
	if len(unit) > 0 {
		s.SetUnit(unit)
	}
	d.index++
}
