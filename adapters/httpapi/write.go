package httpapi

import (
	"context"
	"fmt"
	"mime"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/csvreadings"
	"tidemark/domain/telemetry/jsonreadings"
	"tidemark/domain/telemetry/lineprotocol"
	"tidemark/domain/telemetry/readings"
)

// workspace is what decoding a request takes; requests take turns with it, and its decoders remember names.
type workspace struct {
	batch telemetry.Batch
	lines lineprotocol.Decoder
	json  jsonreadings.Decoder
	csv   csvreadings.Decoder
}

// keptReadings bounds the memory that a batch in the pool keeps.
const keptReadings = 256 << 10

func (a *API) takeSpace() *workspace { return a.spaces.Get().(*workspace) }

func (a *API) giveSpace(s *workspace) {
	if cap(s.batch.Times) > keptReadings {
		s.batch = telemetry.Batch{}
	}
	s.batch.Reset()
	a.spaces.Put(s)
}

type writeInput struct {
	Precision string `query:"precision" enum:"ns,us,ms,s,m,h" doc:"The unit of times that are numbers. Default: ns. Without it a number that would lie before 1971 is rejected, because it looks like seconds, milliseconds or microseconds. A request of which all times are numbers that with the precision that is named would lie in the first weeks of 1970, and with a larger one in the years 2000 to 2099, is refused: what really is of 1970 is sent in seconds or, where the form has it, as RFC 3339."`
	TZ        string `query:"tz" maxLength:"64" example:"Europe/Berlin" doc:"The zone (IANA) of CSV times that do not say one. Default: UTC. Of a local time that occurs twice, because clocks went back, the order of the file's records tells which it is; where it does not, the first is taken and ambiguous names the record. One that never occurs, because clocks went forward over it, is rejected."`
	Source    string `query:"source" maxLength:"512" doc:"The source of a CSV file that has no column of sources. Where it has one, which is not in skip_columns, the two are refused."`
	Columns
	Atomic bool `query:"atomic" doc:"All or nothing: one reading that is not acceptable, one row that gives another value for a series and time than an earlier row, or one local time that may be two, refuses the request, with 422. Columns of a CSV file that hold text alone are no readings: they are skipped all the same."`
	Wishes
}

// Columns is the parameters that say what columns of a CSV file are. (It is exported because huma reads exported
// fields only.)
type Columns struct {
	SourceColumn []string `query:"source_column,explode" maxItems:"32" example:"[\"sensor\"]" doc:"The column of sources of a CSV file, where it is not called source. Of several, which may be parted by commas, the first begins a source's name and the others stay part of it, as in house,room=kitchen; they are its labels too."`
	TimeColumn   []string `query:"time_column,explode" maxItems:"2" example:"[\"last_changed\"]" doc:"The column of times of a CSV file, or two: one of dates and one of times of day. Default: the first there is of timestamp, datetime, date_time, date time, time and date."`
	LabelColumns []string `query:"label_columns,explode" maxItems:"32" example:"[\"room\",\"floor\"]" doc:"Columns of a CSV file that are labels of the source, which has one value of each. They may be parted by commas."`
	ValueColumns []string `query:"value_columns,explode" maxItems:"1000" doc:"Columns of a CSV file that hold values, whatever their names are, and even if no cell is a number: what is none is rejected, not skipped."`
	DecimalComma bool     `query:"decimal_comma" doc:"Numbers of a CSV file have a comma before their decimals, as in 21,5: then one with a point in it (1.234,5) is rejected, because nobody knows what the point means. Times that are numbers have the comma, too. Default: a decimal point."`
	SkipColumns  []string `query:"skip_columns,explode" maxItems:"1000" doc:"Columns of a CSV file to leave out."`
}

// readings is the columns as the decoder takes them.
func (c *Columns) readings() readings.Columns {
	return readings.Columns{Source: c.SourceColumn, Time: c.TimeColumn, Labels: c.LabelColumns, Values: c.ValueColumns,
		Skip: c.SkipColumns}
}

// onlyCSV refuses what is said of a CSV file with a body that is none.
func (in *writeInput) onlyCSV(kind string) error {
	if kind == typeText {
		return nil
	}
	var wrong []Violation
	for _, p := range []struct {
		name  string
		given bool
	}{{"source_column", in.SourceColumn != nil}, {"time_column", in.TimeColumn != nil},
		{"label_columns", in.LabelColumns != nil}, {"value_columns", in.ValueColumns != nil},
		{"skip_columns", in.SkipColumns != nil}, {"decimal_comma", in.DecimalComma}, {"source", in.Source != ""}} {
		if p.given {
			wrong = append(wrong, Violation{"query." + p.name, "it is for CSV, and the body is " + kind +
				": leave it out, or send Content-Type: " + typeText})
		}
	}
	if wrong != nil {
		return invalidParams(wrong...)
	}
	return nil
}

