package httpapi

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry/readings"
)

// form is how errors of a request are written.
type form uint8

const (
	formProblem form = iota
	formInflux1
	formInflux2
)

func formOf(path string) form {
	switch path {
	case "/write":
		return formInflux1
	case "/api/v2/write":
		return formInflux2
	}
	return formProblem
}

// influx1Error is an error as InfluxDB 1 writes it.
type influx1Error struct {
	Text    string `json:"error" doc:"What is wrong and what to do."`
	problem *Problem
}

// influx2Error is an error as InfluxDB 2 writes it.
type influx2Error struct {
	Code    string `json:"code" example:"invalid" doc:"What went wrong, as a name."`
	Message string `json:"message" doc:"What is wrong and what to do."`
	problem *Problem
}

func (e *influx1Error) Error() string           { return e.Text }
func (e *influx1Error) GetStatus() int          { return e.problem.Status }
func (e *influx1Error) GetHeaders() http.Header { return e.problem.header }
func (*influx1Error) ContentType(string) string { return typeJSON }
func (e *influx2Error) Error() string           { return e.Message }
func (e *influx2Error) GetStatus() int          { return e.problem.Status }
func (e *influx2Error) GetHeaders() http.Header { return e.problem.header }
func (*influx2Error) ContentType(string) string { return typeJSON }

// influxCodes are InfluxDB 2's names.
var influxCodes = map[int]string{400: "invalid", 401: "unauthorized", 403: "forbidden", 404: "not found",
	405: "method not allowed",
	409: "conflict", 413: "request too large", 415: "invalid", 422: "unprocessable entity", 429: "too many requests",
	503: "unavailable"}

// inForm writes a problem in the form of the request.
func (c *call) inForm(p *Problem) huma.StatusError {
	p.Instance = c.id
	text := p.Detail
	if text == "" {
		text = p.Title
	}
	switch c.form {
	case formInflux1:
		p.header.Set("X-Influxdb-Error", text)
		return &influx1Error{Text: text, problem: p}
	case formInflux2:
		code, ok := influxCodes[p.Status]
		if !ok {
			code = "internal error"
		}
		return &influx2Error{Code: code, Message: text, problem: p}
	}
	return p
}

type influx1Input struct {
	DB          string `query:"db" doc:"Accepted and not looked at: the tenant is the token's."`
	RP          string `query:"rp" doc:"Accepted and not looked at."`
	Consistency string `query:"consistency" doc:"Accepted and not looked at: Tidemark-Require says what is needed."`
	Precision   string `query:"precision" enum:"ns,n,us,u,ms,s,m,h" doc:"The unit of times. Default: ns. Without it a time that would lie before 1971 is refused, because it looks like seconds, milliseconds or microseconds. A request of which all times are numbers that with the precision that is named would lie in the first weeks of 1970, and with a larger one in the years 2000 to 2099, is refused: what really is of 1970 is sent in seconds or, where the form has it, as RFC 3339."`
	User        string `query:"u" doc:"Accepted and not looked at."`
	Password    string `query:"p" doc:"The token, for clients that cannot send a header."`
	Org         string `query:"org" doc:"Accepted and not looked at."`
	OrgID       string `query:"orgID" doc:"Accepted and not looked at."`
	Bucket      string `query:"bucket" doc:"Accepted and not looked at."`
	Tags
	Wishes
}

type influx2Input struct {
	Org         string `query:"org" doc:"Accepted and not looked at: the tenant is the token's."`
	OrgID       string `query:"orgID" doc:"Accepted and not looked at."`
	Bucket      string `query:"bucket" doc:"Accepted and not looked at."`
	BucketID    string `query:"bucketID" doc:"Accepted and not looked at."`
	DB          string `query:"db" doc:"Accepted and not looked at."`
	RP          string `query:"rp" doc:"Accepted and not looked at."`
	Consistency string `query:"consistency" doc:"Accepted and not looked at: Tidemark-Require says what is needed."`
	Precision   string `query:"precision" enum:"ns,us,ms,s" doc:"The unit of times. Default: ns. Without it a time that would lie before 1971 is refused, because it looks like seconds, milliseconds or microseconds. A request of which all times are numbers that with the precision that is named would lie in the first weeks of 1970, and with a larger one in the years 2000 to 2099, is refused: what really is of 1970 is sent in seconds or, where the form has it, as RFC 3339."`
	Tags
	Wishes
}

