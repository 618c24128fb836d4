package httpapi_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/auth"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
)

const twoLines = "weather,source=roof,site=north temp=21.5,hum=40i 1700000000000000000\nload value=3 " +
	"1700000000000000001\n"

func TestLineProtocolIsStored(t *testing.T) {
	for _, target := range []string{"/write?db=x&rp=autogen&consistency=any&u=me&p=&org=o&bucket=b",
		"/api/v2/write?org=o&bucket=b&precision=ns&consistency=one&db=x&rp=y", "/write", "/api/v2/write?orgID=1"} {
		for _, coding := range []string{"", "gzip"} {
			r := newRig(t, httpapi.Config{})
			in := []byte(twoLines)
			if coding != "" {
				in = compress(t, coding, in)
			}
			w := r.do("POST", target, in, "Content-Encoding", coding, "Content-Type", "text/plain", "Accept",
				"text/plain")
			status(t, w, 204)
			if w.Body.Len() != 0 || w.Header().Get("Tidemark-Stamp") != stamp.String() {
				t.Errorf("%s: body %q, stamp %q", target, w.Body, w.Header().Get("Tidemark-Stamp"))
			}
			b := r.ingest.writes[0]
			if b.Len() != 3 || b.Times[0] != 1700000000000000000 ||
				b.Series[0] != (telemetry.Series{Source: "roof,site=north", Metric: "weather_temp"}) {
				t.Errorf("%s: stored %+v", target, b)
			}
		}
	}
}

func TestLineProtocolOptions(t *testing.T) {
	r := newRig(t, httpapi.Config{SourceTags: []string{"host"}})
	for _, precision := range []string{"n", "ns", "u", "us", "ms", "s", "m", "h"} {
		status(t, r.do("POST", "/write?precision="+precision, []byte("cpu,host=a value=1 2")), 204)
	}
	units := []int64{1, 1, 1e3, 1e3, 1e6, 1e9, 60e9, 3600e9}
	for i, b := range r.ingest.writes {
		if b.Times[0] != 2*units[i] || b.Series[0].Source != "a" {
			t.Errorf("write %d: %+v", i, b)
		}
	}
	status(t, r.do("POST", "/write", []byte("cpu,host=a value=1")), 204)
	if b := r.ingest.writes[len(units)]; b.Times[0] != now.UnixNano() {
		t.Errorf("a line without a time got %d", b.Times[0])
	}
	status(t, r.do("POST", "/api/v2/write", nil), 204)
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
				r := newRig(t, httpapi.Config{})
				r.ingest.err = c.err
				w := r.do("POST", path+c.target, []byte(c.body), c.headers...)
				status(t, w, c.status)
				if !strings.HasPrefix(w.Body.String(), want) || w.Header().Get("Content-Type") != "application/json" {
					t.Errorf("%s: %s, want %s...", w.Header().Get("Content-Type"), w.Body, want)
				}
				if r.ingest.readings() != c.stored {
					t.Errorf("stored %d readings", r.ingest.readings())
				}
				if (c.status == 429 || c.status == 503) != (w.Header().Get("Retry-After") != "") {
					t.Errorf("Retry-After %q", w.Header().Get("Retry-After"))
				}
			})
		}
	}
}

func TestPartialWriteNamesLinesAndCounts(t *testing.T) {
	r := newRig(t, httpapi.Config{})
	w := r.do("POST", "/api/v2/write?precision=ns", []byte(strings.Repeat("cpu value=x 1\n", 20)+"cpu value=1 1\n"))
	status(t, w, 400)
	for _, part := range []string{"line 1: ", "line 5: ", "and 15 more", "dropped=20", "stored=1"} {
		if !strings.Contains(w.Body.String(), part) {
			t.Errorf("%q is not in %s", part, w.Body)
		}
	}
	if w.Header().Get("Tidemark-Stamp") == "" {
		t.Error("a partial write has no stamp")
	}
}

func TestCredentialsOfInflux(t *testing.T) {
	tenant, err := auth.Tokens(strings.NewReader("secret,acme\n"))
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, httpapi.Config{}, func(d *httpapi.Deps) { d.Tenant = tenant })
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("me:secret"))
	for _, c := range []struct {
		target, authorization string
		status                int
	}{
		{"/write?u=me&p=secret", "", 204},
		{"/write?u=me&p=wrong", "", 401},
		{"/write", "Token secret", 204},
		{"/write", basic, 204},
		{"/api/v2/write", "Token secret", 204},
		{"/api/v2/write", "Bearer secret", 204},
		{"/api/v2/write?p=secret", "", 401},
		{"/api/v2/write", basic, 401},
		{"/api/v2/write", "", 401},
	} {
		w := r.do("POST", c.target, []byte("cpu value=1 0"), "Authorization", c.authorization)
		if w.Code != c.status {
			t.Errorf("%s with %q: %d %s", c.target, c.authorization, w.Code, w.Body)
		}
		if c.status == 401 && (w.Header().Get("WWW-Authenticate") == "" ||
			strings.Contains(w.Body.String(), "problem")) {
			t.Errorf("%s: %s", c.target, w.Body)
		}
	}
	if strings.Contains(r.log.String(), "secret") {
		t.Error("the log holds a token")
	}
}

func TestPing(t *testing.T) {
	r := newRig(t, httpapi.Config{Version: "1.2.3"})
	for _, method := range []string{"GET", "HEAD"} {
		w := r.do(method, "/ping?verbose=true", nil)
		status(t, w, 204)
		if w.Header().Get("X-Influxdb-Version") != "1.2.3" {
			t.Errorf("headers %v", w.Header())
		}
	}
}