const (
	typeNDJSON = "application/x-ndjson"
	typeText   = "text/csv"
)

func (a *API) registerWrites() {
	op := a.operation(http.MethodPost, "/v1/readings", "write-readings", "readings", "Write readings",
		"Readings are validated one by one. 200: the acceptable ones were stored, and `rejected` lists the others; "+
			"of two values for one series and time that of "+
			"the later row stands, and `overwritten` lists the other. 422: nothing was stored, because nothing was "+
			"acceptable or a file holds no reading, or because of `atomic`. 503 with `perhaps_stored`: send it "+
			"again. A body may be compressed with gzip or zstd (Content-Encoding).")
	schemas := a.huma.OpenAPI().Components.Schemas
	text := func(example string) *huma.MediaType {
		return &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}, Example: example}
	}
	body := &huma.RequestBody{
		Required: true, Description: "JSON: the object described here, or an array of readings, or one reading. " +
			"NDJSON: a reading a line. " +
			"CSV: a header, then the columns time, source, metric, value and unit, or one column for each metric. " +
			"Decimals have a point, or with `decimal_comma` a comma. A column without a number " +
			"is text: it is left out and named in `skipped`, but a cell of it that was meant to be a number (1,5 or " +
			"1 234 or 21.5 C) is rejected by name. A " +
			"column that by its name says what a reading is of (sensor, device_id, id, name, trip_id) is no metric " +
			"either: say what it is with `source_column`, `label_columns` " +
			"or `value_columns`. Where readings of one series and time differ in a column that is left out, all but " +
			"one would be lost: the file is refused, and the answer " +
			"says what to send.",
		Content: map[string]*huma.MediaType{
			typeJSON: {Schema: schemas.Schema(reflect.TypeFor[WriteDocument](), true, "WriteDocument")},
			typeNDJSON: text(`{"source":"roof","metric":"temp","time":"2026-11-23T06:00:00Z","value":21.5,"unit":"C"}` +
				"\n"),
			typeText: text("time,source,temp (C),hum (%)\n2026-11-23T06:00:00Z,roof,21.5,40\n"),
		}}
	answers[Written](a, &op, http.StatusOK, "The acceptable readings are stored", stampParams())
	a.fails(&op, 400, 408, 413, 415)
	handle(a, op, nil, a.write)
	a.describeBody(op.Method, op.Path, body)
}

func (a *API) write(ctx context.Context, in *writeInput) (*reply, error) {
	c := callOf(ctx)
	o, err := in.options()
	if err != nil {
		return nil, err
	}
	s, result, err := a.decode(ctx, c, in)
	if s != nil {
		defer a.giveSpace(s)
	}
	if err != nil {
		return nil, err
	}
	if in.Atomic && result.RejectedTotal+result.OverwrittenTotal+result.AmbiguousTotal > 0 || s.batch.Empty() &&
		result.RejectedTotal+len(result.Skipped) > 0 {
		return nil, errRejected(result, in.Atomic)
	}
	receipt, err := a.deps.Ingest.Write(ctx, c.tenant, &s.batch, o)
	if err != nil {
		return nil, perhaps(err, receipt)
	}
	c.overwritten = result.OverwrittenTotal
	w := Written{Accepted: result.Accepted, Rejected: rejections(result.Rejected), RejectedTotal: result.RejectedTotal,
		Skipped: skipped(result.Skipped), Overwritten: overwritten(result.Overwritten),
		OverwrittenTotal: result.OverwrittenTotal,
		Ambiguities:      ambiguities(result), Acknowledgement: acknowledged(receipt)}
	return stamped(w, receipt)
}

// oldest is the earliest time that is kept of a tenant's readings, 0 for no bound.
func (a *API) oldest(t telemetry.Tenant) int64 {
	if a.deps.Oldest == nil {
		return 0
	}
	return a.deps.Oldest(t)
}

// decode reads the body, by its type, into the batch of a workspace, which is the caller's to give back. The body's
// memory is given back at once: how long readings wait for their block is not its business.
func (a *API) decode(ctx context.Context, c *call, in *writeInput) (*workspace, readings.Result, error) {
	kind, err := bodyType(c.r.Header)
	if err != nil {
		return nil, readings.Result{}, err
	}
	o, err := in.decoding(kind)
	if err != nil {
		return nil, readings.Result{}, err
	}
	o.Oldest = a.oldest(c.tenant)
	body, err := c.receive(ctx, boundsOfReadings)
	if err != nil {
		return nil, readings.Result{}, err
	}
	defer body.close()
	s := a.takeSpace()
	result, err := s.decode(kind, o, body.bytes)
	return s, result, err
}

