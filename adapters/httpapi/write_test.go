package httpapi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"tidemark/adapters/goruntime"
	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/schema"
	"tidemark/domain/fault"
	"tidemark/domain/ingest"
	"tidemark/domain/query"
	"tidemark/domain/telemetry"
)

// body decodes an answer strictly.
func decoded[T any](t testing.TB, w *httptest.ResponseRecorder) (v T) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(w.Body.Bytes()))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	return v
}

func status(t testing.TB, w *httptest.ResponseRecorder, want int) {
	t.Helper()
	if w.Code != want {
		t.Fatalf("status %d, want %d: %s", w.Code, want, w.Body)
	}
}

// problem decodes a problem and checks what holds for all of them.
func problem(t testing.TB, w *httptest.ResponseRecorder, wantStatus int, wantKind string) schema.Problem {
	t.Helper()
	status(t, w, wantStatus)
	if ct := w.Header().Get("Content-Type"); ct != "application/problem+json" {
		t.Errorf("content type %q: %s", ct, w.Body)
	}
	p := decoded[schema.Problem](t, w)
	if p.Type != "tag:tidemark,2026:"+wantKind || p.Status != wantStatus || p.Title == "" || p.Instance == "" ||
		p.Instance != w.Header().Get("X-Request-Id") {
		t.Errorf("problem %+v, want %s", p, wantKind)
	}
	return p
}

const twoReadings = `{"readings":[{"source":"roof","metric":"temp","time":"2026-11-23T06:00:00Z","value":21.5,` +
	`"unit":"C"},{"source":"roof","metric":"hum","time":"2026-11-23T06:00:00Z","value":40}]}`

func TestWritesAreStored(t *testing.T) {
	for name, c := range map[string]struct{ contentType, query, body string }{
		"JSON":          {"application/json", "", twoReadings},
		"JSON, charset": {"application/json; charset=utf-8", "", twoReadings},
		"JSON, seconds": {"application/json", "?precision=s",
			strings.ReplaceAll(twoReadings, `"2026-11-23T06:00:00Z"`, "1795413600")},
		"NDJSON": {"application/x-ndjson", "",
			`{"source":"roof","metric":"temp","time":"2026-11-23T06:00:00Z","value":21.5,"unit":"C"}` + "\n" +
				`{"source":"roof","metric":"hum","time":"2026-11-23T06:00:00Z","value":40}`},
		"CSV": {"text/csv", "", "time,source,temp (C),hum\n2026-11-23T06:00:00Z,roof,21.5,40\n"},
		"CSV with a zone": {"text/csv", "?tz=Europe/Berlin&source=roof",
			"time,temp (C),hum\n2026-11-23 07:00:00,21.5,40\n"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, httpapi.Config{})
			w := r.do("POST", "/v1/readings"+c.query, []byte(c.body), "Content-Type", c.contentType)
			status(t, w, 200)
			want := schema.Written{Accepted: 2, Rejected: []schema.Rejection{},
				Acknowledgement: schema.Acknowledgement{Durability: "one",
					Regions: []string{"east"}, Stamp: stamp.String(),
					Blocks: []schema.BlockRef{{Stream: "acme/0/2026-11-23/01JD", Number: 7}}}}
			if diff := cmp.Diff(want, decoded[schema.Written](t, w)); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			if got := w.Header().Get("Tidemark-Stamp"); got != stamp.String() {
				t.Errorf("stamp %q", got)
			}
			b := r.ingest.writes[0]
			at := time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC).UnixNano()
			if b.Len() != 2 || b.Times[0] != at || b.Times[1] != at || b.Values[0] != 21.5 || b.Values[1] != 40 ||
				b.Units[0] != "C" ||
				b.Series[0] != (telemetry.Series{Source: "roof", Metric: "temp"}) || r.ingest.tenants[0] != "acme" {
				t.Errorf("stored %+v for %v", b, r.ingest.tenants)
			}
		})
	}
}

func TestSomeReadingsAreRejected(t *testing.T) {
	in := `{"readings":[{"source":"roof","metric":"temp","time":0,"value":1},{"source":"roof","metric":"temp",` +
		`"time":2,"value":null}]}`
	r := newRig(t, httpapi.Config{})
	w := r.do("POST", "/v1/readings", []byte(in), "Content-Type", "application/json")
	status(t, w, 200)
	got := decoded[schema.Written](t, w)
	if got.Accepted != 1 || got.RejectedTotal != 1 || len(got.Rejected) != 1 || got.Rejected[0].Index != 1 ||
		r.ingest.readings() != 1 {
		t.Errorf("answer %+v, stored %d", got, r.ingest.readings())
	}
	w = r.do("POST", "/v1/readings?atomic=true", []byte(in), "Content-Type", "application/json")
	p := problem(t, w, 422, "rejected")
	if len(p.Rejected) != 1 || p.RejectedTotal != 1 || len(r.ingest.writes) != 1 {
		t.Errorf("problem %+v, %d writes", p, len(r.ingest.writes))
	}
}

