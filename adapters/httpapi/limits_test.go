package httpapi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
	"tidemark/adapters/httpapi/internal/body"
	"tidemark/adapters/httpapi/internal/paging"
	"tidemark/adapters/httpapi/internal/params"
	"tidemark/adapters/httpapi/internal/writes"
	"tidemark/adapters/httpapi/schema"
	"tidemark/domain/analytics"
	"tidemark/domain/compaction"
	"tidemark/domain/ingest"
	"tidemark/domain/intake"
	"tidemark/domain/query"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/readings"
	"tidemark/domain/telemetry/sourcerow"
)

// row is a row of a table of docs/limits.md.
type row struct {
	value int
	over  string
}

// tables reads docs/limits.md: the rows of each section, by their first cell.
func tables(t *testing.T) map[string]map[string]row {
	t.Helper()
	text, err := os.ReadFile("../../docs/limits.md")
	if err != nil {
		t.Fatal(err)
	}
	out, section := map[string]map[string]row{}, ""
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); ok && line[0] == '#' {
			section = strings.TrimSpace(name)
			out[section] = map[string]row{}
		}
		m := regexp.MustCompile(`^\| (.+?) \| (\d+) \| .+? \| (.+?) \|`).FindStringSubmatch(line)
		if m == nil {
			continue
		}
		n, err := strconv.Atoi(m[2])
		if err != nil {
			t.Fatal(err)
		}
		out[section][m[1]] = row{n, m[3]}
	}
	return out
}

// limit is how a row is tried: the constant behind it, and a request of size n.
type limit struct {
	constant int
	try      func(r *apitest.Rig, n int) *httptest.ResponseRecorder
}

func get(r *apitest.Rig, target string) *httptest.ResponseRecorder { return r.Do("GET", target, nil) }

func post(r *apitest.Rig, body string) *httptest.ResponseRecorder {
	return r.Do("POST", "/v1/readings", []byte(body), "Content-Type", "application/json")
}

func one(source, metric, unit string) string {
	b, _ := json.Marshal(map[string]any{"source": source, "metric": metric, "unit": unit, "time": 0, "value": 1})
	return string(b)
}

func labelled(labels map[string]string) string {
	b, _ := json.Marshal(map[string]any{"sources": []any{map[string]any{"source": "roof", "labels": labels}}})
	return string(b)
}

// padded is a document of exactly n bytes.
func padded(n int) []byte {
	return append([]byte(`{"readings":[]}`), bytes.Repeat([]byte{' '}, n-len(`{"readings":[]}`))...)
}

func text(n int) string { return strings.Repeat("ä", n) } // one UTF-16 unit, two bytes

// window is a zstd frame that asks for a window of n bytes, or the next size there is.
func window(n int) []byte {
	size := 1 << 20
	for size < n {
		size *= 2
	}
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b, zstd.WithWindowSize(size), zstd.WithSingleSegment(false),
		zstd.WithEncoderConcurrency(1))
	if err != nil {
		panic(err)
	}
	for range size>>20 + 1 { // longer than the window, or the frame would ask for less
		_, _ = w.Write(padded(1 << 20)[15:])
		_ = w.Flush()
	}
	_, _ = w.Write([]byte("{}"))
	_ = w.Close()
	return b.Bytes()
}

