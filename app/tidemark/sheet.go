package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/csvreadings"
	"tidemark/domain/telemetry/readings"
)

// csvColumns are the flags that say what columns of CSV files are.
type csvColumns struct {
	SourceColumn []string `name:"source-column" sep:"none" help:"Column of sources of a CSV file, where it is not called source. Of several, with commas between them or each with a flag of its own, the first begins a source's name and the others stay part of it: house,room=kitchen." placeholder:"COLUMN"`
	TimeColumn   []string `name:"time-column" sep:"none" help:"Column of times of a CSV file, or two: one of dates and one of times of day, as Date,Time." placeholder:"COLUMN"`
	LabelColumns []string `name:"label-columns" sep:"none" help:"Columns of a CSV file that are labels of the source, which has one value of each." placeholder:"COLUMNS"`
	ValueColumns []string `name:"value-columns" sep:"none" help:"Columns of a CSV file that hold values, whatever their names are: what is no number in them is not accepted. The others with a number in them are found." placeholder:"COLUMNS"`
	DecimalComma bool     `help:"Numbers of CSV files have a comma before their decimals, as in 21,5. One with a point in it, as 1.234,5, is not accepted then, because what the point means nobody knows."`
	SkipColumns  []string `name:"skip-columns" sep:"none" help:"Columns of a CSV file to leave out." placeholder:"COLUMNS"`
}

func (c *csvColumns) readings() readings.Columns {
	return readings.Columns{Source: c.SourceColumn, Time: c.TimeColumn, Labels: c.LabelColumns, Values: c.ValueColumns,
		Skip: c.SkipColumns}
}

// idle refuses flags about CSV files where none of the files is one.
func (c *importCommand) idle(looked map[string]*input) error {
	for _, in := range looked {
		if in.form == formCSV {
			return nil
		}
	}
	for _, f := range []struct {
		name  string
		given bool
	}{{"source", c.Source != ""}, {"source-column", c.SourceColumn != nil}, {"time-column", c.TimeColumn != nil},
		{"label-columns", c.LabelColumns != nil}, {"value-columns", c.ValueColumns != nil},
		{"skip-columns", c.SkipColumns != nil}, {"decimal-comma", c.DecimalComma}} {
		if f.given {
			return usageError{fmt.Errorf("--%s is about CSV files, and none of the files is one: leave it out, or "+
				"give --format csv", f.name)}
		}
	}
	return nil
}

// asFlag writes, in a refusal, what to do: give a flag for what is a parameter of a request.
func asFlag(parameter string, values ...string) string {
	flag := "--" + strings.ReplaceAll(parameter, "_", "-")
	if len(values) == 0 {
		return flag
	}
	if strings.Contains(strings.Join(values, ""), ",") { // a comma would part it
		for i, v := range values {
			values[i] = inShell(v)
		}
		return "give " + flag + " " + strings.Join(values, " "+flag+" ")
	}
	return "give " + flag + " " + inShell(strings.Join(values, ","))
}

// special is what a shell may not leave as it is.
var special = regexp.MustCompile(`[^\w.,/:@%+=-]`)

