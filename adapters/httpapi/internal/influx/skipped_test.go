package influx_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
	"tidemark/adapters/httpapi/schema"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/readings"
)

// TestWhatIsNoReadingIsSaid: strings and integers beyond 2^53 do not spoil a flush. The header names them, metrics
// count them, and the log says each of them once.
func TestWhatIsNoReadingIsSaid(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	flush := "system,host=e load1=0.5,uptime_format=\" 0:07\" 1\n" +
		"net,host=e bytes=9007199254740993i,my\\ name=\"x\" 1\nsystem,host=f uptime_format=\"0:08\" 1\n"
	want := `4;text="system uptime_format, net my%20name";integer="net bytes"`
	for range 3 {
		w := r.Do("POST", "/api/v2/write?precision=s", []byte(flush))
		apitest.WantStatus(t, w, 204)
		if got := w.Header().Get(schema.HeaderSkipped); got != want {
			t.Errorf("%s: %s, expected %s", schema.HeaderSkipped, got, want)
		}
	}
	if n := r.Ingest.Readings(); n != 3 {
		t.Errorf("stored %d readings", n)
	}
	if got := r.Seen[1].Skipped; got != [readings.SkipKinds]int{3, 1, 0} {
		t.Errorf("counted %v", got)
	}
	for _, name := range []string{"uptime_format", "my name", "name=bytes"} {
		if n := strings.Count(r.Log.String(), name); n != 1 {
			t.Errorf("the log says %s %d times:\n%s", name, n, r.Log.String())
		}
	}
	log := r.Log.String()
	if n := strings.Count(log, "line protocol: "); n != 3 || !strings.Contains(log, "tenant=acme measurement=system") {
		t.Errorf("%d lines:\n%s", n, log)
	}
}

// TestMalformedStaysAPartialWrite, as InfluxDB has it, with what was skipped beside it.
func TestMalformedStaysAPartialWrite(t *testing.T) {
	for body, skipped := range map[string]string{
		"cpu value=1 1\ncpu value=NaN 1\ncpu text=\"x\" 1\n":           `1;text="cpu text"`,
		"cpu value=9223372036854775808i 1\ncpu value=1,text=\"x\" 1\n": `1;text="cpu text"`,
		"cpu value=NaN 1\ncpu text=\"x\" 1\n":                          `1;text="cpu text"`,
		"cpu value=inf,text=\"x\" 1\n":                                 "",
	} {
		r := apitest.New(t, httpapi.Config{})
		w := r.Do("POST", "/api/v2/write?precision=s", []byte(body))
		apitest.WantStatus(t, w, 400)
		if got := w.Header().Get(schema.HeaderSkipped); got != skipped ||
			!strings.Contains(w.Body.String(), "(dropped=1") {
			t.Errorf("%q: %q and %s", body, got, w.Body)
		}
	}
	r := apitest.New(t, httpapi.Config{})
	r.Ingest.Err = fmt.Errorf("away")
	w := r.Do("POST", "/write?precision=ns", []byte("cpu value=1,text=\"x\" 1"))
	if w.Code != 500 || w.Header().Get(schema.HeaderSkipped) != "" || r.Seen[0].Skipped[0] != 0 {
		t.Errorf("%d, %v, %v: the client will send it again", w.Code, w.Header(), r.Seen[0].Skipped)
	}
}

// TestNothingButTextIsNoError.
func TestNothingButTextIsNoError(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	w := r.Do("POST", "/write", []byte("system,host=e uptime_format=\" 0:07\" 1\n"))
	apitest.WantStatus(t, w, 204)
	if r.Ingest.Readings() != 0 || w.Header().Get(schema.HeaderSkipped) != `1;text="system uptime_format"` {
		t.Errorf("%d readings, %v", r.Ingest.Readings(), w.Header())
	}
}

