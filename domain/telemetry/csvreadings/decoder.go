package csvreadings

import (
	"bytes"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/csvreadings/internal/numerals"
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
	civil  bool   // there was a time that is no number
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
	d.before = 0
	defer d.end()
	defer func() { d.hours, d.about = hours{}, descriptions{} }()
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
	d.civil = false
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
	if why := d.DefaultPrecision.Misnamed(into.Times); why != "" && !d.civil {
		return readings.Result{}, fault.New(fault.Invalid, op, "%s", why)
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
	d.names = nil
	clear(d.twice[:cap(d.twice)])
	if cap(d.begins) > keptBegins {
		d.begins = nil
	}
}

// numbers is how the numbers of the file are written.
func (d *Decoder) numbers() numerals.Style { return numerals.Style{Comma: d.DecimalComma} }

// keptBegins is how many records' beginnings keep their memory from request to request.
const keptBegins = 1 << 16

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
		return "the header: " + reason + d.aboutHeader()
	}
	d.layout = l
	ahead := d.reader
	l.classify(&ahead, d.numbers())
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
