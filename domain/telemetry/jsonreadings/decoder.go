package jsonreadings

import (
	"bytes"
	"fmt"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/internal/decode"
	"tidemark/domain/telemetry/readings"
)

// Decoder decodes JSON and NDJSON. The zero value is ready; Options may change between calls. Not safe for concurrent
// use.
type Decoder struct {
	readings.Options

	scanner
	dict     decode.Dictionary
	batch    *telemetry.Batch
	rejected decode.Rejections
	index    int // of the next reading
	sources  int // descriptions read
	line     int // of NDJSON, else 0
	tooMany  bool
	text     bool // there was a time that is no number

	item   item
	times  column[int64]
	values column[float64]
}

// mark is the byte order mark, which a parser may ignore (RFC 8259, section 8.1).
const mark = "\ufeff"

// Decode reads a document into the batch, which it resets first. The error is fault.Invalid for text that is not such
// a document, with the byte offset of the problem, and fault.TooLarge for more readings, or more source descriptions,
// than the options allow; then the batch is empty.
func (d *Decoder) Decode(data []byte, into *telemetry.Batch) (readings.Result, error) {
	into.Reset()
	d.begin(data, into)
	defer d.end()
	if bytes.HasPrefix(data, []byte(mark)) {
		d.pos = len(mark)
	}
	if d.document() && d.finished() {
		return d.result(into)
	}
	into.Reset()
	if d.tooMany {
		return readings.Result{}, d.errTooMany()
	}
	return readings.Result{}, fault.New(fault.Invalid, "jsonreadings.decode", "at byte %d: %s", d.pos, d.bad)
}

// DecodeLines reads one reading a line into the batch, which it resets first. A line that is not JSON is rejected
// alone; the only error is fault.TooLarge, and then the batch is empty.
func (d *Decoder) DecodeLines(data []byte, into *telemetry.Batch) (readings.Result, error) {
	into.Reset()
	d.begin(nil, into)
	defer d.end()
	data = bytes.TrimPrefix(data, []byte(mark))
	for len(data) > 0 {
		line := data
		if i := bytes.IndexByte(data, '\n'); i >= 0 {
			line, data = data[:i], data[i+1:]
		} else {
			data = nil
		}
		d.line++
		if !d.oneLine(line) {
			into.Reset()
			return readings.Result{}, d.errTooMany()
		}
	}
	return d.result(into)
}

// result is what became of a request that was read to its end.
func (d *Decoder) result(into *telemetry.Batch) (readings.Result, error) {
	if why := d.DefaultPrecision.Misnamed(into.Times); why != "" && !d.text {
		into.Reset()
		return readings.Result{}, fault.New(fault.Invalid, "jsonreadings.decode", "%s", why)
	}
	return d.rejected.Result(&d.dict), nil
}

// oneLine reads a line of NDJSON and reports whether there is room for it.
func (d *Decoder) oneLine(line []byte) bool {
	d.data, d.pos, d.bad = line, 0, ""
	switch {
	case len(line) > telemetry.MaxLineBytes:
		d.rejected.Add(d.index, d.line, fmt.Sprintf("the line is longer than %d bytes", telemetry.MaxLineBytes))
		return d.count(1)
	case d.peek() == 0 && d.pos == len(line):
		return true
	case d.parseReading(1) && d.finished():
		return d.acceptReading()
	}
	switch {
	case d.rejected.Full():
		d.rejected.Add(d.index, d.line, "")
	case !bytes.HasPrefix(bytes.TrimLeft(line, " \t"), []byte{'{'}):
		d.rejected.Add(d.index, d.line, noObject)
	default:
		d.rejected.Add(d.index, d.line, fmt.Sprintf("not JSON at byte %d of the line: %s", d.pos, d.bad))
	}
	return d.count(1)
}

// noObject is the reason for a line that is no JSON and does not even begin as a reading does.
const noObject = `the line is no JSON; write a reading as {"source":"roof","metric":"temp",` +
	`"time":"2006-01-02T15:04:05Z","value":21.5}`

func (d *Decoder) begin(data []byte, into *telemetry.Batch) {
	d.dict.Begin(into)
	d.scanner = scanner{data: data, scratch: d.scratch[:0]}
	d.batch, d.index, d.sources, d.line, d.tooMany, d.text = into, 0, 0, 0, false, false
	d.rejected.Reset()
}

// end lets go of what belongs to the caller.
func (d *Decoder) end() {
	d.dict.End()
	d.batch, d.data, d.item = nil, nil, item{}
	d.times.shrink()
	d.values.shrink()
	if cap(d.scratch) > keptScratch {
		d.scratch = nil
	}
}

// count moves the index past n readings and reports whether they are allowed.
func (d *Decoder) count(n int) bool {
	d.index += n
	d.tooMany = d.index > d.Limit() || d.sources > d.Limit()
	return !d.tooMany
}

func (d *Decoder) errTooMany() error {
	return fault.New(fault.TooLarge, "jsonreadings.decode",
		"more than %d readings in one request; send fewer at a time", d.Limit())
}

// finished reports whether only white space is left.
func (d *Decoder) finished() bool {
	if d.peek(); d.pos == len(d.data) {
		return true
	}
	return d.expected("the end")
}

// document reads any of the forms.
func (d *Decoder) document() bool {
	switch kindOf[d.peek()] {
	case kindArray:
		return d.array(1, func() bool { return d.parseReading(2) && d.acceptReading() })
	case kindObject:
		if d.isReading() {
			return d.parseReading(1) && d.acceptReading()
		}
		return d.members()
	}
	return d.expected("an object or an array of readings")
}

// isReading looks ahead whether the object at pos begins as a reading does.
func (d *Decoder) isReading() bool {
	ahead := scanner{data: d.data, pos: d.pos + 1}
	if ahead.peek() != '"' {
		return false
	}
	key, ok := ahead.str()
	return ok && fieldOf(key)&readingFields != 0
}

// members reads the object form.
func (d *Decoder) members() bool {
	var seen [3]bool
	return d.object(1, func(key []byte) bool {
		var n int
		element := func() bool { return d.parseReading(3) && d.acceptReading() }
		switch string(key) {
		case "readings":
		case "series":
			n, element = 1, func() bool { return d.parseSeries(3) }
		case "sources":
			n, element = 2, func() bool { return d.parseSource(3) }
		default:
			return d.fail("unknown member " + decode.Excerpt(key) + "; a document has readings, series and sources")
		}
		if seen[n] {
			return d.fail("member " + decode.Excerpt(key) + " is given twice")
		}
		seen[n] = true
		d.scratch = d.scratch[:0]
		return d.array(2, element)
	})
}
