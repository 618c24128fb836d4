package decode_test

import (
	"strings"
	"testing"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
)

// unsaidTimes are bodies of every form with the time "AT".
var unsaidTimes = []struct{ target, contentType, body string }{
	{"/v1/readings", "text/csv", "time,source,temp\nAT,roof,1\n"},
	{"/v1/readings", "text/csv", "time,source,metric,value\nAT,roof,temp,1\n"},
	{"/v1/readings", "application/json", `{"readings":[{"source":"roof","metric":"temp","time":AT,"value":1}]}`},
	{"/v1/readings", "application/json", `{"series":[{"source":"roof","metric":"temp","times":[AT],"values":[1]}]}`},
	{"/v1/readings", "application/x-ndjson", `{"source":"roof","metric":"temp","time":AT,"value":1}`},
	{"/write", "", "m,source=roof temp=1 AT\n"},
	{"/api/v2/write", "", "m,source=roof temp=1 AT\n"},
}

// TestTimesOfAnUnsaidPrecision: today's seconds, milliseconds and microseconds are not taken for nanoseconds of 1970.
// The answer says what they look like. With the precision named they are taken as given, and nanoseconds always are.
func TestTimesOfAnUnsaidPrecision(t *testing.T) {
	looks := map[string]string{
		"1790000000":          "looks like Unix seconds, of 2026-09-21: name the precision (precision=s)",
		"1790000000123":       "looks like Unix milliseconds, of 2026-09-21: name the precision (precision=ms)",
		"1790000000123456":    "looks like Unix microseconds, of 2026-09-21: name the precision (precision=us)",
		"-5":                  "has no unit, and as nanoseconds it lies before 1971",
		"31535999999999999":   "looks like Unix microseconds",
		"31536000000000000":   "",
		"1790000000123456789": "",
		"0":                   "",
	}
	for _, c := range unsaidTimes {
		for at, want := range looks {
			r := apitest.New(t, httpapi.Config{})
			in := []byte(strings.ReplaceAll(c.body, "AT", at))
			w := r.Do("POST", c.target, in, "Content-Type", c.contentType)
			if refused := w.Code >= 400; refused != (want != "") || !strings.Contains(w.Body.String(), want) {
				t.Errorf("%s %s: %d %s, want %q", c.target, in, w.Code, w.Body, want)
			}
			if r.Ingest.Readings() != 0 && want != "" {
				t.Errorf("%s %s: stored", c.target, in)
			}
			w = r.Do("POST", c.target+"?precision=ns", in, "Content-Type", c.contentType)
			misnamed := strings.Contains(want, "looks like Unix") && at != "31535999999999999"
			if misnamed != (w.Code == 400 && strings.Contains(w.Body.String(), "in nanoseconds (precision=ns) ")) ||
				!misnamed && w.Code != 200 && w.Code != 204 {
				t.Errorf("%s %s, with precision=ns: %d %s", c.target, in, w.Code, w.Body)
			}
		}
	}
}