// TestSkippedNamesAreBounded in the header and in the log: of one tenant, whose names others do not pay for.
func TestSkippedNamesAreBounded(t *testing.T) {
	r := apitest.New(t, httpapi.Config{}, func(d *httpapi.Deps) {
		d.Callers = apitest.Callers{"a": apitest.Of("a"), "b": apitest.Of("b")}
	})
	for i := range 4 {
		var in strings.Builder
		for j := range 50 {
			fmt.Fprintf(&in, "m %s%d=\"x\" 5\n", strings.Repeat("ö", 1000), 50*i+j)
		}
		w := r.Do("POST", "/write", []byte(in.String()), "Authorization", "Token a")
		apitest.WantStatus(t, w, 204)
		h := w.Header().Get(schema.HeaderSkipped)
		if !strings.HasPrefix(h, `50;text="m %C3%B6`) || strings.Count(h, "m %") != 10 || len(h) > 4096 {
			t.Errorf("header of %d bytes: %.200s", len(h), h)
		}
	}
	if n := strings.Count(r.Log.String(), "measurement=m"); n > 100 || r.Log.Len() > 100_000 {
		t.Errorf("%d lines, %d bytes", n, r.Log.Len())
	}
	w := r.Do("POST", "/write?precision=ns", []byte("m other=\"x\" 5\n"), "Authorization", "Token b")
	apitest.WantStatus(t, w, 204)
	if !strings.Contains(r.Log.String(), "tenant=b measurement=m name=other") {
		t.Error("a tenant's names keep those of another out of the log")
	}
}

func TestTagsAsParameters(t *testing.T) {
	r := apitest.New(t, httpapi.Config{SourceTags: []string{"host"}, LabelTags: []string{"rack"}})
	for _, c := range []struct{ params, source string }{
		{"", "e,cpu=cpu0"},
		{"?source_tags=", "e,cpu=cpu0"},
		{"?source_tags=cpu", "cpu0,host=e"},
		{"?source_tags=no,cpu&label_tags=host", "cpu0,rack=7"},
		{"?label_tags=cpu", "e,rack=7"},
		{"?label_tags=*", "e"},
		{"", "e,cpu=cpu0"},
	} {
		before := len(r.Ingest.Writes)
		for _, path := range []string{"/write", "/api/v2/write"} {
			apitest.WantStatus(t, r.Do("POST", path+c.params, []byte("cpu,cpu=cpu0,host=e,rack=7 value=1 0")), 204)
		}
		for _, b := range r.Ingest.Writes[before:] {
			labels := []telemetry.Label{{Name: "cpu", Value: "cpu0"}, {Name: "host", Value: "e"},
				{Name: "rack", Value: "7"}}
			want := []telemetry.Description{{Source: telemetry.Source(c.source), Labels: labels}}
			if diff := cmp.Diff(want, b.Sources); diff != "" || b.Series[0].Source != telemetry.Source(c.source) {
				t.Errorf("%s: %v (-want +got):\n%s", c.params, b.Series, diff)
			}
		}
	}
	for params, says := range map[string]string{"source_tags=a,,b": "query.source_tags: the name of a tag is empty",
		"label_tags=host": `query.label_tags: tag \"host\" is named twice`, "source_tags=*": "query.source_tags: ",
		"source_tags=" + strings.Repeat("a", 1025): "query.source_tags: "} {
		w := r.Do("POST", "/api/v2/write?"+params, []byte("cpu value=1 1"))
		apitest.WantStatus(t, w, 422)
		if !strings.Contains(w.Body.String(), says) {
			t.Errorf("%s: %s", params, w.Body)
		}
	}
	cfg := httpapi.Config{SourceTags: []string{"host"}, LabelTags: []string{"host"}}
	if _, err := httpapi.New(cfg, httpapi.Deps{}); err == nil ||
		!strings.Contains(err.Error(), `"host" is named twice`) {
		t.Errorf("a tag that is two things: %v", err)
	}
}
