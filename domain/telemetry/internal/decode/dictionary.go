package decode

import (
	"fmt"
	"math"

	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/readings"
)

// MaxKept is how many bytes of names, roughly, a decoder keeps from one request to the next. What a single request
// needs beyond it is dropped when the next begins.
const MaxKept = 16 << 20

// entryCost is what a dictionary entry costs beside its name, roughly.
const entryCost = 300

// Dictionary finds the series of a batch by the bytes of their names. Begin starts a request; entries live on and get
// a new index in the next batch when they are first used there. The zero value is ready.
type Dictionary struct {
	batch   *telemetry.Batch
	request uint64
	sources map[string]*Source
	units   map[string]string
	last    *Source
	kept    int

	rows readings.Rows
	late []uint32 // the series of the batch whose times may not rise strictly; some more than once
}

// Source is a source the dictionary knows, with its metrics.
type Source struct {
	Name    telemetry.Source
	last    *Series   // the one that was found last
	next    int       // and the index of the one behind it
	series  []*Series // in the order in which they came
	metrics map[string]int
	dict    *Dictionary
}

// manyMetrics is from where on a source's metrics are found by a map.
const manyMetrics = 8

// Series is a series the dictionary knows.
type Series struct {
	Name    telemetry.Series
	index   uint32
	late    bool // it is in the dictionary's late
	request uint64
	time    int64 // of its last reading
	dict    *Dictionary
}

// Begin starts a request whose readings go into a batch, which has to be empty. It reports whether old entries were
// dropped, and with them everything that points to them must be.
func (d *Dictionary) Begin(into *telemetry.Batch) (dropped bool) {
	if d.kept > MaxKept || d.sources == nil {
		d.sources, d.units = make(map[string]*Source), make(map[string]string)
		d.last, d.kept, dropped = nil, 0, true
	}
	d.request++
	d.batch = into
	d.late = d.late[:0]
	d.rows.Reset()
	return dropped
}

// End lets go of the batch.
func (d *Dictionary) End() { d.batch = nil }

// Keep counts memory that the caller keeps along with the entries.
func (d *Dictionary) Keep(bytes int) { d.kept += bytes + entryCost }

// Source finds or makes the entry of a source. The error says what is wrong with the name.
func (d *Dictionary) Source(name []byte) (*Source, error) {
	if d.last != nil && string(d.last.Name) == string(name) {
		return d.last, nil
	}
	s, ok := d.sources[string(name)]
	if !ok {
		text := string(name)
		if err := CheckSource(text); err != nil {
			return nil, err
		}
		s = &Source{Name: telemetry.Source(text), dict: d}
		d.sources[text] = s
		d.Keep(len(text))
	}
	d.last = s
	return s, nil
}

// Series finds or makes the entry of a metric of the source. The error says what is wrong with the name. It is mostly
// the one that was found last, or the next: senders repeat the metrics of a source in one order.
func (s *Source) Series(metric []byte) (*Series, error) {
	if s.last != nil && string(s.last.Name.Metric) == string(metric) {
		return s.last, nil
	}
	i := s.next
	if i >= len(s.series) || string(s.series[i].Name.Metric) != string(metric) {
		if i = s.find(metric); i < 0 {
			if err := CheckMetric(string(metric)); err != nil {
				return nil, err
			}
			i = s.add(string(metric))
		}
	}
	s.last, s.next = s.series[i], i+1
	if s.next == len(s.series) {
		s.next = 0
	}
	return s.last, nil
}

// find is the index of the entry of a metric, or -1.
func (s *Source) find(metric []byte) int {
	if s.metrics != nil {
		if i, ok := s.metrics[string(metric)]; ok {
			return i
		}
		return -1
	}
	for i, e := range s.series {
		if string(e.Name.Metric) == string(metric) {
			return i
		}
	}
	return -1
}

// add appends an entry.
func (s *Source) add(metric string) int {
	i := len(s.series)
	s.series = append(s.series, &Series{Name: telemetry.Series{Source: s.Name, Metric: telemetry.Metric(metric)},
		dict: s.dict})
	s.dict.Keep(len(metric))
	switch {
	case s.metrics != nil:
		s.metrics[metric] = i
	case len(s.series) > manyMetrics:
		s.metrics = make(map[string]int)
		for i, e := range s.series {
			s.metrics[string(e.Name.Metric)] = i
		}
	}
	return i
}

// Line says that the next reading begins a line of a text format, and has this index in the request.
func (d *Dictionary) Line(index, line int) { d.rows.Line(len(d.batch.Times), index, line) }

// Skip says that a reading was left out: the next one has this index, and is of the same line.
func (d *Dictionary) Skip(index int) { d.rows.Skip(len(d.batch.Times), index) }

// Add appends a reading of the series to the batch.
func (e *Series) Add(time int64, value float64) {
	if e.request != e.dict.request {
		e.enter()
	}
	if time <= e.time {
		e.fall()
	}
	e.time = time
	e.dict.batch.Add(e.index, time, value)
}

// Move gives the reading at a place in the batch another time.
func (d *Dictionary) Move(at int, time int64) {
	if d.batch.Times[at] == time {
		return
	}
	d.batch.Times[at] = time
	d.late = append(d.late, d.batch.Of[at])
}

func (e *Series) enter() {
	e.index = e.dict.batch.AddSeries(e.Name, "")
	e.request = e.dict.request
	e.time, e.late = math.MinInt64, false
}

// fall notes that the times of the series do not rise strictly, so that one may be there twice.
func (e *Series) fall() {
	if !e.late {
		e.late = true
		e.dict.late = append(e.dict.late, e.index)
	}
}

// Late lists the series of the batch whose times do not rise strictly: no other has a time twice.
func (d *Dictionary) Late() []uint32 { return d.late }

// SetUnit says the unit of a series that has a reading in the batch, or gets one now. The caller has checked it. The
// reason refuses the reading that comes with it: the request said another unit of the series before.
func (e *Series) SetUnit(unit []byte) (reason string) {
	if e.request != e.dict.request {
		e.enter()
	}
	switch at := &e.dict.batch.Units[e.index]; *at {
	case string(unit):
		return ""
	case "":
		*at = e.dict.intern(unit)
		return ""
	default:
		return fmt.Sprintf("unit %s contradicts %s, which the request said of metric %s before: convert the value, "+
			"or use another metric name", Excerpt(unit), Excerpt([]byte(*at)), Excerpt([]byte(e.Name.Metric)))
	}
}

// Contradiction is why a unit does not go with those that the request said of the series, "" if it does.
func (e *Series) Contradiction(unit []byte) string {
	if e.request != e.dict.request || len(unit) == 0 || e.dict.batch.Units[e.index] == "" {
		return ""
	}
	return e.SetUnit(unit)
}

func (d *Dictionary) intern(b []byte) string {
	s, ok := d.units[string(b)]
	if !ok {
		s = string(b)
		d.units[s] = s
		d.Keep(len(s))
	}
	return s
}