// TestAMisnamedPrecision refuses the request: today's seconds are not taken for the milliseconds that were named. Data
// of 1970 go in as seconds, as text, and beside those of other years.
func TestAMisnamedPrecision(t *testing.T) {
	for _, c := range unsaidTimes {
		r := apitest.New(t, httpapi.Config{})
		in := []byte(strings.ReplaceAll(c.body, "AT", "1790000000"))
		for p, want := range map[string]int{"ns": 400, "us": 400, "ms": 400} {
			w := r.Do("POST", c.target+"?precision="+p, in, "Content-Type", c.contentType)
			if text := w.Body.String(); w.Code != want || !strings.Contains(text, "(precision="+p+")") ||
				!strings.Contains(text, "in seconds it is of 2026-09-21: send precision=s") ||
				r.Ingest.Readings() != 0 {
				t.Errorf("%s %s, precision=%s: %d %s", c.target, in, p, w.Code, text)
			}
		}
		in = []byte(strings.ReplaceAll(c.body, "AT", "1790000"))
		if w := r.Do("POST", c.target+"?precision=s", in, "Content-Type", c.contentType); w.Code/100 != 2 {
			t.Errorf("%s %s, seconds of 1970: %d %s", c.target, in, w.Code, w.Body)
		}
	}
	for _, c := range []struct{ target, contentType, body string }{
		{"/v1/readings", "text/csv", "time,source,temp\n1790000000,roof,1\n5000000000,roof,2\n"},
		{"/v1/readings", "text/csv", "time,source,temp\n1970-01-21,roof,1\n"},
		{"/v1/readings", "application/json", `[{"source":"a","metric":"b","time":"1970-01-21T17:13:20Z","value":1}]`},
		{"/write", "", "m,source=roof temp=1 1790000000\nm,source=roof temp=1 5000000000\n"},
	} {
		w := apitest.New(t, httpapi.Config{}).Do("POST", c.target+"?precision=ms", []byte(c.body), "Content-Type",
			c.contentType)
		if w.Code/100 != 2 {
			t.Errorf("%s: %d %s", c.body, w.Code, w.Body)
		}
	}
}

// TestFractionsOfAnUnsaidPrecision are what a program's clock gives as a float.
func TestFractionsOfAnUnsaidPrecision(t *testing.T) {
	for _, c := range unsaidTimes[:5] {
		in := []byte(strings.ReplaceAll(c.body, "AT", "1790000000.25"))
		w := apitest.New(t, httpapi.Config{}).Do("POST", c.target, in, "Content-Type", c.contentType)
		if w.Code != 422 || !strings.Contains(w.Body.String(), "looks like Unix seconds, of 2026-09-21") {
			t.Errorf("%s: %d %s", in, w.Code, w.Body)
		}
	}
}

// TestAGoodRowBesideADoubtfulOne is stored, in every form's manner.
func TestAGoodRowBesideADoubtfulOne(t *testing.T) {
	const good, bad = "1790000000000000000", "1790000000"
	for _, c := range []struct{ target, contentType, body string }{
		{"/v1/readings", "text/csv", "time,source,temp\n" + good + ",roof,1\n" + bad + ",roof,2\n"},
		{"/v1/readings", "application/json", `[{"source":"roof","metric":"temp","time":` + good + `,"value":1},` +
			`{"source":"roof","metric":"temp","time":` + bad + `,"value":2}]`},
		{"/write", "", "m,source=roof temp=1 " + good + "\nm,source=roof temp=2 " + bad},
	} {
		r := apitest.New(t, httpapi.Config{})
		w := r.Do("POST", c.target, []byte(c.body), "Content-Type", c.contentType)
		if r.Ingest.Readings() != 1 || !strings.Contains(w.Body.String(), "looks like Unix seconds") {
			t.Errorf("%s %s: %d readings, %d %s", c.target, c.body, r.Ingest.Readings(), w.Code, w.Body)
		}
	}
}

// TestNamedPrecisionsBeyondTheYears: a number that does not fit with its unit is an error, never another time.
func TestNamedPrecisionsBeyondTheYears(t *testing.T) {
	for _, c := range unsaidTimes {
		for _, p := range []string{"s", "ms", "us", "m", "h"} {
			if c.target == "/api/v2/write" && len(p) == 1 && p != "s" { // InfluxDB 2 does not have it
				continue
			}
			for _, at := range []string{"1790000000123456789", "9223372036854775807", "9300000000000000"} {
				if p == "us" && at == "9300000000000000" { // 2264, before 2200 it is not
					at = "7300000000000000"
				}
				r := apitest.New(t, httpapi.Config{})
				in := []byte(strings.ReplaceAll(c.body, "AT", at))
				w := r.Do("POST", c.target+"?precision="+p, in, "Content-Type", c.contentType)
				if w.Code < 400 || !strings.Contains(w.Body.String(), "lies outside of 1700-01-01 to 2200-01-01") {
					t.Errorf("%s %s, precision %s: %d %s", c.target, in, p, w.Code, w.Body)
				}
			}
		}
	}
}