var limits = map[string]limit{
	"request line and header": {httpapi.MaxHeaderBytes, func(r *apitest.Rig, n int) *httptest.ResponseRecorder {
		return r.Do("GET", "/v1/latest", nil, "X", strings.Repeat("x", n-len("GET/v1/latestexample.comX: \r\n")))
	}},
	"body, as sent": {telemetry.MaxBodyBytes, func(r *apitest.Rig, n int) *httptest.ResponseRecorder {
		return r.Do("POST", "/v1/readings", padded(n), "Content-Type", "application/json")
	}},
	"body, after decompression": {telemetry.MaxDecodedBytes, func(r *apitest.Rig, n int) *httptest.ResponseRecorder {
		var b bytes.Buffer
		w, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed)
		_, _ = w.Write(padded(n))
		_ = w.Close()
		return r.Do("POST", "/v1/readings", b.Bytes(), "Content-Type", "application/json", "Content-Encoding", "gzip")
	}},
	"window of a zstd frame": {body.ZstdWindow, func(r *apitest.Rig, n int) *httptest.ResponseRecorder {
		return r.Do("POST", "/v1/readings", window(n), "Content-Type", "application/json", "Content-Encoding", "zstd")
	}},
	"readings of a request": {telemetry.MaxReadings, func(r *apitest.Rig, n int) *httptest.ResponseRecorder {
		return r.Do("POST", "/v1/readings?source=roof", []byte("time,m\n"+strings.Repeat("0,1\n", n)), "Content-Type",
			"text/csv; charset=utf-8")
	}},
	"nesting of JSON": {telemetry.MaxDepth, func(r *apitest.Rig, n int) *httptest.ResponseRecorder {
		deep := strings.Repeat("[", n-3) + strings.Repeat("]", n-3) // inside of an object, an array and an object
		return post(r, `{"readings":[{"x":`+deep+`},`+one("a", "b", "")+`]}`)
	}},
	"line of NDJSON": {telemetry.MaxLineBytes, func(r *apitest.Rig, n int) *httptest.ResponseRecorder {
		line := one("a", "b", "")
		return r.Do("POST", "/v1/readings", []byte(line+strings.Repeat(" ", n-len(line))+"\n"), "Content-Type",
			"application/x-ndjson")
	}},
	"line of line protocol": {telemetry.MaxLineBytes, func(r *apitest.Rig, n int) *httptest.ResponseRecorder {
		return r.Do("POST", "/write", []byte("m v=1"+strings.Repeat(" ", n-len("m v=10"))+"0"))
	}},
	"name of a source": {telemetry.MaxNameUnits, func(r *apitest.Rig,
		n int) *httptest.ResponseRecorder {
		return post(r, one(text(n), "m", ""))
	}},
	"name of a metric": {telemetry.MaxNameUnits, func(r *apitest.Rig,
		n int) *httptest.ResponseRecorder {
		return post(r, one("s", text(n), ""))
	}},
	"unit of a series": {telemetry.MaxUnitUnits, func(r *apitest.Rig,
		n int) *httptest.ResponseRecorder {
		return post(r, one("s", "m", text(n)))
	}},
	"name of a label": {telemetry.MaxLabelNameUnits, func(r *apitest.Rig, n int) *httptest.ResponseRecorder {
		return post(r, labelled(map[string]string{text(n): "v"}))
	}},
	"value of a label": {telemetry.MaxLabelValueUnits, func(r *apitest.Rig, n int) *httptest.ResponseRecorder {
		return post(r, labelled(map[string]string{"k": text(n)}))
	}},
	"labels of a source": {telemetry.MaxLabels, func(r *apitest.Rig, n int) *httptest.ResponseRecorder {
		m := map[string]string{}
		for i := range n {
			m[fmt.Sprint(i)] = "v"
		}
		return post(r, labelled(m))
	}},
	"rejections listed in an answer": {readings.MaxListed, func(r *apitest.Rig, n int) *httptest.ResponseRecorder {
		bad := strings.Repeat(`{},`, n)
		return post(r, "["+bad+one("a", "b", "")+"]")
	}},
	"overwritten readings listed in an answer": {readings.MaxOverwritten,
		func(r *apitest.Rig, n int) *httptest.ResponseRecorder {
			in := "time,source,m\n"
			for i := range n + 1 {
				in += fmt.Sprintf("0,roof,%d\n", i)
			}
			return r.Do("POST", "/v1/readings", []byte(in), "Content-Type", "text/csv")
		}},
	"local times that may be two listed in an answer": {readings.MaxAmbiguous,
		func(r *apitest.Rig, n int) *httptest.ResponseRecorder {
			in := "time,source,m\n"
			for i := range n {
				in += fmt.Sprintf("2026-10-25 02:30,s%d,1\n", i)
			}
			return r.Do("POST", "/v1/readings?tz=Europe/Berlin", []byte(in), "Content-Type", "text/csv")
		}},
	"columns named in label_columns": {telemetry.MaxLabels, func(r *apitest.Rig, n int) *httptest.ResponseRecorder {
		head, row := "time,source,m", "0,s,1"
		for i := range n {
			head, row = head+fmt.Sprintf(",l%d", i), row+",x"
		}
		return r.Do("POST", "/v1/readings?label_columns="+strings.TrimPrefix(head, "time,source,m,"),
			[]byte(head+"\n"+row+"\n"), "Content-Type", "text/csv")
	}},
	"body of PUT /v1/sources/{source}": {writes.MaxSourceBody, func(r *apitest.Rig, n int) *httptest.ResponseRecorder {
		in := `{"labels":{}}`
		return r.Do("PUT", "/v1/sources/roof", []byte(in+strings.Repeat(" ", n-len(in))), "Content-Type",
			"application/json")
	}},
	"readings of a page": {paging.MaxPageReadings, func(r *apitest.Rig, n int) *httptest.ResponseRecorder {
		return get(r, fmt.Sprintf("/v1/readings?source=a&metric=b&limit=%d", n))
	}},
	"sources, series or tasks of a page": {paging.MaxPageItems,
		func(r *apitest.Rig, n int) (w *httptest.ResponseRecorder) {
			for _, list := range []string{"sources", "series", "latest", "tasks"} {
				w = get(r, fmt.Sprintf("/v1/%s?limit=%d", list, n))
			}
			return w
		}},
	"cursor": {paging.MaxCursorBytes, func(r *apitest.Rig, n int) *httptest.ResponseRecorder {
		w := get(r, "/v1/series?cursor="+strings.Repeat("A", n))
		if w.Code == 400 { // no cursor of ours is that long: at the limit it is looked at, and refused as a cursor
			w.Code = 200
		}
		return w
	}},
	"conditions on labels": {params.MaxMatches, func(r *apitest.Rig, n int) *httptest.ResponseRecorder {
		return get(r, "/v1/series?"+strings.Repeat("label=a%3Db&", n))
	}},
	"functions of an aggregate": {analytics.MaxFuncs, func(r *apitest.Rig, n int) *httptest.ResponseRecorder {
		fns := []string{}
		for i := range n {
			fns = append(fns, fmt.Sprintf("p%d", i+1))
		}
		return get(r, "/v1/aggregates?step=1h&fn="+strings.Join(fns, ","))
	}},
	"names in group_by": {telemetry.MaxLabels, func(r *apitest.Rig, n int) *httptest.ResponseRecorder {
		names := []string{}
		for i := range n {
			names = append(names, fmt.Sprintf("n%d", i))
		}
		return get(r, "/v1/aggregates?step=1h&group_by="+url.QueryEscape(strings.Join(names, ",")))
	}},
	"buckets of an aggregate": {analytics.MaxBuckets, func(r *apitest.Rig, n int) *httptest.ResponseRecorder {
		return get(r, fmt.Sprintf("/v1/aggregates?step=1s&precision=s&from=0&to=%d", n))
	}},
}

