package csvreadings

import (
	"bytes"
	"fmt"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/internal/decode"
	"tidemark/domain/telemetry/readings"
)

// Decoder decodes CSV. The zero value is ready; Options may change between calls. Not safe for concurrent use.
type Decoder struct {
	readings.Options

	reader
	dict     decode.Dictionary
	layout   *layout
	rejected decode.Rejections
	index    int // of the next reading
	last     *decode.Source
}

const op = "csvreadings.decode"

// Decode reads a file into the batch, which it resets first. The error is fault.Invalid for a header that does not do, and fault.TooLarge
// for more readings than the options allow; then the batch is empty.
func (d *Decoder) Decode(data []byte, into *telemetry.Batch) (readings.Result, error) {
	into.Reset()
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	d.reader = newReader(data, sniff(data), d.cells, d.scratch)
	d.dict.Begin(into)
	d.rejected.Reset()
	d.index, d.last = 0, nil
	defer d.end()
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
			into.Reset()
			return readings.Result{}, fault.New(fault.TooLarge, op, "more than %d readings in one request; send fewer at a time", d.Limit())
		}
	}
	result := d.rejected.Result(&d.dict)
	for i, c := range d.layout.columns {
		if c.cells > 0 {
			if c.name == "" {
				c.name = fmt.Sprintf("(column %d)", i+1)
			}
			result.Skipped = append(result.Skipped, readings.Skipped{Column: c.name, Cells: c.cells})
		}
	}
	return result, nil
}

// end lets go of what belongs to the caller.
func (d *Decoder) end() {
	d.dict.End()
	clear(d.cells[:cap(d.cells)])
	d.layout, d.data = nil, nil
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
	hasDefault := d.DefaultSource != ""
	if hasDefault {
		if err := decode.CheckSource(string(d.DefaultSource)); err != nil {
			return err.Error()
		}
	}
	l, reason := plan(d.cells, hasDefault)
	if reason != "" {
		return "the header: " + reason
	}
	d.layout = l
	ahead := d.reader
	l.classify(&ahead)
	d.cells, d.scratch = ahead.cells, ahead.scratch // the memory may have grown
	return ""
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
	for i, cell := range d.cells {
		if c := &l.columns[i]; c.use == useless && len(cell) > 0 {
			c.cells++
		}
	}
	if l.long && len(d.cells[l.value]) == 0 {
		return
	}
	d.dict.Line(d.index, d.at)
	ns, reason := d.time(d.cells[l.time])
	var source *decode.Source
	if reason == "" {
		source, reason = d.sourceOf()
	}
	if l.long {
		d.longReading(source, ns, reason)
		return
	}
	for i, cell := range d.cells {
		c := &l.columns[i]
		if c.use != metric || len(cell) == 0 || c.text && !isAttempt(cell) {
			continue
		}
		d.wideReading(c, cell, source, ns, reason)
	}
}

func (d *Decoder) reject(reason string) {
	d.rejected.Add(d.index, d.at, reason)
	d.index++
	d.dict.Skip(d.index)
}

// sourceOf is the source of the record.
func (d *Decoder) sourceOf() (*decode.Source, string) {
	if d.layout.source < 0 {
		if d.last == nil {
			d.last, _ = d.dict.Source([]byte(d.DefaultSource)) // checked with the header
		}
		return d.last, ""
	}
	s, err := d.dict.Source(d.cells[d.layout.source])
	if err != nil {
		return nil, err.Error()
	}
	return s, ""
}

// wideReading takes a cell of the wide form; reason is what is wrong with the time or source of its record.
func (d *Decoder) wideReading(c *column, cell []byte, source *decode.Source, ns int64, reason string) {
	v, why := parseValue(cell)
	if reason == "" && why != "" {
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
