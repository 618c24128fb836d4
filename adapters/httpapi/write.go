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
	"tidemark/domain/ingest"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/csvreadings"
	"tidemark/domain/telemetry/jsonreadings"
	"tidemark/domain/telemetry/lineprotocol"
	"tidemark/domain/telemetry/readings"
)

// Acknowledgement says what a write reached.
type Acknowledgement struct {
	Durability string     `json:"durability" enum:"one,both" doc:"What was reached: the journal of one region, or of both."`
	Regions    []string   `json:"regions" nullable:"false" doc:"The regions whose journals hold it."`
	Stamp      string     `json:"stamp,omitempty" example:"0199a1b2c3d40000" doc:"Orders this write: send it back as Tidemark-After to be ordered later. Absent when there was nothing to store."`
	Blocks     []BlockRef `json:"blocks" nullable:"false" doc:"The journal's blocks it went into."`
}

// BlockRef names a block of the journal.
type BlockRef struct {
	Stream string `json:"stream" doc:"tenant/shard/day/writer"`
	Number uint64 `json:"number" minimum:"1" doc:"The place in the stream."`
}

// Written is the body of an accepted write.
type Written struct {
	Accepted      int         `json:"accepted" minimum:"0" doc:"How many readings were stored."`
	Rejected      []Rejection `json:"rejected" nullable:"false" doc:"The readings that were not acceptable: the first 1,000 of them. The others were stored."`
	RejectedTotal int         `json:"rejected_total" minimum:"0" doc:"How many readings were not acceptable."`
	Skipped       []Skipped   `json:"skipped,omitempty" doc:"Columns of a CSV file that hold no readings."`
	Acknowledgement
}

// Skipped is a column of a CSV file that was left out.
type Skipped struct {
	Column string `json:"column" doc:"Its name."`
	Cells  int    `json:"cells" doc:"How many of its cells were not empty."`
}

func acknowledged(r ingest.Receipt) Acknowledgement {
	a := Acknowledgement{Durability: r.Durability.String(), Regions: []string{}, Blocks: []BlockRef{}}
	for _, name := range r.Regions {
		a.Regions = append(a.Regions, string(name))
	}
	if r.Stamp != 0 {
		a.Stamp = r.Stamp.String()
	}
	for _, b := range r.Blocks {
		a.Blocks = append(a.Blocks, BlockRef{Stream: b.Stream.String(), Number: uint64(b.Number)})
	}
	return a
}

// Wishes are the headers of writes.
type Wishes struct {
	Require string `header:"Tidemark-Require" enum:"one,both" doc:"The durability needed. both: less is 503 with perhaps_stored. one: answered at the first journal. Default: waits up to a second for both, then says one."`
	After   string `header:"Tidemark-After" maxLength:"16" example:"0199a1b2c3d40000" doc:"The stamp of an earlier answer: this write is ordered after it, whichever node it meets."`
}

func (w *Wishes) options() (ingest.Options, error) {
	var o ingest.Options
	switch w.Require {
	case "one":
		o.Require = telemetry.DurableOne
	case "both":
		o.Require = telemetry.DurableBoth
	}
	if w.After != "" {
		s, err := telemetry.ParseStamp(w.After)
		if err != nil {
			return o, invalidParam("header.Tidemark-After", "it is no stamp: send back the Tidemark-Stamp of an answer")
		}
		o.After = s
	}
	return o, nil
}

// workspace is what decoding a request takes; requests take turns with it, and its decoders remember names.
type workspace struct {
	body  []byte
	batch telemetry.Batch
	lines lineprotocol.Decoder
	json  jsonreadings.Decoder
	csv   csvreadings.Decoder
}

// keptReadings bounds the memory that a batch in the pool keeps.
const keptReadings = 256 << 10

func (a *API) takeSpace() *workspace { return a.spaces.Get().(*workspace) }

func (a *API) giveSpace(s *workspace) {
	if cap(s.body) > keptBuffer {
		s.body = nil
	}
	if cap(s.batch.Times) > keptReadings {
		s.batch = telemetry.Batch{}
	}
	s.batch.Reset()
	s.body = s.body[:0]
	a.spaces.Put(s)
}

