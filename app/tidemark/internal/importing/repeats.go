package importing

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"tidemark/adapters/httpapi/schema"
	"tidemark/app/tidemark/internal/console"
	"tidemark/app/tidemark/internal/files"
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

	files  []*files.File
	total  int
	first  []readings.Change
	units  units
	unread int // readings of pieces that the node took and this program cannot read
}

func newRepeats(most int) *repeats { return &repeats{history: readings.NewHistory(most)} }

// add takes a piece of which the node has stored something. It reports whether it reads the piece as the node does.
func (r *repeats) add(in *files.File, p files.Piece, w *schema.Written, o readings.Options, made *made) bool {
	result, err := r.decode(p, o)
	if err != nil {
		return false
	}
	since, ok := storedSince(r.batch.Times, w.Accepted)
	if !ok || !r.locate(in, p, w, &result, since) {
		return false
	}
	made.add(&r.batch, r.places)
	r.units.add(&r.batch, r.places)
	r.compare()
	return true
}

// compare compares the readings of the batch that have places with those before.
func (r *repeats) compare() {
	r.history.Add(&r.batch, r.places, func(c readings.Change) {
		if r.total++; r.total <= readings.MaxOverwritten {
			r.first = append(r.first, c)
		}
	})
}

func (r *repeats) decode(p files.Piece, o readings.Options) (readings.Result, error) {
	switch p.Form {
	case files.Line:
		r.lines.Options = o
		return r.lines.Decode(p.Body, &r.batch)
	case files.NDJSON:
		r.json.Options = o
		return r.json.DecodeLines(p.Body, &r.batch)
	case files.JSON:
		r.json.Options = o
		return r.json.Decode(p.Body, &r.batch)
	}
	r.csv.Options = o
	return r.csv.Decode(p.Body, &r.batch)
}

// storedSince is the earliest time of the readings that the node has stored of a piece, of which these are the times
// and which it accepted so many of. Beyond what everybody rejects a node rejects readings older than it keeps, and no
// other. Its count says how many these are: it lists the first alone. ok is false where no time parts the two.
func storedSince(times []int64, accepted int) (since int64, ok bool) {
	old := len(times) - accepted
	if old <= 0 || accepted <= 0 {
		return math.MinInt64, old == 0
	}
	sorted := slices.Sorted(slices.Values(times))
	return sorted[old], sorted[old-1] < sorted[old]
}

// locate makes the places of the batch's readings. What the node has not stored, because it is from before since,
// gets none. It reports whether what the node lists as rejected is from before.
func (r *repeats) locate(in *files.File, p files.Piece, w *schema.Written, result *readings.Result, since int64) bool {
	row := func(index, line int) int {
		if p.Form == files.Line { // whose answers name lines alone
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
	file := r.file(in)
	r.places = r.places[:0]
	for i, at := range r.batch.Times {
		from, place := result.Rows.Of(i), readings.Place{}
		if at >= since {
			place = readings.Place{File: file, Row: uint32(p.Row(from.Index, from.Line))}
			if rejected[row(from.Index, from.Line)] {
				return false
			}
		}
		r.places = append(r.places, place)
	}
	return true
}

// file is the number of the file that is read now.
func (r *repeats) file(in *files.File) uint32 {
	if n := len(r.files); n == 0 || r.files[n-1] != in {
		r.files = append(r.files, in)
	}
	return uint32(len(r.files) - 1)
}

// remark reports whether there is something to say: a reading does not stand, or may not.
func (r *repeats) remark() bool {
	n, _ := r.history.Unchecked()
	return r.total+r.unread+n+len(r.units.order) > 0
}

// say tells what was found of what was stored.
func (r *repeats) say(e *console.Environment) {
	if r.total > 0 {
		e.Say("warning: %s not stand, because a later row gives another value for the same series and time:",
			console.Counted(r.total, "stored reading")+do(r.total))
		r.sayFirst(e)
	}
	r.units.say(e)
	if n, first := r.history.Unchecked(); n > 0 {
		e.Say("warning: %s, the first in %s, could be compared with the other rows of the same request alone: "+
			"so many readings came before that they are not all remembered",
			console.Counted(n, "reading"), r.place(first))
	}
	if r.unread > 0 {
		e.Say("warning: %s could not be compared with others, because the node is of another version of tidemark and "+
			"reads them otherwise", console.Counted(r.unread, "reading"))
	}
}

// sayFirst names the first rows that later ones overwrite.
func (r *repeats) sayFirst(e *console.Environment) {
	for _, c := range r.first {
		e.Say("  source %s, metric %s, %s: %s, %s", c.Series.Source, c.Series.Metric,
			time.Unix(0, c.Time).UTC().Format(time.RFC3339Nano), r.said(c.Earlier), r.said(c.Later))
	}
	if more := r.total - len(r.first); more > 0 {
		e.Say("  and %s more", console.Thousands(more))
	}
	if slices.ContainsFunc(r.files, func(in *files.File) bool { return in.Form == files.CSV }) {
		e.Say("  if a column of a CSV file tells such rows apart, name it with --source-column")
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
	if in.Form == files.JSON {
		what = "reading"
	}
	return fmt.Sprintf("%s %d of %s", what, p.Row, in.Name)
}