func TestSkippedColumnsAreNamed(t *testing.T) {
	r := newRig(t, httpapi.Config{})
	w := r.do("POST", "/v1/readings", []byte("time,source,temp,note\n0,roof,2,dry\n"), "Content-Type", "text/csv")
	status(t, w, 200)
	if got := decoded[schema.Written](t, w); len(got.Skipped) != 1 ||
		got.Skipped[0] != (schema.Skipped{Column: "note", Cells: 1, Why: "text"}) {
		t.Errorf("skipped %+v", got.Skipped)
	}
}

// A file of which nothing is stored is 422 whatever the reason, and atomic allows columns of text only.
func TestFilesThatHoldNoReading(t *testing.T) {
	r := newRig(t, httpapi.Config{})
	send := func(query, in string) *httptest.ResponseRecorder {
		return r.do("POST", "/v1/readings"+query, []byte(in), "Content-Type", "text/csv")
	}
	const text = "time,source,temp,note\n2026-01-01,roof,,dry\n2026-01-02,roof,,wet\n"
	for _, query := range []string{"", "?atomic=true"} {
		p := problem(t, send(query, text), 422, "rejected")
		if len(p.Skipped) != 1 || p.Skipped[0] != (schema.Skipped{Column: "note", Cells: 2, Why: "text"}) ||
			p.RejectedTotal != 0 || !strings.Contains(p.Detail, "nothing was stored") {
			t.Errorf("%q: %+v", query, p)
		}
	}
	const comma = "time,source,temp,hum,note\n2026-01-01,roof,\"1,5\",3,dry\n2026-01-02,roof,\"1,6\",4,wet\n"
	p := problem(t, send("?atomic=true", comma), 422, "rejected")
	if p.RejectedTotal != 2 || !strings.Contains(p.Rejected[0].Reason, "write 1.5") || len(p.Skipped) != 1 ||
		len(r.ingest.writes) != 0 {
		t.Errorf("%+v, %d writes", p, len(r.ingest.writes))
	}
	problem(t, send("", "time;source;temp\n2026-01-01;roof;1,5\n"), 422, "rejected")
	if got := decoded[schema.Written](t, send("", comma)); got.Accepted != 2 || got.RejectedTotal != 2 {
		t.Errorf("%+v", got)
	}
	status(t, send("?atomic=true", "time,source,temp,note\n2026-01-01,roof,1.5,dry\n"), 200)
	status(t, send("", "time,source,temp\n"), 200) // nothing to store, and nothing left out
}

func TestWishesReachIngest(t *testing.T) {
	r := newRig(t, httpapi.Config{})
	send := func(headers ...string) *httptest.ResponseRecorder {
		return r.do("POST", "/v1/readings", []byte(twoReadings), append(headers, "Content-Type", "application/json")...)
	}
	status(t, send(), 200)
	status(t, send("Tidemark-Require", "one", "Tidemark-After", stamp.String()), 200)
	want := []ingest.Options{{}, {Require: telemetry.DurableOne, After: stamp}}
	if diff := cmp.Diff(want, r.ingest.options); diff != "" {
		t.Errorf("options (-want +got):\n%s", diff)
	}
	problem(t, send("Tidemark-Require", "three"), 422, "invalid")
	problem(t, send("Tidemark-After", "yesterday"), 422, "invalid")
	status(t, send("Tidemark-Require", "both"), 200)
	if o := r.ingest.options[len(r.ingest.options)-1]; o.Require != telemetry.DurableBoth {
		t.Errorf("options %+v", o)
	}
}

// TestWhatIsNotConfiguredIsNotTriedAgain asks a real writer with one journal for both, in every way that there is to
// write: no client may loop on an answer that says Retry-After and can never be another.
func TestWhatIsNotConfiguredIsNotTriedAgain(t *testing.T) {
	r := newRig(t, httpapi.Config{})
	r.query.source = []query.SourceInfo{{Source: "roof", Metrics: []telemetry.Metric{"temp"}}}
	in := ingest.New(ingest.Config{}, ingest.Log{Region: "east"}, goruntime.New(), nil, nil, ingest.Observer{})
	_, r.ingest.err = in.Write(t.Context(), "t", new(telemetry.Batch), ingest.Options{Require: telemetry.DurableBoth})
	for _, o := range []struct{ method, target, contentType, body string }{
		{"POST", "/v1/readings", "application/json", twoReadings},
		{"DELETE", "/v1/readings?source=roof&metric=temp&from=2001-01-01&to=2002-01-01", "", ""},
		{"PUT", "/v1/sources/roof", "application/json", `{"labels":{}}`},
		{"POST", "/write", "", "cpu value=1"},
		{"POST", "/api/v2/write", "", "cpu value=1"},
	} {
		w := r.do(o.method, o.target, []byte(o.body), "Tidemark-Require", "both", "Content-Type", o.contentType)
		text := w.Body.String()
		if w.Code != 422 || w.Header().Get("Retry-After") != "" || !strings.Contains(text, "header.Tidemark-Require") ||
			!strings.Contains(text, "configured with one") || !strings.Contains(text, "east") {
			t.Errorf("%s %s: %d, Retry-After %q: %s", o.method, o.target, w.Code, w.Header().Get("Retry-After"), text)
		}
	}
}