type writeInput struct {
	Precision string `query:"precision" enum:"ns,us,ms,s,m,h" doc:"The unit of times that are numbers. Default: ns."`
	TZ        string `query:"tz" maxLength:"64" example:"Europe/Berlin" doc:"The zone (IANA) of CSV times that do not say one. Default: UTC."`
	Source    string `query:"source" maxLength:"512" doc:"The source of a CSV file that has no column of sources."`
	Atomic    bool   `query:"atomic" doc:"All or nothing: one reading that is not acceptable refuses the request, with 422."`
	Wishes
}

const (
	typeNDJSON = "application/x-ndjson"
	typeText   = "text/csv"
)

func (a *API) registerWrites() {
	op := a.operation(http.MethodPost, "/v1/readings", "write-readings", "readings", "Write readings",
		"Readings are validated one by one. 200: the acceptable ones were stored, and `rejected` lists the others. 422: nothing was stored, because nothing was "+
			"acceptable, or because of `atomic`. 503 with `perhaps_stored`: send it again. A body may be compressed with gzip or zstd (Content-Encoding).")
	schemas := a.huma.OpenAPI().Components.Schemas
	text := func(example string) *huma.MediaType {
		return &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}, Example: example}
	}
	body := &huma.RequestBody{Required: true, Description: "JSON: the object described here, or an array of readings, or one reading. NDJSON: a reading a line. " +
		"CSV: a header, then the columns time, source, metric, value and unit, or one column for each metric.",
		Content: map[string]*huma.MediaType{
			typeJSON:   {Schema: schemas.Schema(reflect.TypeFor[WriteDocument](), true, "WriteDocument")},
			typeNDJSON: text(`{"source":"roof","metric":"temp","time":"2026-11-23T06:00:00Z","value":21.5,"unit":"C"}` + "\n"),
			typeText:   text("time,source,temp (C),hum (%)\n2026-11-23T06:00:00Z,roof,21.5,40\n"),
		}}
	answers[Written](a, &op, http.StatusOK, "The acceptable readings are stored", stampParams())
	a.fails(&op, 400, 408, 413, 415)
	handle(a, op, nil, a.write)
	a.describeBody(op.Method, op.Path, body)
}

func stampParams() map[string]*huma.Param {
	return map[string]*huma.Param{"Tidemark-Stamp": headerParam("The stamp of the answer: send it back as Tidemark-After.")}
}

func (a *API) write(ctx context.Context, in *writeInput) (*reply, error) {
	c := callOf(ctx)
	o, err := in.options()
	if err != nil {
		return nil, err
	}
	s := a.takeSpace()
	defer a.giveSpace(s)
	result, err := s.decode(c, in)
	if err != nil {
		return nil, err
	}
	if result.RejectedTotal > 0 && (in.Atomic || s.batch.Empty()) {
		return nil, errRejected(result, in.Atomic)
	}
	receipt, err := a.deps.Ingest.Write(ctx, c.tenant, &s.batch, o)
	if err != nil {
		return nil, perhaps(err, receipt)
	}
	w := Written{Accepted: result.Accepted, Rejected: rejections(result.Rejected), RejectedTotal: result.RejectedTotal,
		Acknowledgement: acknowledged(receipt)}
	for _, col := range result.Skipped {
		w.Skipped = append(w.Skipped, Skipped(col))
	}
	return stamped(w, receipt)
}

// stamped is the answer to a write.
func stamped(body any, r ingest.Receipt) (*reply, error) {
	out, err := jsonReply(body)
	if err == nil && r.Stamp != 0 {
		out.header = http.Header{"Tidemark-Stamp": {r.Stamp.String()}}
	}
	return out, err
}

