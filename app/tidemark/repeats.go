package main

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"tidemark/adapters/httpapi"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/csvreadings"
	"tidemark/domain/telemetry/jsonreadings"
	"tidemark/domain/telemetry/lineprotocol"
	"tidemark/domain/telemetry/readings"
)

// repeats finds the rows of an import that give another value for a series and time than an earlier row, in whatever
// piece and file the two are: a node sees only one request at a time. It reads every stored piece as the node does.
type repeats struct {
	history *readings.History
	batch   telemetry.Batch
	places  []readings.Place
	json    jsonreadings.Decoder
	csv     csvreadings.Decoder
	lines   lineprotocol.Decoder

	files  []*input
	total  int
	first  []readings.Change
	unread int // readings of pieces that the node took and this program cannot read
}

func newRepeats(most int) *repeats { return &repeats{history: readings.NewHistory(most)} }

// compare looks whether a piece that was stored overwrites something of the import.
func (u *uploader) compare(in *input, p piece, w *httpapi.Written) {
	if u.repeats == nil || w.Accepted == 0 {
		return
	}
	o, err := u.decoding(in, p)
	if err == nil {
		err = u.repeats.add(in, p, w, o)
	}
	if err != nil {
		u.repeats.unread += w.Accepted
	}
}

// decoding says how the node reads a piece that it was sent by request.
func (u *uploader) decoding(in *input, p piece) (o readings.Options, err error) {
	if o.DefaultPrecision, err = readings.ParsePrecision(u.precision); err != nil {
		return o, err
	}
	o.Now = time.Now().UnixNano()
	o.SourceTags, o.LabelTags = u.lines.sourceTags, u.lines.labelTags
	if in.sheet != nil {
		source, columns := in.sheet.found(p)
		o.DefaultSource, o.Columns = telemetry.Source(source), columns
	}
	o.Location, err = time.LoadLocation(u.zone)
	return o, err
}

// add takes a piece of which the node has stored something.
func (r *repeats) add(in *input, p piece, w *httpapi.Written, o readings.Options) error {
	if n := len(r.files); n == 0 || r.files[n-1] != in {
		r.files = append(r.files, in)
	}
	result, err := r.decode(p, o)
	if err != nil {
		return err
	}
	r.locate(p, w, &result)
	r.history.Add(&r.batch, r.places, func(c readings.Change) {
		if r.total++; r.total <= readings.MaxOverwritten {
			r.first = append(r.first, c)
		}
	})
	return nil
}

func (r *repeats) decode(p piece, o readings.Options) (readings.Result, error) {
	switch p.form {
	case formLine:
		r.lines.Options = o
		return r.lines.Decode(p.body, &r.batch)
	case formNDJSON:
		r.json.Options = o
		return r.json.DecodeLines(p.body, &r.batch)
	case formJSON:
		r.json.Options = o
		return r.json.Decode(p.body, &r.batch)
	}
	r.csv.Options = o
	return r.csv.Decode(p.body, &r.batch)
}

// locate makes the places of the batch's readings. What the node alone rejected, because it does not keep readings
// that old, gets none.
func (r *repeats) locate(p piece, w *httpapi.Written, result *readings.Result) {
	row := func(index, line int) int {
		if p.form == formLine { // whose answers name lines alone
			return line
		}
		return index
	}
	rejected := make(map[int]bool)
	for _, x := range w.Rejected {
		rejected[row(x.Index, x.Line)] = true
	}
	for _, x := range result.Rejected {
		delete(rejected, row(x.Index, x.Line))
	}
	file := uint32(len(r.files) - 1)
	r.places = r.places[:0]
	for i := range r.batch.Len() {
		var place readings.Place
		if at := result.Rows.Of(i); !rejected[row(at.Index, at.Line)] {
			place = readings.Place{File: file, Row: uint32(p.row(at.Index, at.Line))}
		}
		r.places = append(r.places, place)
	}
}

// say tells what was found.
func (r *repeats) say(e *environment) {
	if r.total > 0 {
		e.say("%s not stand, because a later row gives another value for the same series and time:",
			counted(r.total, "stored reading")+do(r.total))
		for _, c := range r.first {
			e.say("  source %s, metric %s, %s: %s, %s", c.Series.Source, c.Series.Metric,
				time.Unix(0, c.Time).UTC().Format(time.RFC3339Nano), r.said(c.Earlier), r.said(c.Later))
		}
		if more := r.total - len(r.first); more > 0 {
			e.say("  and %s more", thousands(more))
		}
		if slices.ContainsFunc(r.files, func(in *input) bool { return in.form == formCSV }) {
			e.say("  if a column of a CSV file tells such rows apart, name it with --source-column")
		}
	}
	if n, first := r.history.Unchecked(); n > 0 {
		e.say("%s, the first in %s, could be compared with the other rows of the same request alone: "+
			"so many readings came before that they are not all remembered", counted(n, "reading"), r.place(first))
	}
	if r.unread > 0 {
		e.say("%s could not be compared with others, because the node is of another version of tidemark and reads them "+
			"otherwise", counted(r.unread, "reading"))
	}
}

func do(n int) string {
	if n == 1 {
		return " does"
	}
	return " do"
}

// said is a value and the row that gave it.
func (r *repeats) said(s readings.Said) string {
	return strconv.FormatFloat(s.Value, 'g', -1, 64) + " in " + r.place(s.Place)
}

func (r *repeats) place(p readings.Place) string {
	in := r.files[p.File]
	what := "line"
	if in.form == formJSON {
		what = "reading"
	}
	return fmt.Sprintf("%s %d of %s", what, p.Row, in.name)
}