// accepted reports whether everything of a request was.
func accepted(t *testing.T, w *httptest.ResponseRecorder) bool {
	t.Helper()
	switch {
	case w.Code == 204:
		return true
	case w.Code != 200:
		return false
	}
	var b struct {
		Rejected []any `json:"rejected"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &b); err != nil {
		t.Fatal(err)
	}
	return len(b.Rejected) == 0
}

func TestLimits(t *testing.T) {
	rows := tables(t)["Limits"]
	if len(rows) != len(limits) {
		t.Errorf("the table has %d rows, tried are %d", len(rows), len(limits))
	}
	r := apitest.New(t, httpapi.Config{})
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			l, ok := limits[name]
			if !ok || l.constant != row.value {
				t.Fatalf("the table says %d, the program %d", row.value, l.constant)
			}
			at, over := l.try(r, row.value), l.try(r, row.value+1)
			switch row.over {
			case "rejected":
				if !accepted(t, at) || accepted(t, over) || over.Code != 422 && over.Code != 400 {
					t.Errorf("at the limit %d %.200s, one over %d %.200s", at.Code, at.Body, over.Code, over.Body)
				}
			case "counted":
				a, o := apitest.Decoded[schema.Written](t, at), apitest.Decoded[schema.Written](t, over)
				atLimit, listed := len(a.Rejected)+len(a.Overwritten)+len(a.Ambiguous), len(o.Rejected)+
					len(o.Overwritten)+len(o.Ambiguous)
				counted := o.RejectedTotal + o.OverwrittenTotal + o.AmbiguousTotal
				if atLimit != row.value || listed != row.value || counted != row.value+1 {
					t.Errorf("at the limit %d are listed, one over %d of %d", atLimit, listed, counted)
				}
			default:
				if at.Code != 200 || strconv.Itoa(over.Code) != row.over {
					t.Errorf("at the limit %d %.200s, one over %d %.200s", at.Code, at.Body, over.Code, over.Body)
				}
			}
		})
	}
}

func TestLimitsDeeperDown(t *testing.T) {
	all := tables(t)
	want := map[string]row{
		"series that one question picks":                                     {query.MaxSelected, "400"},
		"values of one aggregate (groups, buckets and functions multiplied)": {query.MaxCells, "400"},
		"readings under way and not yet durable, of one node":                {256 << 20, "429"},
		"bodies of all requests together, as sent and after decompression":   {intake.DefaultBytes, "429"},
		"readings of a series in five minutes that stay in one row": {compaction.FineReadings,
			"split"},
		"a source's row in the catalogue, or a part of it": {sourcerow.MaxBytes,
			"split"},
		"metrics that the description of a source, or the answer to a deletion, lists": {query.MaxListed, "left out"},
		"memory in which `tidemark import` compares the rows of its requests and files": {readings.MaxRemembered,
			"forgotten"},
	}
	for name, row := range all["Deeper down"] {
		if row != want[name] {
			t.Errorf("%s: the table says %v, the program %v", name, row, want[name])
		}
	}
	s := httpapi.NewServer(":0", nil, nil)
	for name, d := range map[string]time.Duration{"the header of a request has to come within": s.ReadHeaderTimeout,
		"the whole request has to come within": s.ReadTimeout,
		"the answer has to be read within":     s.WriteTimeout, "a connection may idle": s.IdleTimeout,
		"a request's work may take": httpapi.DefaultTimeout,
		"a write waits for the journal, without any of its readings becoming durable": ingest.DefaultPatience,
		"a body waits for memory, and for its turn to be decoded":                     intake.DefaultPatience,
		"a body that others wait for may pause":                                       intake.DefaultGrace,
		"a body that others wait for has to bring as much as it holds within":         intake.DefaultFill} {
		if row, ok := all["Timeouts"][name]; !ok || time.Duration(row.value)*time.Second != d {
			t.Errorf("%s: the table says %d s, the program %s", name, row.value, d)
		}
	}
	if len(all["Deeper down"]) != len(want) || len(all["Timeouts"]) != 9 {
		t.Errorf("tables %v", all)
	}
	if s.MaxHeaderBytes != httpapi.MaxHeaderBytes {
		t.Errorf("the server takes %d bytes of header", s.MaxHeaderBytes)
	}
}