// decode reads the body, by its type, into the batch.
func (s *workspace) decode(c *call, in *writeInput) (readings.Result, error) {
	kind, err := bodyType(c.r.Header)
	if err != nil {
		return readings.Result{}, err
	}
	o, err := in.decoding()
	if err != nil {
		return readings.Result{}, err
	}
	if s.body, err = c.readBody(s.body, boundsOfReadings); err != nil {
		return readings.Result{}, err
	}
	switch kind {
	case typeText:
		s.csv.Options = o
		return s.csv.Decode(s.body, &s.batch)
	case typeNDJSON:
		s.json.Options = o
		return s.json.DecodeLines(s.body, &s.batch)
	}
	s.json.Options = o
	return s.json.Decode(s.body, &s.batch)
}

func (in *writeInput) decoding() (readings.Options, error) {
	var o readings.Options
	var err error
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
		return nil, invalidParam("query.tz", fmt.Sprintf("there is no zone %.40q: write an IANA name, as in Europe/Berlin", name))
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
	return "", unsupported(fmt.Sprintf("Content-Type is %.60q: send application/json, application/x-ndjson or text/csv, in UTF-8; line protocol goes to /api/v2/write", given))
}

// errRejected is the answer to a write of which nothing was stored.
func errRejected(r readings.Result, atomic bool) error {
	detail := "no reading is acceptable: nothing was stored"
	if atomic {
		detail = fmt.Sprintf("%d readings are not acceptable and atomic=true asks for all or nothing: nothing was stored", r.RejectedTotal)
	}
	p := newProblem(http.StatusUnprocessableEntity, "rejected", "Readings are not acceptable", detail)
	p.Rejected, p.RejectedTotal = rejections(r.Rejected), r.RejectedTotal
	return p
}

// perhaps adds to an error of unknown outcome what is known of it.
func perhaps(err error, r ingest.Receipt) error {
	p := problemOf(err)
	if p.PerhapsStored && len(r.Blocks) > 0 {
		for _, name := range r.Regions {
			p.Regions = append(p.Regions, string(name))
		}
	}
	return p
}

// WriteDocument describes the JSON form of a write; package jsonreadings reads it.
type WriteDocument struct {
	Readings []ReadingItem `json:"readings,omitempty" nullable:"false" doc:"Readings one by one."`
	Series   []SeriesItem  `json:"series,omitempty" nullable:"false" doc:"Readings by series, as columns."`
	Sources  []SourceItem  `json:"sources,omitempty" nullable:"false" doc:"Labels of sources, added to those they have."`
}

// ReadingItem is one reading.
type ReadingItem struct {
	Source string  `json:"source" minLength:"1" maxLength:"512" example:"roof" doc:"What measures."`
	Metric string  `json:"metric" minLength:"1" maxLength:"512" example:"temp" doc:"What is measured."`
	Time   moment  `json:"time"`
	Value  measure `json:"value"`
	Unit   string  `json:"unit,omitempty" maxLength:"64" example:"C" doc:"The unit of the series."`
}

// SeriesItem is readings of one series.
type SeriesItem struct {
	Source string    `json:"source" minLength:"1" maxLength:"512" doc:"What measures."`
	Metric string    `json:"metric" minLength:"1" maxLength:"512" doc:"What is measured."`
	Unit   string    `json:"unit,omitempty" maxLength:"64" doc:"The unit of the series."`
	Times  []moment  `json:"times" nullable:"false" doc:"One for each reading."`
	Values []measure `json:"values" nullable:"false" doc:"One for each reading."`
}

// moment and measure describe what a time and a value may be.
type (
	moment  struct{}
	measure struct{}
)

// Schema describes a time.
func (moment) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Description: "RFC 3339, or a Unix number in units of precision.", Examples: []any{"2026-11-23T06:00:00Z"},
		OneOf: []*huma.Schema{{Type: huma.TypeString, Format: "date-time"}, {Type: huma.TypeNumber}}}
}

// Schema describes a value.
func (measure) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Description: "A finite number; an integer that a float64 does not hold exactly is refused. true and false are 1 and 0.",
		Examples: []any{21.5}, OneOf: []*huma.Schema{{Type: huma.TypeNumber}, {Type: huma.TypeBoolean}}}
}

// SourceItem is what a request says of a source.
type SourceItem struct {
	Source string            `json:"source" minLength:"1" maxLength:"512" doc:"What measures."`
	Labels map[string]string `json:"labels" doc:"At most 32 labels."`
}
