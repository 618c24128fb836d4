package influx_test

import (
	"fmt"
	"strings"
	"testing"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
)

func TestLineProtocolIsStored(t *testing.T) {
	for _, target := range []string{"/write?db=x&rp=autogen&consistency=any&u=me&p=&org=o&bucket=b",
		"/api/v2/write?org=o&bucket=b&precision=ns&consistency=one&db=x&rp=y", "/write", "/api/v2/write?orgID=1"} {
		for _, coding := range []string{"", "gzip"} {
			r := apitest.New(t, httpapi.Config{})
			in := []byte(apitest.TwoLines)
			if coding != "" {
				in = apitest.Compress(t, coding, in)
			}
			w := r.Do("POST", target, in, "Content-Encoding", coding, "Content-Type", "text/plain", "Accept",
				"text/plain")
			apitest.WantStatus(t, w, 204)
			if w.Header().Get("Tidemark-Durability") != "one" || w.Header().Get("Tidemark-Regions") != "east" {
				t.Errorf("%s: it does not say how durable it is: %v", target, w.Header())
			}
			if w.Body.Len() != 0 || w.Header().Get("Tidemark-Stamp") != apitest.Stamp.String() {
				t.Errorf("%s: body %q, stamp %q", target, w.Body, w.Header().Get("Tidemark-Stamp"))
			}
			b := r.Ingest.Writes[0]
			if b.Len() != 3 || b.Times[0] != 1700000000000000000 ||
				b.Series[0] != (telemetry.Series{Source: "roof,site=north", Metric: "weather_temp"}) {
				t.Errorf("%s: stored %+v", target, b)
			}
		}
	}
}

func TestLineProtocolOptions(t *testing.T) {
	r := apitest.New(t, httpapi.Config{SourceTags: []string{"host"}})
	for _, precision := range []string{"n", "ns", "u", "us", "ms", "s", "m", "h"} {
		apitest.WantStatus(t, r.Do("POST", "/write?precision="+precision, []byte("cpu,host=a value=1 2")), 204)
	}
	units := []int64{1, 1, 1e3, 1e3, 1e6, 1e9, 60e9, 3600e9}
	for i, b := range r.Ingest.Writes {
		if b.Times[0] != 2*units[i] || b.Series[0].Source != "a" {
			t.Errorf("write %d: %+v", i, b)
		}
	}
	apitest.WantStatus(t, r.Do("POST", "/write", []byte("cpu,host=a value=1")), 204)
	if b := r.Ingest.Writes[len(units)]; b.Times[0] != apitest.Now.UnixNano() {
		t.Errorf("a line without a time got %d", b.Times[0])
	}
	apitest.WantStatus(t, r.Do("POST", "/api/v2/write", nil), 204)
}

func TestLineProtocolErrors(t *testing.T) {
	partial := "cpu value=1 1\nbroken\ncpu value=x 2\ncpu value=2 3\n"
	for _, c := range []struct {
		name, target, body string
		headers            []string
		err                error
		status             int
		v1, v2             string
		stored             int
	}{
		{"partial write", "?precision=s", partial, nil, nil, 400, `{"error":"partial write: line 2: `,
			`{"code":"invalid","message":"partial write: line 2: `, 2},
		{"nothing good", "", "broken\n", nil, nil, 400, `{"error":"nothing was stored: line 1: `,
			`{"code":"invalid","message":"nothing was stored: line 1: `, 0},
		{"precision", "?precision=days", "cpu value=1", nil, nil, 422, `{"error":"query.precision: `,
			`{"code":"unprocessable entity","message":"query.precision: `, 0},
		{"header", "", "cpu value=1", []string{"Tidemark-After", "x"}, nil, 422, `{"error":"header.Tidemark-After: `,
			`{"code":"unprocessable entity","message":"header.Tidemark-After: `, 0},
		{"throttled", "", "cpu value=1", nil, fault.New(fault.Throttled, "x", "later"), 429, `{"error":"later"`,
			`{"code":"too many requests","message":"later"`, 1},
		{"indeterminate", "", "cpu value=1", nil, fault.New(fault.Indeterminate, "x", "perhaps"), 503,
			`{"error":"perhaps"`, `{"code":"unavailable","message":"perhaps"`, 1},
		{"bug", "", "cpu value=1", nil, fmt.Errorf("secret cause"), 500, `{"error":"A fault of ours"`,
			`{"code":"internal error","message":"A fault of ours"`, 1},
		{"coding", "", "cpu value=1", []string{"Content-Encoding", "br"}, nil, 415, `{"error":"the coding`,
			`{"code":"invalid","message":"the coding`, 0},
	} {
		for path, want := range map[string]string{"/write": c.v1, "/api/v2/write": c.v2} {
			t.Run(c.name+path, func(t *testing.T) {
				r := apitest.New(t, httpapi.Config{})
				r.Ingest.Err = c.err
				w := r.Do("POST", path+c.target, []byte(c.body), c.headers...)
				apitest.WantStatus(t, w, c.status)
				if !strings.HasPrefix(w.Body.String(), want) || w.Header().Get("Content-Type") != "application/json" {
					t.Errorf("%s: %s, want %s...", w.Header().Get("Content-Type"), w.Body, want)
				}
				if r.Ingest.Readings() != c.stored {
					t.Errorf("stored %d readings", r.Ingest.Readings())
				}
				if (c.status == 429 || c.status == 503) != (w.Header().Get("Retry-After") != "") {
					t.Errorf("Retry-After %q", w.Header().Get("Retry-After"))
				}
			})
		}
	}
}

func TestPartialWriteNamesLinesAndCounts(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	w := r.Do("POST", "/api/v2/write?precision=ns", []byte(strings.Repeat("cpu value=x 1\n", 20)+"cpu value=1 1\n"))
	apitest.WantStatus(t, w, 400)
	for _, part := range []string{"line 1: ", "line 5: ", "and 15 more", "dropped=20", "stored=1"} {
		if !strings.Contains(w.Body.String(), part) {
			t.Errorf("%q is not in %s", part, w.Body)
		}
	}
	if w.Header().Get("Tidemark-Stamp") == "" {
		t.Error("a partial write has no stamp")
	}
}

func TestPing(t *testing.T) {
	r := apitest.New(t, httpapi.Config{Version: "1.2.3"})
	for _, method := range []string{"GET", "HEAD"} {
		w := r.Do(method, "/ping?verbose=true", nil)
		apitest.WantStatus(t, w, 204)
		if w.Header().Get("X-Influxdb-Version") != "1.2.3" {
			t.Errorf("headers %v", w.Header())
		}
	}
}
