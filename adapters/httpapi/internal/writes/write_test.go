package writes_test

import (
	"fmt"
	"math"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
	"tidemark/adapters/httpapi/schema"
	"tidemark/domain/ingest"
	"tidemark/domain/telemetry"
)

func TestWritesAreStored(t *testing.T) {
	for name, c := range map[string]struct{ contentType, query, body string }{
		"JSON":          {"application/json", "", apitest.TwoReadings},
		"JSON, charset": {"application/json; charset=utf-8", "", apitest.TwoReadings},
		"JSON, seconds": {"application/json", "?precision=s",
			strings.ReplaceAll(apitest.TwoReadings, `"2026-11-23T06:00:00Z"`, "1795413600")},
		"NDJSON": {"application/x-ndjson", "",
			`{"source":"roof","metric":"temp","time":"2026-11-23T06:00:00Z","value":21.5,"unit":"C"}` + "\n" +
				`{"source":"roof","metric":"hum","time":"2026-11-23T06:00:00Z","value":40}`},
		"CSV": {"text/csv", "", "time,source,temp (C),hum\n2026-11-23T06:00:00Z,roof,21.5,40\n"},
		"CSV with a zone": {"text/csv", "?tz=Europe/Berlin&source=roof",
			"time,temp (C),hum\n2026-11-23 07:00:00,21.5,40\n"},
	} {
		t.Run(name, func(t *testing.T) {
			r := apitest.New(t, httpapi.Config{})
			w := r.Do("POST", "/v1/readings"+c.query, []byte(c.body), "Content-Type", c.contentType)
			apitest.WantStatus(t, w, 200)
			want := schema.Written{Accepted: 2, Rejected: []schema.Rejection{},
				Acknowledgement: schema.Acknowledgement{Durability: "one",
					Regions: []string{"east"}, Stamp: apitest.Stamp.String(),
					Blocks: []schema.BlockRef{{Stream: "acme/0/2026-11-23/01JD", Number: 7}}}}
			if diff := cmp.Diff(want, apitest.Decoded[schema.Written](t, w)); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			if got := w.Header().Get("Tidemark-Stamp"); got != apitest.Stamp.String() {
				t.Errorf("stamp %q", got)
			}
			b := r.Ingest.Writes[0]
			at := time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC).UnixNano()
			if b.Len() != 2 || b.Times[0] != at || b.Times[1] != at || b.Values[0] != 21.5 || b.Values[1] != 40 ||
				b.Units[0] != "C" ||
				b.Series[0] != (telemetry.Series{Source: "roof", Metric: "temp"}) || r.Ingest.Tenants[0] != "acme" {
				t.Errorf("stored %+v for %v", b, r.Ingest.Tenants)
			}
		})
	}
}

func TestSomeReadingsAreRejected(t *testing.T) {
	in := `{"readings":[{"source":"roof","metric":"temp","time":0,"value":1},{"source":"roof","metric":"temp",` +
		`"time":2,"value":null}]}`
	r := apitest.New(t, httpapi.Config{})
	w := r.Do("POST", "/v1/readings", []byte(in), "Content-Type", "application/json")
	apitest.WantStatus(t, w, 200)
	got := apitest.Decoded[schema.Written](t, w)
	if got.Accepted != 1 || got.RejectedTotal != 1 || len(got.Rejected) != 1 || got.Rejected[0].Index != 1 ||
		r.Ingest.Readings() != 1 {
		t.Errorf("answer %+v, stored %d", got, r.Ingest.Readings())
	}
	w = r.Do("POST", "/v1/readings?atomic=true", []byte(in), "Content-Type", "application/json")
	p := apitest.WantProblem(t, w, 422, "rejected")
	if len(p.Rejected) != 1 || p.RejectedTotal != 1 || len(r.Ingest.Writes) != 1 {
		t.Errorf("problem %+v, %d writes", p, len(r.Ingest.Writes))
	}
}

func TestSkippedColumnsAreNamed(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	w := r.Do("POST", "/v1/readings", []byte("time,source,temp,note\n0,roof,2,dry\n"), "Content-Type", "text/csv")
	apitest.WantStatus(t, w, 200)
	if got := apitest.Decoded[schema.Written](t, w); len(got.Skipped) != 1 ||
		got.Skipped[0] != (schema.Skipped{Column: "note", Cells: 1, Why: "text"}) {
		t.Errorf("skipped %+v", got.Skipped)
	}
}

// A file of which nothing is stored is 422 whatever the reason, and atomic allows columns of text only.
func TestFilesThatHoldNoReading(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	send := func(query, in string) *httptest.ResponseRecorder {
		return r.Do("POST", "/v1/readings"+query, []byte(in), "Content-Type", "text/csv")
	}
	const text = "time,source,temp,note\n2026-01-01,roof,,dry\n2026-01-02,roof,,wet\n"
	for _, query := range []string{"", "?atomic=true"} {
		p := apitest.WantProblem(t, send(query, text), 422, "rejected")
		if len(p.Skipped) != 1 || p.Skipped[0] != (schema.Skipped{Column: "note", Cells: 2, Why: "text"}) ||
			p.RejectedTotal != 0 || !strings.Contains(p.Detail, "nothing was stored") {
			t.Errorf("%q: %+v", query, p)
		}
	}
	const comma = "time,source,temp,hum,note\n2026-01-01,roof,\"1,5\",3,dry\n2026-01-02,roof,\"1,6\",4,wet\n"
	p := apitest.WantProblem(t, send("?atomic=true", comma), 422, "rejected")
	if p.RejectedTotal != 2 || !strings.Contains(p.Rejected[0].Reason, "write 1.5") || len(p.Skipped) != 1 ||
		len(r.Ingest.Writes) != 0 {
		t.Errorf("%+v, %d writes", p, len(r.Ingest.Writes))
	}
	apitest.WantProblem(t, send("", "time;source;temp\n2026-01-01;roof;1,5\n"), 422, "rejected")
	if got := apitest.Decoded[schema.Written](t, send("", comma)); got.Accepted != 2 || got.RejectedTotal != 2 {
		t.Errorf("%+v", got)
	}
	apitest.WantStatus(t, send("?atomic=true", "time,source,temp,note\n2026-01-01,roof,1.5,dry\n"), 200)
	apitest.WantStatus(t, send("", "time,source,temp\n"), 200) // nothing to store, and nothing left out
}

func TestEmptyDocumentIsAccepted(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	r.Ingest.Receipt = ingest.Receipt{Durability: telemetry.DurableOne}
	w := r.Do("POST", "/v1/readings", []byte(`{}`), "Content-Type", "application/json")
	apitest.WantStatus(t, w, 200)
	if got := apitest.Decoded[schema.Written](t, w); got.Accepted != 0 || got.Stamp != "" ||
		w.Header().Get("Tidemark-Stamp") != "" {
		t.Errorf("answer %+v", got)
	}
}

// What a pooled decoder remembers of one tenant's request never shows in another's.
func TestRequestsDoNotMix(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	for i := range 50 {
		in := fmt.Sprintf(`{"readings":[{"source":"s%d","metric":"m","time":0,"value":%d}]}`, i, i)
		apitest.WantStatus(t, r.Do("POST", "/v1/readings", []byte(in), "Content-Type", "application/json"), 200)
		b := r.Ingest.Writes[i]
		if b.Len() != 1 || len(b.Series) != 1 || b.Series[0].Source != telemetry.Source(fmt.Sprintf("s%d", i)) ||
			b.Values[0] != float64(i) || math.IsNaN(b.Values[0]) {
			t.Fatalf("request %d stored %+v", i, b)
		}
	}
}