func TestUnknownOutcomeSaysSo(t *testing.T) {
	r := newRig(t, httpapi.Config{})
	r.ingest.err = &fault.Error{Kind: fault.Indeterminate, Op: "ingest", Message: "send it again",
		RetryAfter: 2500 * time.Millisecond}
	w := r.do("POST", "/v1/readings", []byte(twoReadings), "Content-Type", "application/json")
	p := problem(t, w, 503, "indeterminate")
	if !p.PerhapsStored || len(p.Regions) != 1 || p.Regions[0] != "east" || w.Header().Get("Retry-After") != "3" {
		t.Errorf("problem %+v, Retry-After %q", p, w.Header().Get("Retry-After"))
	}
}

func compress(t testing.TB, coding string, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser = gzip.NewWriter(&b)
	if coding == "zstd" {
		var err error
		if w, err = zstd.NewWriter(&b); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestCompressedBodies(t *testing.T) {
	r := newRig(t, httpapi.Config{})
	for range 3 { // readers take turns
		for _, coding := range []string{"gzip", "zstd", "identity"} {
			in := []byte(twoReadings)
			if coding != "identity" {
				in = compress(t, coding, in)
			}
			status(t, r.do("POST", "/v1/readings", in, "Content-Type", "application/json", "Content-Encoding", coding),
				200)
			if coding != "identity" {
				p := problem(t, r.do("POST", "/v1/readings", in[:len(in)-5], "Content-Type", "application/json",
					"Content-Encoding", coding), 400, "invalid")
				if !strings.Contains(p.Detail, "decompress") {
					t.Errorf("%s: %s", coding, p.Detail)
				}
			}
		}
	}
	for _, coding := range []string{"br", "gzip, gzip"} {
		problem(t, r.do("POST", "/v1/readings", []byte(twoReadings), "Content-Type", "application/json",
			"Content-Encoding", coding), 415, "unsupported-media-type")
	}
	if len(r.ingest.writes) != 9 {
		t.Errorf("%d writes", len(r.ingest.writes))
	}
}

// hostile are bodies that must store nothing, in all-or-nothing requests. Members of want stand in the detail or in
// the reasons.
func TestHostileBodiesStoreNothing(t *testing.T) {
	reading := func(source, metric, at, value string) string {
		return fmt.Sprintf(`{"readings":[{"source":"roof","metric":"temp","time":0,"value":1},{"source":%s,`+
			`"metric":%s,"time":%s,"value":%s}]}`, source, metric, at, value)
	}
	good := func(i int, s string) string {
		f := []string{`"roof"`, `"temp"`, "0", "1"}
		f[i] = s
		return reading(f[0], f[1], f[2], f[3])
	}
	long := `"` + strings.Repeat("x", 513) + `"`
	labels := func(n int) string {
		m := map[string]string{}
		for i := range n {
			m[fmt.Sprint("k", i)] = "v"
		}
		b, _ := json.Marshal(m)
		return `{"readings":[{"source":"roof","metric":"temp","time":0,"value":1}],"sources":[{"source":"roof",` +
			`"labels":` + string(b) + `}]}`
	}
	for name, c := range map[string]struct {
		body   string
		status int
		want   string
	}{
		"empty":          {"", 400, "byte 0"},
		"broken":         {`{"readings":[`, 400, "byte 13"},
		"no JSON":        {"hello", 400, "byte 0"},
		"two documents":  {twoReadings + twoReadings, 400, "byte"},
		"unknown member": {`{"readings":[],"tenant":"other"}`, 400, "tenant"},
		"unknown field": {`{"readings":[{"source":"a","metric":"b","time":0,"value":1,"PartitionKey":"x"}]}`, 422,
			"PartitionKey"},
		"not finite":        {good(3, "1e400"), 422, "too large"},
		"NaN":               {good(3, "NaN"), 400, "byte"},
		"inexact":           {good(3, "9007199254740993"), 422, "does not hold exactly"},
		"a text as value":   {good(3, `"1"`), 422, "string"},
		"time out of range": {good(2, `"1699-12-31T23:59:59Z"`), 422, "out of range"},
		"time no time":      {good(2, `"yesterday"`), 422, "RFC 3339"},
		"name too long":     {good(0, long), 422, "512"},
		"metric too long":   {good(1, long), 422, "512"},
		"empty name":        {good(0, `""`), 422, "source"},
		"control character": {good(0, `"a\u0000b"`), 422, "control"},
		"bad UTF-8":         {good(0, "\"\xff\""), 400, "UTF-8"},
		"lone surrogate":    {good(0, `"\ud800"`), 400, "surrogate"},
		"too many labels":   {labels(33), 422, "33 labels"},
		"deep":              {strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000), 400, "deep"},
		"deep in a reading": {good(0, strings.Repeat("[", 10_000)+strings.Repeat("]", 10_000)), 400, "deep"},
		"deep objects":      {strings.Repeat(`{"readings":`, 10_000), 400, ""},
		"fields given twice": {`{"readings":[{"source":"a","source":"b","metric":"b","time":0,"value":1}]}`, 422,
			"twice"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, httpapi.Config{})
			w := r.do("POST", "/v1/readings?atomic=true", []byte(c.body), "Content-Type", "application/json")
			kind := "rejected"
			if c.status == 400 {
				kind = "invalid"
			}
			p := problem(t, w, c.status, kind)
			text := p.Detail
			for _, x := range p.Rejected {
				text += "; " + x.Reason
			}
			if !strings.Contains(text, c.want) {
				t.Errorf("%q is not in %q", c.want, text)
			}
			if len(r.ingest.writes) != 0 {
				t.Errorf("stored %+v", r.ingest.writes)
			}
		})
	}
}

