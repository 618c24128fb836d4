package files

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"net/url"
	"slices"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/csvreadings"
	"tidemark/domain/telemetry/readings"
)

// Sheet is what the columns of a CSV file are: what the command line says, and what was found in the whole file
// before its first piece is sent, so that it does not depend on where the file is cut.
type Sheet struct {
	source  string
	columns readings.Columns
	comma   bool                // before decimals
	unsaid  bool                // nobody said a source
	survey  *csvreadings.Survey // nil: nobody looked
	ahead   *Piece              // of a pipe, of which only the first piece was looked at
}

// newSheet begins a file whose name without its ending is base.
func newSheet(o Options, base string) (*Sheet, error) {
	precision, err := readings.ParsePrecision(o.Precision)
	if err != nil {
		return nil, err
	}
	zone, err := o.zone()
	if err != nil {
		return nil, err
	}
	read := readings.Options{DefaultPrecision: precision, Location: zone, Columns: o.Columns.readings(),
		DecimalComma:  o.Columns.DecimalComma,
		DefaultSource: telemetry.Source(o.Source), FallbackSource: telemetry.Source(base),
		MaxReadings: math.MaxInt} // how many a request may have is the node's business
	return &Sheet{columns: read.Columns, comma: o.Columns.DecimalComma, unsaid: o.Source == "",
		survey: csvreadings.NewSurvey(read, AsFlag)}, nil
}

// look takes a piece into the survey.
func (t *Sheet) look(p Piece) error {
	if err := t.survey.Look(p.Body, p.before()); err != nil {
		return explained(err, p.Body)
	}
	return nil
}

// wrong is what is wrong with what was looked at up to now.
func (t *Sheet) wrong() error {
	if err := t.survey.Wrong(); err != nil {
		return errors.New(fault.Message(err))
	}
	return nil
}

// explained is the refusal of a header in words for people.
func explained(err error, text []byte) error {
	switch first := bytes.TrimSpace(text); {
	case len(first) > 0 && bytes.IndexByte([]byte("[{"), first[0]) >= 0:
		return fmt.Errorf("not CSV: %s (it looks like JSON: give --format json, or ndjson)", fault.Message(err))
	case len(first) > 0 && first[0] == '<':
		return fmt.Errorf("not CSV: %s (it looks like HTML or XML)", fault.Message(err))
	}
	return errors.New(ForFlags(fault.Message(err)))
}

// mostNamed is the most bytes of names of columns that are sent with a piece without having been given: the request
// has to fit a header. What is more is left out of the piece where it holds text alone, and named.
const mostNamed = 12 << 10

// found is the source of the whole file, "" where columns say it, and what its columns are in a piece.
func (t *Sheet) found(p Piece) (source string, columns readings.Columns) {
	source, columns = t.source, t.columns
	if t.survey == nil {
		return source, columns
	}
	columns.Values = slices.Clone(columns.Values)
	size := 0
	for _, name := range t.survey.Values(p.Body) {
		if size += len(url.QueryEscape(name)) + len("&value_columns="); size <= mostNamed {
			columns.Values = append(columns.Values, name)
		}
	}
	return string(t.survey.Source()), columns
}

// Describe says how a node reads a piece that it was asked for.
func (t *Sheet) Describe(o *readings.Options, p Piece) {
	source, columns := t.found(p)
	o.DefaultSource, o.Columns, o.DecimalComma = telemetry.Source(source), columns, t.comma
}

// ByName reports whether the file's name is the source of all of it.
func (t *Sheet) ByName() bool {
	return t.survey != nil && t.unsaid && t.survey.Source() != ""
}

// Apart says what to do about a column if it says what a reading is of, "" where nobody looked.
func (t *Sheet) Apart(column string) string {
	if t == nil || t.survey == nil {
		return ""
	}
	return t.survey.Apart(column)
}

// Ask names the columns in the request of a piece.
func (t *Sheet) Ask(q url.Values, p Piece) {
	source, columns := t.found(p)
	if source != "" {
		q.Set("source", source)
	}
	if t.comma {
		q.Set("decimal_comma", "true")
	}
	for name, columns := range map[string][]string{"source_column": columns.Source, "time_column": columns.Time,
		"label_columns": columns.Labels, "value_columns": columns.Values, "skip_columns": columns.Skip} {
		if len(columns) > 0 {
			q[name] = columns
		}
	}
}