func (a *API) registerInflux() {
	v1 := a.influxWrite("/write", "write-line-protocol-v1", "Write line protocol, as InfluxDB 1",
		reflect.TypeFor[influx1Error](), "InfluxError1")
	v1.Security = forInflux1
	handle(a, v1, anyForm, func(ctx context.Context, in *influx1Input) (*reply, error) {
		return a.writeLines(ctx, in.Precision, &in.Tags, &in.Wishes)
	})
	v2 := a.influxWrite("/api/v2/write", "write-line-protocol-v2", "Write line protocol, as InfluxDB 2",
		reflect.TypeFor[influx2Error](), "InfluxError2")
	handle(a, v2, anyForm, func(ctx context.Context, in *influx2Input) (*reply, error) {
		return a.writeLines(ctx, in.Precision, &in.Tags, &in.Wishes)
	})
	for _, path := range []string{v1.Path, v2.Path} {
		a.describeBody(http.MethodPost, path, &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"text/plain": {Schema: &huma.Schema{Type: huma.TypeString},
				Example: "weather,source=roof,site=north temp=21.5,hum=40 1700000000000000000\n"},
		}})
	}
	a.registerPing()
}

func (a *API) influxWrite(path, id, summary string, errorType reflect.Type, name string) huma.Operation {
	op := a.operation(http.MethodPost, path, id, "influx", summary, aboutLines)
	op.RejectUnknownQueryParameters = false // refuseUnknown, with 400: clients of InfluxDB send empty ones, too
	op.Middlewares = huma.Middlewares{a.refuseUnknown}
	op.Responses["204"] = &huma.Response{Description: "Every reading is stored", Headers: lineParams()}
	schema := a.huma.OpenAPI().Components.Schemas.Schema(errorType, true, name)
	a.failsAs(&op, typeJSON, schema, []int{400, 401, 403, 408, 413, 415, 422, 429, 500, 503})
	op.Responses["400"].Headers = lineParams() // of a partial write
	return op
}

// aboutLines describes both operations. docs/sources.md says the same at length.
const aboutLines = "204: every reading is stored. 400 with \"partial write\": the message names the first lines " +
	"that were " +
	"not acceptable and how many readings were dropped; the rest is stored. Of two values for one series and time " +
	"that of the " +
	"later line stands, and the header Tidemark-Overwritten says how many readings do not. Each field of a line is " +
	"a reading of " +
	"the metric measurement_field (measurement alone for a field named value). A field that is a string, or an " +
	"integer that a " +
	"float64 does not hold exactly, is no reading: it is skipped, and the header Tidemark-Skipped names it. What is " +
	"malformed, " +
	"NaN too, is 400. The body may be compressed with gzip or zstd.\n\n" +
	"Sources: the name of a line's source begins with the value of its tag source, or else of the first of " +
	"source_tags that " +
	"it has. Every other tag but label_tags stays part of the name, as ,tag=value, sorted by tag: " +
	"cpu,cpu=cpu0,host=e is of the " +
	"source e,cpu=cpu0 with source_tags=host, and of cpu=cpu0,host=e without. A comma, an equals sign and a " +
	"backslash inside get " +
	"a backslash before them; a name over 512 UTF-16 units is cut after 128 and ends with ,~ and a hash of the " +
	"whole; a line " +
	"without tags is of the source named like its measurement. All tags are labels of the source: label=host=e and " +
	"group_by=host " +
	"find it. Of more than 32 tags the one that named the source and the first by name are labels, and " +
	"Tidemark-Skipped names " +
	"the others."

// lineParams are the headers of answers to line protocol that stored something.
func lineParams() map[string]*huma.Param {
	m := stampParams()
	m[HeaderOverwritten] = headerParam("How many readings do not stand, because a later line gave another value for " +
		"the same series and time, and of the first ten " +
		"the lines, as 2;lines=\"1 by 3, 2 by 4\": the value of line 1 was overwritten by that of line 3. Absent " +
		"when there are none.")
	m[HeaderTags] = headerParam("With which source_tags and label_tags the sources were named, as in a query " +
		"string: source_tags=host&label_tags=rack. Absent when there are none.")
	m[HeaderSkipped] = headerParam("How many fields and tags were left out, and the first ten of them, as " +
		"3;text=\"system uptime_format\";integer=\"net bytes\": text is no " +
		"reading, nor is an integer that a float64 does not hold exactly; label is a tag too long for a label, or " +
		"one too many. Absent when there are none.")
	return m
}