// A gigabyte of zeros in a megabyte of gzip is stopped where it passes the bound.
func TestBombsAreStopped(t *testing.T) {
	var one, bomb bytes.Buffer
	z := gzip.NewWriter(&one)
	_, _ = z.Write(make([]byte, 1<<20))
	_ = z.Close()
	for range 1024 { // a gzip stream may have many members
		bomb.Write(one.Bytes())
	}
	bigZstd := compress(t, "zstd", make([]byte, 256<<20))
	r := newRig(t, httpapi.Config{})
	for _, target := range []string{"/v1/readings", "/api/v2/write", "/write"} {
		for coding, in := range map[string][]byte{"gzip": bomb.Bytes(), "zstd": bigZstd} {
			w := r.do("POST", target, in, "Content-Type", "application/json", "Content-Encoding", coding)
			status(t, w, 413)
			if !strings.Contains(w.Body.String(), "after decompression") {
				t.Errorf("%s %s: %s", target, coding, w.Body)
			}
		}
	}
	if len(r.ingest.writes) != 0 {
		t.Errorf("%d writes", len(r.ingest.writes))
	}
	if n := r.bodies.Held(); n != 0 {
		t.Errorf("%d bytes are still held", n)
	}
}

func TestContentTypesOfWrites(t *testing.T) {
	r := newRig(t, httpapi.Config{})
	for _, ct := range []string{"", "application/xml", "application/x-www-form-urlencoded",
		"text/csv; charset=iso-8859-1", "text/plain", ";"} {
		p := problem(t, r.do("POST", "/v1/readings", []byte(twoReadings), "Content-Type", ct), 415,
			"unsupported-media-type")
		if !strings.Contains(p.Detail, "application/x-ndjson") {
			t.Errorf("%q: %s", ct, p.Detail)
		}
	}
}

func TestEmptyDocumentIsAccepted(t *testing.T) {
	r := newRig(t, httpapi.Config{})
	r.ingest.receipt = ingest.Receipt{Durability: telemetry.DurableOne}
	w := r.do("POST", "/v1/readings", []byte(`{}`), "Content-Type", "application/json")
	status(t, w, 200)
	if got := decoded[schema.Written](t, w); got.Accepted != 0 || got.Stamp != "" ||
		w.Header().Get("Tidemark-Stamp") != "" {
		t.Errorf("answer %+v", got)
	}
}

// What a pooled decoder remembers of one tenant's request never shows in another's.
func TestRequestsDoNotMix(t *testing.T) {
	r := newRig(t, httpapi.Config{})
	for i := range 50 {
		in := fmt.Sprintf(`{"readings":[{"source":"s%d","metric":"m","time":0,"value":%d}]}`, i, i)
		status(t, r.do("POST", "/v1/readings", []byte(in), "Content-Type", "application/json"), 200)
		b := r.ingest.writes[i]
		if b.Len() != 1 || len(b.Series) != 1 || b.Series[0].Source != telemetry.Source(fmt.Sprintf("s%d", i)) ||
			b.Values[0] != float64(i) || math.IsNaN(b.Values[0]) {
			t.Fatalf("request %d stored %+v", i, b)
		}
	}
}
