package decode_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
	"tidemark/adapters/httpapi/schema"
)

// twice are bodies of every form in which the second and the third row give another value for the time of the first,
// and the last one the same as the third. line is the line of the first row, 0 for forms without lines.
var twice = map[string]struct {
	contentType, body string
	line              int
}{
	"JSON":          {"application/json", `{"readings":[` + strings.Join(objects(1, 2, 3, 3), ",") + "]}", 0},
	"array":         {"application/json", "[" + strings.Join(objects(1, 2, 3, 3), ",") + "]", 0},
	"columnar JSON": {"application/json", `{"series":[` + columns("1,2,3") + "," + columns("3") + "]}", 0},
	"NDJSON":        {"application/x-ndjson", strings.Join(objects(1, 2, 3, 3), "\n"), 1},
	"CSV":           {"text/csv", "time,source,temp\n1,roof,1\n1,roof,2\n1,roof,3\n1,roof,3\n", 2},
	"long CSV": {"text/csv", "time,source,metric,value\n" +
		"1,roof,temp,1\n1,roof,temp,2\n1,roof,temp,3\n1,roof,temp,3\n", 2},
}

// objects are readings of one series and time.
func objects(values ...int) (all []string) {
	for _, v := range values {
		all = append(all, fmt.Sprintf(`{"source":"roof","metric":"temp","time":1,"value":%d}`, v))
	}
	return all
}

// columns are the same in the columnar form.
func columns(values string) string {
	times := strings.Repeat("1,", strings.Count(values, ",")) + "1"
	return fmt.Sprintf(`{"source":"roof","metric":"temp","times":[%s],"values":[%s]}`, times, values)
}

// twoOverwritten are the overwritten readings of such a body.
func twoOverwritten(line int) []schema.Overwritten {
	at := func(n int) schema.Given {
		g := schema.Given{Index: n, Value: float64(n + 1)}
		if line > 0 {
			g.Line = line + n
		}
		return g
	}
	o := schema.Overwritten{Source: "roof", Metric: "temp", Time: "1970-01-01T00:00:00.000000001Z"}
	first, second := o, o
	first.Earlier, first.Later = at(0), at(1)
	second.Earlier, second.Later = at(1), at(2)
	return []schema.Overwritten{first, second}
}

// TestTwoValuesAreToldInTheAnswer is every form of POST /v1/readings: all rows are accepted, the later one stands,
// and the answer says what it replaced. All or nothing stores none of it and names the same rows.
func TestTwoValuesAreToldInTheAnswer(t *testing.T) {
	for name, c := range twice {
		t.Run(name, func(t *testing.T) {
			r := apitest.New(t, httpapi.Config{})
			w := r.Do("POST", "/v1/readings?precision=ns", []byte(c.body), "Content-Type", c.contentType)
			apitest.WantStatus(t, w, 200)
			got, want := apitest.Decoded[schema.Written](t, w), twoOverwritten(c.line)
			if diff := cmp.Diff(want, got.Overwritten); diff != "" || got.OverwrittenTotal != 2 || got.Accepted != 4 {
				t.Errorf("accepted %d, overwritten %d (-want +got):\n%s", got.Accepted, got.OverwrittenTotal, diff)
			}
			if b := r.Ingest.Writes[0]; b.Len() != 4 || b.Values[3] != 3 {
				t.Errorf("stored %+v", b)
			}
			w = r.Do("POST", "/v1/readings?precision=ns&atomic=true", []byte(c.body), "Content-Type", c.contentType)
			p := apitest.WantProblem(t, w, 422, "rejected")
			if diff := cmp.Diff(want, p.Overwritten); diff != "" || p.OverwrittenTotal != 2 ||
				len(r.Ingest.Writes) != 1 {
				t.Errorf("%d writes, overwritten %d (-want +got):\n%s", len(r.Ingest.Writes), p.OverwrittenTotal, diff)
			}
			where := "reading 1 after reading 0"
			if c.line > 0 {
				where = fmt.Sprintf("line %d after line %d", c.line+1, c.line)
			}
			if !strings.Contains(p.Detail, "2 rows give another value") || !strings.Contains(p.Detail, where) {
				t.Errorf("detail %q, want %q", p.Detail, where)
			}
		})
	}
}

// The same value again is no second one: nothing is said, and all or nothing stores it.
func TestTheSameValueAgainIsHarmless(t *testing.T) {
	for name, c := range twice {
		same := strings.NewReplacer(`"value":2`, `"value":1`, `"value":3`, `"value":1`, "[1,2,3]", "[1,1,1]", "[3]",
			"[1]",
			"roof,2", "roof,1", "roof,3", "roof,1", "temp,2", "temp,1", "temp,3", "temp,1").Replace(c.body)
		r := apitest.New(t, httpapi.Config{})
		w := r.Do("POST", "/v1/readings?precision=ns&atomic=true", []byte(same), "Content-Type", c.contentType)
		apitest.WantStatus(t, w, 200)
		if got := apitest.Decoded[schema.Written](t, w); got.Accepted != 4 || got.OverwrittenTotal != 0 ||
			got.Overwritten != nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// A request of all or nothing that is refused for both reasons says both.
func TestAtomicSaysBothReasons(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	in := []byte("time,source,temp\n1,roof,1\n1,roof,2\n2,roof,1e999\n")
	p := apitest.WantProblem(t, r.Do("POST", "/v1/readings?precision=ns&atomic=true", in, "Content-Type", "text/csv"),
		422,
		"rejected")
	if p.RejectedTotal != 1 || p.OverwrittenTotal != 1 ||
		!strings.Contains(p.Detail, "1 reading is not acceptable; 1 row gives another value") {
		t.Errorf("problem %+v", p)
	}
}

// TestTwoValuesAreToldInAHeader is line protocol, whose good answer has no body: 204, and 400 of a partial write.
func TestTwoValuesAreToldInAHeader(t *testing.T) {
	twelve := ""
	for i := range 12 {
		twelve += fmt.Sprintf("cpu value=%d 1\n", i)
	}
	for _, c := range []struct {
		name, body string
		status     int
		want       string
	}{
		{"once", "cpu value=1 1\ncpu value=2 2\n", 204, ""},
		{"the same", "cpu value=1 1\ncpu value=1 1\n", 204, ""},
		{"another", "cpu value=1 1\n\ncpu value=2 1\n", 204, `1;lines="1 by 3"`},
		{"two fields", "cpu a=1,b=1 1\ncpu a=2,b=2 1\n", 204, `2;lines="1 by 2, 1 by 2"`},
		{
			"many", twelve, 204, `11;lines="1 by 2, 2 by 3, 3 by 4, 4 by 5, 5 by 6, 6 by 7, 7 by 8, 8 by 9, 9 by 10,` +
				` 10 by 11"`},
		{"partial", "cpu value=1 1\nbroken\ncpu value=2 1\n", 400, `1;lines="1 by 3"`},
	} {
		for _, path := range []string{"/write", "/api/v2/write"} {
			r := apitest.New(t, httpapi.Config{})
			w := r.Do("POST", path+"?precision=ns", []byte(c.body))
			apitest.WantStatus(t, w, c.status)
			if got := w.Header().Get(schema.HeaderOverwritten); got != c.want ||
				w.Header().Get("Tidemark-Stamp") == "" {
				t.Errorf("%s %s: %s, want %s", path, c.name, got, c.want)
			}
		}
	}
}