func (s *workspace) decode(kind string, o readings.Options, body []byte) (readings.Result, error) {
	switch kind {
	case typeText:
		s.csv.Options = o
		return s.csv.Decode(body, &s.batch)
	case typeNDJSON:
		s.json.Options = o
		return s.json.DecodeLines(body, &s.batch)
	}
	s.json.Options = o
	return s.json.Decode(body, &s.batch)
}

func (in *writeInput) decoding(kind string) (readings.Options, error) {
	o := readings.Options{Columns: in.Columns.readings(), DecimalComma: in.DecimalComma}
	err := in.onlyCSV(kind)
	if err != nil {
		return o, err
	}
	if o.DefaultPrecision, err = readings.ParsePrecision(in.Precision); err != nil {
		return o, invalidParam("query.precision", fault.Message(err))
	}
	if o.Location, err = zone(in.TZ); err != nil {
		return o, err
	}
	if in.Source != "" {
		o.DefaultSource = telemetry.Source(in.Source)
		err = checkName("query.source", "source", in.Source)
	}
	return o, err
}

// zone finds a time zone by its IANA name; "" is UTC.
func zone(name string) (*time.Location, error) {
	if name == "" {
		return time.UTC, nil
	}
	loc, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return nil, invalidParam("query.tz", fmt.Sprintf(
			"there is no zone %.40q: write an IANA name, as in Europe/Berlin", name))
	}
	return loc, nil
}

// bodyType is the media type of a body of readings.
func bodyType(h http.Header) (string, error) {
	given := h.Get("Content-Type")
	kind, params, err := mime.ParseMediaType(given)
	if cs := strings.ToLower(params["charset"]); err == nil && (cs == "" || cs == "utf-8" || cs == "us-ascii") {
		switch kind {
		case typeJSON, "text/json":
			return typeJSON, nil
		case typeNDJSON, "application/ndjson", "application/jsonl", "application/x-jsonlines":
			return typeNDJSON, nil
		case typeText, "application/csv":
			return typeText, nil
		}
	}
	return "", unsupported(fmt.Sprintf("Content-Type is %.60q: send application/json, application/x-ndjson or "+
		"text/csv, in UTF-8; line protocol goes to /api/v2/write", given))
}

// errRejected is the answer to a write of which nothing was stored.
func errRejected(r readings.Result, atomic bool) error {
	detail := "no reading is acceptable: nothing was stored"
	switch {
	case atomic && r.RejectedTotal+r.OverwrittenTotal+r.AmbiguousTotal > 0:
		detail = notAll(r)
	case r.RejectedTotal == 0:
		detail = "the file holds no reading: nothing was stored; its columns that are not empty hold text, or have " +
			"no name or no meaning"
	}
	p := newProblem(http.StatusUnprocessableEntity, "rejected", "Readings are not acceptable", detail)
	p.Rejected, p.RejectedTotal, p.Skipped = rejections(r.Rejected), r.RejectedTotal, skipped(r.Skipped)
	p.Overwritten, p.OverwrittenTotal = overwritten(r.Overwritten), r.OverwrittenTotal
	p.Ambiguities = ambiguities(r)
	return p
}

// notAll says why nothing was stored of a request that asked for all.
func notAll(r readings.Result) string {
	var why []string
	if n := r.RejectedTotal; n > 0 {
		why = append(why, counted(n, "reading", "is", "are")+" not acceptable")
	}
	if n := r.OverwrittenTotal; n > 0 {
		o := r.Overwritten[0]
		where := fmt.Sprintf("reading %d after reading %d", o.Later.Index, o.Earlier.Index)
		if o.Later.Line > 0 {
			where = fmt.Sprintf("line %d after line %d", o.Later.Line, o.Earlier.Line)
		}
		why = append(why, fmt.Sprintf("%s another value for a series and time than an earlier row (first %s): "+
			"leave one value for each", counted(n, "row", "gives", "give"), where))
	}
	if n := r.AmbiguousTotal; n > 0 {
		why = append(why, fmt.Sprintf("local times that occur twice, of which the order of the records does not "+
			"tell which they are: "+
			"%d (first line %d): write their offset from UTC behind them", n, r.Ambiguous[0].Line))
	}
	return "atomic=true asks for all or nothing, and nothing was stored: " + strings.Join(why, "; ")
}

// counted is how many there are with the verb that follows: "1 row gives" or "2 rows give".
func counted(n int, what, one, more string) string {
	if n == 1 {
		return fault.Counted(n, what) + " " + one
	}
	return fault.Counted(n, what) + " " + more
}