// decodeLines is decode for line protocol.
func (a *API) decodeLines(ctx context.Context, c *call, o readings.Options) (*workspace, readings.Result, error) {
	body, err := c.receive(ctx, boundsOfReadings)
	if err != nil {
		return nil, readings.Result{}, err
	}
	defer body.close()
	s := a.takeSpace()
	s.lines.Options = o
	result, err := s.lines.Decode(body.bytes, &s.batch)
	return s, result, err
}

// writeLines is the write of both versions.
func (a *API) writeLines(ctx context.Context, precision string, tags *Tags, w *Wishes) (*reply, error) {
	c := callOf(ctx)
	o, err := w.options()
	if err != nil {
		return nil, err
	}
	p, err := readings.ParsePrecision(precision)
	if err != nil {
		return nil, err
	}
	wanted := readings.Options{DefaultPrecision: p, Now: a.deps.Clock(ctx).UnixNano(), Oldest: a.oldest(c.tenant),
		SourceTags: a.cfg.SourceTags, LabelTags: a.cfg.LabelTags}
	if err := tags.into(&wanted); err != nil {
		return nil, err
	}
	s, result, err := a.decodeLines(ctx, c, wanted)
	if s != nil {
		defer a.giveSpace(s)
	}
	if err != nil {
		return nil, err
	}
	if s.batch.Empty() && result.RejectedTotal > 0 {
		p := errDropped(result)
		a.saySkipped(c, p.header, &result)
		return nil, p
	}
	receipt, err := a.deps.Ingest.Write(ctx, c.tenant, &s.batch, o)
	if err != nil {
		return nil, perhaps(err, receipt)
	}
	c.overwritten = result.OverwrittenTotal
	header := http.Header{}
	if receipt.Stamp != 0 {
		header.Set("Tidemark-Stamp", receipt.Stamp.String())
	}
	sayOverwritten(header, &result)
	sayTags(header, &wanted)
	a.saySkipped(c, header, &result)
	if result.RejectedTotal > 0 {
		p := errDropped(result)
		maps.Copy(p.header, header)
		return nil, p
	}
	return &reply{status: http.StatusNoContent, header: header}, nil
}

// shownDropped is how many dropped readings the message names.
const shownDropped = 5

// errDropped is InfluxDB's answer to lines that were dropped.
func errDropped(r readings.Result) *Problem {
	text := ""
	for i, x := range r.Rejected {
		if i == shownDropped {
			text += fmt.Sprintf("; and %d more", r.RejectedTotal-i)
			break
		}
		if i > 0 {
			text += "; "
		}
		text += fmt.Sprintf("line %d: %s", x.Line, x.Reason)
	}
	if r.Accepted > 0 {
		text = fmt.Sprintf("partial write: %s (dropped=%d, stored=%d)", text, r.RejectedTotal, r.Accepted)
	} else {
		text = fmt.Sprintf("nothing was stored: %s (dropped=%d)", text, r.RejectedTotal)
	}
	return newProblem(http.StatusBadRequest, fault.Invalid.String(), kinds[fault.Invalid].title, text)
}

func (a *API) registerPing() {
	pong := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Influxdb-Build", "tidemark")
		w.Header().Set("X-Influxdb-Version", a.cfg.Version)
		w.WriteHeader(http.StatusNoContent)
	}
	for method, id := range map[string]string{http.MethodGet: "ping", http.MethodHead: "ping-head"} {
		a.page(huma.Operation{OperationID: id, Method: method, Path: "/ping", Tags: []string{"influx"},
			Summary:     "Is anybody there?",
			Description: "As InfluxDB answers it. It says nothing of storage: /health/ready does.",
			Responses: map[string]*huma.Response{"204": {Description: "Yes", Headers: map[string]*huma.Param{
				"X-Influxdb-Version": headerParam("The version of tidemark.")}}}}, pong)
	}
}
