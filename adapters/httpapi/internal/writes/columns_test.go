package writes_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
	"tidemark/adapters/httpapi/schema"
)

const rooms = "time,sensor,floor,temp\n2026-01-01,kitchen,0,20\n2026-01-01,cellar,-1,12\n2026-01-01,attic,2,15\n"

// No row of a CSV file is lost in silence: what would be is refused, with what to send, and what is sent then is
// stored.
func TestColumnsOfCSV(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	send := func(query, in string) *httptest.ResponseRecorder {
		return r.Do("POST", "/v1/readings"+query, []byte(in), "Content-Type", "text/csv")
	}
	p := apitest.WantProblem(t, send("", rooms), 400, "invalid")
	if !strings.Contains(p.Detail, `if "sensor" says what a reading is of, send source_column=sensor`) {
		t.Errorf("without a source: %q", p.Detail)
	}
	p = apitest.WantProblem(t, send("?source=home", rooms), 400, "invalid")
	if !strings.Contains(p.Detail, `column "sensor" tells records apart: lines 2 and 3`) ||
		!strings.Contains(p.Detail, "send source_column=sensor") || len(r.Ingest.Writes) != 0 {
		t.Errorf("with a source: %q, %d writes", p.Detail, len(r.Ingest.Writes))
	}
	apitest.WantStatus(t, send("?source_column=sensor&label_columns=floor", rooms), 200)
	b := r.Ingest.Writes[len(r.Ingest.Writes)-1]
	if b.Len() != 3 || len(b.Series) != 3 || len(b.Sources) != 3 || b.Sources[2].Labels[0].Value != "2" {
		t.Errorf("stored %+v", b)
	}
	for query, want := range map[string]string{
		"?source_column=sensor&source_column=floor":      "attic,floor=2",
		"?source_column=sensor,floor":                    "attic,floor=2",
		"?source=home&skip_columns=sensor,floor":         "home",
		"?source_column=sensor&value_columns=floor,temp": "attic",
	} {
		apitest.WantStatus(t, send(query, rooms), 200)
		if b := r.Ingest.Writes[len(r.Ingest.Writes)-1]; string(b.Series[len(b.Series)-1].Source) != want {
			t.Errorf("%s: %+v", query, b.Series)
		}
	}
	apitest.WantStatus(t, send("?source=home&time_column=day,clock",
		"day,clock,temp\n2026-01-01,06:00,1\n2026-01-01,07:00,2\n"),
		200)
	apitest.WantStatus(t, send("?decimal_comma=true", "time;source;temp\n2026-01-01;roof;21,5\n"), 200)
	if b := r.Ingest.Writes[len(r.Ingest.Writes)-1]; b.Values[0] != 21.5 {
		t.Errorf("decimal commas: %v", b.Values)
	}
	p = apitest.WantProblem(t, send("?source=home&source_column=sensor", rooms), 400, "invalid")
	if !strings.Contains(p.Detail, "source_column and source are both given") {
		t.Errorf("two ways to say the source: %q", p.Detail)
	}
	p = apitest.WantProblem(t, send("?source_column=sonsor", rooms), 400, "invalid")
	if !strings.Contains(p.Detail, `the columns are "time", "sensor", "floor", "temp"`) {
		t.Errorf("a column that is not there: %q", p.Detail)
	}
	p = apitest.WantProblem(t, r.Do("POST", "/v1/readings?source_column=a&skip_columns=b&source=c&decimal_comma=true",
		[]byte(apitest.TwoReadings),
		"Content-Type", "application/json"), 422, "invalid")
	if len(p.Errors) != 4 || p.Errors[2].Location != "query.decimal_comma" ||
		p.Errors[0].Location != "query.source_column" ||
		!strings.Contains(p.Errors[0].Message, "it is for CSV, and the body is application/json") {
		t.Errorf("columns of JSON: %+v", p)
	}
}

// A local time that occurs twice is told by the order of the records, or named.
func TestLocalTimesThatOccurTwice(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	send := func(query, in string) *httptest.ResponseRecorder {
		return r.Do("POST", "/v1/readings?tz=Europe/Berlin&source=roof"+query, []byte("time,temp\n"+in), "Content-Type",
			"text/csv")
	}
	w := send("&atomic=true", "2026-10-25 02:30,1\n2026-10-25 02:30,2\n")
	apitest.WantStatus(t, w, 200)
	if got := apitest.Decoded[schema.Written](t, w); got.Accepted != 2 || got.AmbiguousTotal != 0 ||
		strings.Contains(w.Body.String(), "ambiguous") {
		t.Errorf("told: %s", w.Body)
	}
	if b := r.Ingest.Writes[0]; b.Times[1]-b.Times[0] != 3600e9 {
		t.Errorf("times %v", b.Times)
	}
	w = send("", "2026-10-25 01:30,1\n2026-10-25 02:30,2\n")
	apitest.WantStatus(t, w, 200)
	want := []schema.Ambiguous{{Line: 3, Time: "2026-10-25 02:30", Taken: "2026-10-25T00:30:00Z"}}
	if got := apitest.Decoded[schema.Written](t, w); got.Accepted != 2 || got.AmbiguousTotal != 1 ||
		cmp.Diff(want, got.Ambiguous) != "" {
		t.Errorf("not told: %s", w.Body)
	}
	p := apitest.WantProblem(t, send("&atomic=true", "2026-10-25 02:30,1\n"), 422, "rejected")
	if p.AmbiguousTotal != 1 || !strings.Contains(p.Detail,
		"local times that occur twice, of which the order of the records does not tell which they are: "+
			"1 (first line 2)") || !strings.Contains(p.Detail, "offset from UTC") || len(r.Ingest.Writes) != 2 {
		t.Errorf("all or nothing: %+v", p)
	}
}