// inShell is a text as a word of a shell.
func inShell(text string) string {
	if text != "" && !special.MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// sheet is what the columns of a CSV file are: what the command line says, and what was found in the whole file
// before its first piece is sent, so that it does not depend on where the file is cut.
type sheet struct {
	source  string
	columns readings.Columns
	comma   bool                // before decimals
	unsaid  bool                // nobody said a source
	survey  *csvreadings.Survey // nil: nobody looked
	ahead   *piece              // of a pipe, of which only the first piece was looked at
}

// newSheet begins a file whose name without its ending is base.
func (c *importCommand) newSheet(base string) (*sheet, error) {
	precision, err := readings.ParsePrecision(c.Precision)
	if err != nil {
		return nil, err
	}
	zone, err := c.location()
	if err != nil {
		return nil, err
	}
	o := readings.Options{DefaultPrecision: precision, Location: zone, Columns: c.csvColumns.readings(),
		DecimalComma:  c.DecimalComma,
		DefaultSource: telemetry.Source(c.Source), FallbackSource: telemetry.Source(base),
		MaxReadings: math.MaxInt} // how many a request may have is the node's business
	return &sheet{columns: o.Columns, comma: c.DecimalComma, unsaid: c.Source == "",
		survey: csvreadings.NewSurvey(o, asFlag)}, nil
}

func (c *importCommand) location() (*time.Location, error) {
	zone, err := time.LoadLocation(c.TZ)
	if err != nil || c.TZ == "Local" {
		return nil, fmt.Errorf("--tz is %q, and there is no such zone: write an IANA name, as Europe/Berlin", c.TZ)
	}
	return zone, nil
}

// look takes a piece into the survey.
func (t *sheet) look(p piece) error {
	if err := t.survey.Look(p.body, p.before()); err != nil {
		return explained(err, p.body)
	}
	return nil
}

// wrong is what is wrong with what was looked at up to now.
func (t *sheet) wrong() error {
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
	return errors.New(forFlags(fault.Message(err)))
}

// forFlags is a refusal that names the precision as a parameter of requests, with the flag for it.
func forFlags(text string) string { return strings.ReplaceAll(text, "precision=", "--precision ") }

// mostNamed is the most bytes of names of columns that are sent with a piece without having been given: the request
// has to fit a header. What is more is left out of the piece where it holds text alone, and named.
const mostNamed = 12 << 10

// found is the source of the whole file, "" where columns say it, and what its columns are in a piece.
func (t *sheet) found(p piece) (source string, columns readings.Columns) {
	source, columns = t.source, t.columns
	if t.survey == nil {
		return source, columns
	}
	columns.Values = slices.Clone(columns.Values)
	size := 0
	for _, name := range t.survey.Values(p.body) {
		if size += len(url.QueryEscape(name)) + len("&value_columns="); size <= mostNamed {
			columns.Values = append(columns.Values, name)
		}
	}
	return string(t.survey.Source()), columns
}

// byName reports whether the file's name is the source of all of it.
func (t *sheet) byName() bool {
	return t.survey != nil && t.unsaid && t.survey.Source() != ""
}

// apart says what to do about a column if it says what a reading is of, "" where nobody looked.
func (t *sheet) apart(column string) string {
	if t == nil || t.survey == nil {
		return ""
	}
	return t.survey.Apart(column)
}

// ask names the columns in the request of a piece.
func (t *sheet) ask(q url.Values, p piece) {
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

// survey looks at all of a CSV file, or at the first piece of one that cannot be opened again.
func (in *input) survey(e *environment) error {
	if in.sheet == nil {
		return nil
	}
	bar := in.progress(e, "looking at "+in.name)
	defer bar.done()
	for {
		p, err := in.pieces.next()
		switch {
		case errors.Is(err, io.EOF):
			header := piece{body: in.pieces.header, header: bytes.Count(in.pieces.header, []byte("\n"))}
			// a file without records has a header all the same
			return errors.Join(in.sheet.look(header), in.sheet.wrong())
		case err != nil:
			return err
		}
		if err := in.sheet.look(p); err != nil {
			return err
		}
		if in.once {
			in.sheet.ahead = &p
			return in.sheet.wrong()
		}
		bar.look(in.taken.n)
	}
}

// next is the next piece. What comes through a pipe is looked at now.
func (in *input) next() (piece, error) {
	if t := in.sheet; t != nil && t.ahead != nil {
		p := *t.ahead
		t.ahead = nil
		return p, nil
	}
	p, err := in.pieces.next()
	if err == nil && in.once && in.sheet != nil {
		if err = errors.Join(in.sheet.look(p), in.sheet.wrong()); err != nil {
			err = fmt.Errorf("from line %d on nothing was sent: %w", p.first, err)
		}
	}
	return p, err
}

// settle is a piece as it is sent: local times that occur twice say which they are.
func (in *input) settle(p piece, sum *summary) piece {
	if in.sheet == nil || in.sheet.survey == nil {
		return p
	}
	body, first, total := in.sheet.survey.Settle(p.body, p.before())
	p.body = body
	for _, a := range first {
		sum.ambiguity(fmt.Sprintf("line %d", a.Line), a.Time)
	}
	sum.ambiguousTotal += total
	return p
}
