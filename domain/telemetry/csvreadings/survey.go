package csvreadings

import (
	"slices"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/readings"
)

// Survey looks at a file that is sent in parts, so that what is decided of the whole does not depend on where it is
// cut: which columns hold values, whether a column tells records apart, and which of two a local time is that occurs
// twice. A part begins with the file's header. What a survey remembers is bounded; it is not safe for concurrent use.
//
// Look takes every part in turn. Settle then gives each as it is to be sent.
type Survey struct {
	d       Decoder
	batch   telemetry.Batch
	layout  *layout
	columns []surveyed
	spans   map[int64]span // by the change of the clocks
}

// surveyed is what is in a column, in all parts.
type surveyed struct{ number, words bool }

// span is the lines from the first to the last record with a local time that occurs twice.
type span struct{ first, last int }

// NewSurvey begins the survey of a file that is read with these options.
func NewSurvey(o readings.Options, r Remedy) *Survey {
	return &Survey{d: Decoder{Options: o, Remedy: r, watch: newWatch()}, spans: make(map[int64]span)}
}

// Look takes a part. before is how many lines of the file come before it; those of the header that it begins with are
// not counted twice. The error is Decoder.Decode's.
func (s *Survey) Look(part []byte, before int) error {
	s.batch.Reset()
	s.d.before = before
	s.d.watch.begin()
	defer s.d.end()
	if _, err := s.d.read(part, &s.batch); err != nil {
		return err
	}
	s.layout = s.d.layout
	s.layout.comma = s.d.comma
	s.d.findApart(&s.batch, s.d.watch.found, len(s.layout.columns))
	if s.columns == nil {
		s.columns = make([]surveyed, len(s.layout.columns))
	}
	for i, c := range s.layout.columns {
		col := &s.columns[i]
		col.number = col.number || c.number || c.use == metric && !c.text
		col.words = col.words || c.words || c.use == metric && c.text && c.cells > 0
	}
	for _, t := range s.d.twice {
		at, ok := s.spans[t.moment.Change]
		if !ok {
			at.first = t.line
		}
		at.first, at.last = min(at.first, t.line), max(at.last, t.line)
		s.spans[t.moment.Change] = at
	}
	return nil
}

// Wrong is what is wrong with all parts together, or nil. It is fault.Invalid.
func (s *Survey) Wrong() error {
	if s.d.about.conflict != "" {
		return fault.New(fault.Invalid, op, "%s", s.d.about.conflict)
	}
	for i := range s.columns {
		t, found := s.d.watch.found[i]
		if found && (s.layout.columns[i].use == thing || !s.columns[i].number) {
			return fault.New(fault.Invalid, op, "%s", s.layout.refuse(t, s.d.Remedy))
		}
	}
	if likely := s.textThings(); len(likely) > 0 {
		return fault.New(fault.Invalid, op, "%s", whichSource(likely, s.d.FallbackSource, s.d.Remedy))
	}
	return nil
}

// textThings are the columns of text alone that may say what a reading is of, where nobody said a source.
func (s *Survey) textThings() (names []string) {
	if s.layout == nil || s.layout.sources != nil || s.layout.whole {
		return nil
	}
	for i, c := range s.layout.columns {
		if at := s.columns[i]; c.use == metric && at.words && !at.number && mayNameThing(c.name) {
			names = append(names, c.name)
		}
	}
	return names
}

// Source is the source of the whole file; "" where columns say it.
func (s *Survey) Source() telemetry.Source {
	if s.layout == nil || s.layout.sources != nil {
		return ""
	}
	if s.d.DefaultSource != "" {
		return s.d.DefaultSource
	}
	return s.d.FallbackSource
}

// Apart says what to do about a column, by its name, if it says what a reading is of; "" if there is none of that
// name.
func (s *Survey) Apart(name string) string {
	if s.layout == nil {
		return ""
	}
	i := slices.IndexFunc(s.layout.columns, func(c column) bool { return c.name == name })
	if i < 0 {
		return ""
	}
	return s.layout.apart(i, s.d.Remedy)
}

// Values are the names of columns that hold values in the file and text alone in the part: they are to be named with
// the part, beside those of the options.
func (s *Survey) Values(part []byte) (names []string) {
	open := make([]bool, len(s.columns)) // nothing or text up to now
	left := 0
	for i, c := range s.columns {
		if open[i] = c.number && c.words && s.layout.columns[i].use == metric; open[i] {
			left++
		}
	}
	words := make([]bool, len(s.columns))
	r := newReader(part, s.layout.comma, nil, nil)
	_, more := r.next() // the header
	for bad := ""; more && left > 0; {
		if bad, more = r.next(); bad != "" || len(r.cells) != len(open) {
			continue
		}
		for i, cell := range r.cells {
			switch {
			case !open[i] || len(cell) == 0:
			case s.d.numbers().IsNumber(cell):
				open[i] = false
				left--
			default:
				words[i] = true
			}
		}
	}
	for i, c := range s.layout.columns {
		if open[i] && words[i] {
			names = append(names, c.name)
		}
	}
	return names
}
