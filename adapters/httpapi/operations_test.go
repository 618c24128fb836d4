package httpapi_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/auth"
	"tidemark/adapters/httpapi/schema"
	"tidemark/domain/fault"
	"tidemark/domain/query"
	"tidemark/domain/telemetry"
	"tidemark/domain/work"
)

func task(id string) work.Task {
	return work.Task{Version: 1, ID: id, Kind: "compact", Tenant: "acme", State: work.StatePoisoned, Reason: "corrupt",
		Deliveries: 5, Updated: now}
}

func TestTasks(t *testing.T) {
	r := newRig(t, httpapi.Config{})
	r.tasks.tasks = []work.Task{task("t1"), {ID: "t2", State: work.StateDone, Updated: now}}
	want := schema.TaskBody{ID: "t1", Kind: "compact", State: "poisoned", Reason: "corrupt", Deliveries: 5,
		Updated: now}
	if diff := cmp.Diff(want, decoded[schema.TaskBody](t, r.do("GET", "/v1/tasks/t1", nil))); diff != "" {
		t.Errorf("task (-want +got):\n%s", diff)
	}
	if got := decoded[schema.TaskBody](t, r.do("POST", "/v1/tasks/t1/redrive", nil)); got.State != "queued" {
		t.Errorf("driven again: %+v", got)
	}
	problem(t, r.do("POST", "/v1/tasks/t2/redrive", nil), 409, "conflict")
	problem(t, r.do("GET", "/v1/tasks/t3", nil), 404, "not-found")
}

func TestStatusAndHealth(t *testing.T) {
	r := newRig(t, httpapi.Config{})
	age := 1.5
	r.status.report = schema.Report{Version: "v", Region: "east", Mode: "normal", Account: "settling",
		Tidemark: schema.TidemarkReport{State: "live", At: &now, AgeSeconds: &age}}
	want := r.status.report
	want.Journals = []schema.JournalReport{}
	if diff := cmp.Diff(want, decoded[schema.Report](t, r.do("GET", "/v1/status", nil))); diff != "" {
		t.Errorf("status (-want +got):\n%s", diff)
	}
	if r.status.asked != "acme" {
		t.Errorf("the status of %q was asked for", r.status.asked)
	}
	for _, method := range []string{"GET", "HEAD"} {
		for _, path := range []string{"/health/live", "/health/ready"} {
			status(t, r.do(method, path, nil, "Accept", "text/plain"), 200)
		}
	}
	r.status.err = fault.New(fault.Unavailable, "status", "the store is not open")
	p := problem(t, r.do("GET", "/health/ready", nil), 503, "unavailable")
	if p.Detail != "the store is not open" {
		t.Errorf("detail %q", p.Detail)
	}
	status(t, r.do("GET", "/health/live", nil), 200)
	if w := r.do("GET", "/metrics", nil); w.Body.String() != "up 1\n" {
		t.Errorf("metrics %s", w.Body)
	}
}

// Every kind of error has its status wherever it comes from, and its cause stays here.
func TestKindsOfErrors(t *testing.T) {
	operations := []struct{ method, target, body string }{
		{"POST", "/v1/readings", twoReadings}, {"GET", "/v1/readings?source=roof&metric=temp", ""},
		{"DELETE", "/v1/readings?source=roof&metric=temp&from=2001-01-01&to=2002-01-01", ""},
		{"GET", "/v1/latest", ""}, {"GET", "/v1/aggregates?step=1h", ""}, {"GET", "/v1/series", ""},
		{"GET", "/v1/sources", ""}, {"GET", "/v1/sources/roof", ""},
		{"PUT", "/v1/sources/roof", `{"labels":{}}`}, {"GET", "/v1/tasks", ""}, {"GET", "/v1/tasks/t1", ""},
		{"POST", "/v1/tasks/t1/redrive", ""}, {"GET", "/v1/status", ""},
	}
	for kind, want := range map[fault.Kind]int{fault.Invalid: 400, fault.NotFound: 404, fault.Conflict: 409,
		fault.Unauthenticated: 401, fault.Forbidden: 403, fault.TooLarge: 413,
		fault.Throttled: 429, fault.Unavailable: 503, fault.Indeterminate: 503, fault.Canceled: 503, fault.Corrupt: 500,
		fault.Internal: 500, 0: 500} {
		r := newRig(t, httpapi.Config{})
		r.query.source, r.tasks.tasks = []query.SourceInfo{{Source: "roof"}}, []work.Task{task("t1")}
		var err error = &fault.Error{Kind: kind, Op: "journal.append", Message: "do this",
			Cause: errors.New("secret cause")}
		if kind == 0 {
			err, kind = errors.New("secret cause"), fault.Internal
		}
		r.ingest.err, r.query.err, r.tasks.err, r.status.err = err, err, err, err
		for _, o := range operations {
			w := r.do(o.method, o.target, []byte(o.body), "Content-Type", "application/json")
			p := problem(t, w, want, kind.String())
			quiet := want == 500
			if quiet != (p.Detail == "") || strings.Contains(w.Body.String(), "secret") ||
				strings.Contains(w.Body.String(), "journal.append") {
				t.Errorf("%s %s: %s", o.method, o.target, w.Body)
			}
			if retry := w.Header().Get("Retry-After"); (want == 429 || want == 503) != (retry == "1") {
				t.Errorf("%s %s: Retry-After %q", o.method, o.target, retry)
			}
			if (kind == fault.Indeterminate) != p.PerhapsStored ||
				(kind == fault.Unauthenticated) != (w.Header().Get("WWW-Authenticate") != "") {
				t.Errorf("%s %s: %+v %v", o.method, o.target, p, w.Header())
			}
		}
		if logged := strings.Count(r.log.String(), "secret cause"); (want >= 500) != (logged == len(operations)) {
			t.Errorf("%s: the cause is logged %d times", kind, logged)
		}
	}
}

// An error that brings no text for the client still says what is out of reach and what to do, and never why.
func TestErrorsWithoutATextSayWhatToDo(t *testing.T) {
	r := newRig(t, httpapi.Config{})
	for _, c := range []struct {
		kind fault.Kind
		op   string
		want []string
	}{
		{fault.Unavailable, "journal.index", []string{"the journal is out of reach", "try again"}},
		{fault.Unavailable, "directory.first", []string{"the journal is out of reach", "try again"}},
		{fault.Unavailable, "rows.scan", []string{"the storage account is out of reach", "try again"}},
		{fault.Unavailable, "queue.send", []string{"the queue is out of reach", "try again"}},
		{fault.Unavailable, "something", []string{"a part of the storage is out of reach", "try again"}},
		{fault.Throttled, "rows.get", []string{"the storage account", "try again"}},
		{fault.Indeterminate, "journal.append", []string{"the journal", "unknown", "send it again"}},
		{fault.Canceled, "journal.read", []string{"in time", "try again"}},
	} {
		r.query.err = fault.Wrap(c.kind, c.op, errors.New("secret cause"))
		r.ingest.err = r.query.err
		for _, q := range [][2]string{{"GET", "/v1/latest"}, {"POST", "/v1/readings"}} {
			w := r.do(q[0], q[1], []byte(twoReadings), "Content-Type", "application/json")
			p := decoded[schema.Problem](t, w)
			for _, part := range c.want {
				if !strings.Contains(p.Detail, part) {
					t.Errorf("%s in %s: %q lacks %q", c.kind, c.op, p.Detail, part)
				}
			}
			if strings.Contains(w.Body.String(), "secret") || strings.Contains(w.Body.String(), c.op) {
				t.Errorf("%s in %s: %s", c.kind, c.op, w.Body)
			}
		}
	}
	r.query.err = context.DeadlineExceeded // nobody classified it
	if p := problem(t, r.do("GET", "/v1/latest", nil), 503, "canceled"); !strings.Contains(p.Detail, "in time") {
		t.Errorf("%+v", p)
	}
	r.ingest.err = fault.Wrap(fault.Unavailable, "journal.append", errors.New("secret cause"))
	if w := r.do("POST", "/write", []byte("cpu value=1 0")); !strings.HasPrefix(w.Body.String(),
		`{"error":"the journal is out of reach`) {
		t.Errorf("%s", w.Body)
	}
}

func TestPanicsAreRecovered(t *testing.T) {
	r := newRig(t, httpapi.Config{})
	r.ingest.panics = "secret cause"
	w := r.do("POST", "/v1/readings", []byte(twoReadings), "Content-Type", "application/json")
	if p := problem(t, w, 500, "internal"); p.Detail != "panic" && p.Detail != "" ||
		strings.Contains(w.Body.String(), "secret") {
		t.Errorf("%s", w.Body)
	}
	if !strings.Contains(r.log.String(), "secret cause") || !strings.Contains(r.log.String(), "fakes_test.go") {
		t.Error("the panic and its stack are not in the log")
	}
	status(t, r.do("POST", "/write", []byte("cpu value=1 0")), 500)
	r.ingest.panics = nil
	status(t, r.do("POST", "/write", []byte("cpu value=1 0")), 204)
}

// A panic after the first byte breaks the connection off.
func TestPanicsInTheMiddleBreakOff(t *testing.T) {
	r := newRig(t, httpapi.Config{}, func(d *httpapi.Deps) {
		d.Metrics = http.HandlerFunc(func(w http.ResponseWriter,
			_ *http.Request) {
			fmt.Fprint(w, "up ")
			panic("half")
		})
	})
	defer func() {
		if v := recover(); v != http.ErrAbortHandler {
			t.Errorf("recovered %v", v)
		}
	}()
	r.do("GET", "/metrics", nil)
	t.Error("no panic")
}

func TestPathsAndMethodsThatAreNot(t *testing.T) {
	r := newRig(t, httpapi.Config{})
	for _, method := range []string{"GET", "HEAD"} {
		if w := r.do(method, "/", nil); w.Code != 302 || w.Header().Get("Location") != "/docs" || w.Body.Len() > 0 {
			t.Errorf("%s /: %d to %q %s", method, w.Code, w.Header().Get("Location"), w.Body)
		}
	}
	for _, path := range []string{"/v1//latest", "//v1/latest", "/v1/./latest", "/v1/x/../latest", "/v1/latest/..",
		"/v1/latest//"} {
		for _, method := range []string{"GET", "POST"} {
			if p := problem(t, r.do(method, "http://host"+path, nil), 404, "not-found"); !strings.Contains(p.Detail,
				"without //") {
				t.Errorf("%s %s: %s", method, path, p.Detail)
			}
		}
	}
	for _, path := range []string{"/v1", "/v1/nothing", "/v1/readings/x", "/v2/readings", "/debug/pprof/",
		"/v1/sources/", "/%2e%2e/etc/passwd"} {
		problem(t, r.do("GET", path, nil), 404, "not-found")
	}
	for target, allow := range map[string]string{"PATCH /v1/readings": "GET, HEAD, POST, DELETE",
		"DELETE /v1/sources/roof": "GET, HEAD, PUT", "GET /v1/tasks/t/redrive": "POST",
		"OPTIONS /v1/latest": "GET, HEAD", "POST /health/ready": "GET, HEAD", "POST /": "GET, HEAD",
		"TRACE /docs": "GET, HEAD"} {
		method, path, _ := strings.Cut(target, " ")
		w := r.do(method, path, nil)
		p := problem(t, w, 405, "method-not-allowed")
		if w.Header().Get("Allow") != allow || !strings.Contains(p.Detail, allow) {
			t.Errorf("%s: Allow %q, %s", target, w.Header().Get("Allow"), p.Detail)
		}
	}
	for target, want := range map[string]string{"GET /write": `{"error":"here it is POST"}`,
		"GET /api/v2/write": `{"code":"method not allowed","message":"here it is POST"}`} {
		method, path, _ := strings.Cut(target, " ")
		if w := r.do(method, path, nil); w.Code != 405 || strings.TrimSpace(w.Body.String()) != want {
			t.Errorf("%s: %d %s", target, w.Code, w.Body)
		}
	}
}

func TestParametersThatAreNot(t *testing.T) {
	r := newRig(t, httpapi.Config{})
	for target, want := range map[string]string{
		"GET /v1/readings?source=a&metric=b&form=1": `there is no parameter "form": did you mean from? ` +
			`There are cursor, from, limit, metric, precision, source, to`,
		"GET /v1/latest?tenant=other":      `there is no parameter "tenant": leave it out, or write one of `,
		"POST /v1/readings?atomics=true":   `"atomics": did you mean atomic? There are atomic, `,
		"POST /v1/readings?precison=s":     `"precison": did you mean precision? There are atomic, `,
		"POST /v1/readings?sourcecolumn=s": `did you mean source_column? There are `,
		"DELETE /v1/readings?Source=a":     `did you mean source? There are `,
		"GET /v1/series?percision=s":       `"percision": leave it out, or write one of cursor, `,
		"POST /v1/readings?atomic=perhaps": "query.atomic: write true or false",
		"GET /v1/readings?source=a&metric=b&limit=100001": "query.limit: write a whole number " +
			"from 1 to 100000",
		"GET /v1/tasks?limit=1.5": "query.limit: write a whole number " +
			"from 1 to 1000",
		"GET /v1/aggregates?step=1h&fill=null": "query.fill: write one of none, " +
			"previous, linear, zero",
		"POST /write?precision=d": "query.precision: write one of ns, n, " +
			"us, u, ms, s, m, h",
		"GET /v1/aggregates": "query.step: it is required: give it",
		"GET /v1/tasks/" + strings.Repeat("x", 513): "path.id: it is longer than 512 " +
			"characters: shorten it",
		"GET /v1/latest?" + strings.Repeat("label=a%3Db&",
			33): "query.label: it is given more than 32 times",
		"GET /v1/readings?source=a&source=b&metric=b": "more than once",
		"GET /v1/readings?metric=b":                   "query.source: it is required: give it",
		"GET /v1/readings?source=&metric=b":           "query.source: it is empty",
		"GET /v1/readings?source=a&metric=b&limit=0": "query.limit: write a whole number " +
			"from 1 to 100000",
		"GET /v1/readings?source=a&metric=b&limit=x": "query.limit: write a whole number " +
			"from 1 to 100000",
		"GET /v1/sources/a?x=1":          `there is no parameter "x": leave it out, here there are none`,
		"POST /v1/tasks/t/redrive?now=1": `there is no parameter "now"`,
		"GET /v1/readings?source=" + strings.Repeat("x", 513) +
			"&metric=b": "query.source: it is longer than 512 characters: shorten it",
	} {
		method, path, _ := strings.Cut(target, " ")
		w := r.do(method, path, nil, "Content-Type", "application/json")
		if path, _, _ = strings.Cut(path, "?"); path == "/write" {
			if w.Code != 422 || !strings.Contains(w.Body.String(), want) {
				t.Errorf("%s: %s", target, w.Body)
			}
			continue
		}
		p := problem(t, w, 422, "invalid")
		if !strings.Contains(p.Detail, want) || len(p.Errors) == 0 || strings.Contains(w.Body.String(), "xxxx") {
			t.Errorf("%.60s: %s", target, w.Body)
		}
	}
}

// A query that does not decode is refused whole: left out, its parameters would mean everything.
func TestQueriesThatDoNotDecode(t *testing.T) {
	r := newRig(t, httpapi.Config{})
	r.query.source = []query.SourceInfo{{Source: "roof", Metrics: []telemetry.Metric{"hum", "temp"}}}
	for target, want := range map[string]string{
		"DELETE /v1/readings?source=roof&metric=hum%&from=1&to=5":  "% is written %25",
		"DELETE /v1/readings?source=roof&metric=%zz&from=1&to=5":   "% is written %25",
		"DELETE /v1/readings?source=roof&metric=a;b&from=1&to=5":   "; is written %3B",
		"DELETE /v1/readings?source=roof&metric=%ff&from=1&to=5":   "UTF-8",
		"GET /v1/readings?source=roof&metric=temp&from=%":          "%25",
		"GET /v1/latest?source=%zz":                                "%25",
		"GET /v1/latest?label=%zz":                                 "%25",
		"GET /v1/series?%zz=1":                                     "%25",
		"GET /v1/sources?label=site%3Da;b":                         "%3B",
		"GET /v1/aggregates?step=1h&metric=%":                      "%25",
		"POST /v1/readings?source=%zz":                             "%25",
		"PUT /v1/sources/roof?%":                                   "%25",
		"GET /v1/tasks?cursor=%":                                   "%25",
		"GET /v1/status?%":                                         "%25",
		"GET /health/ready?%":                                      "%25",
		"GET /docs?%":                                              "%25",
		"GET /nothing?%":                                           "%25",
		"DELETE /v1/readings?source=roof&metric=hum&from=1&to=5%2": "%25",
	} {
		method, path, _ := strings.Cut(target, " ")
		w := r.do(method, path, nil, "Content-Type", "application/json")
		p := problem(t, w, 400, "invalid")
		if strings.Contains(w.Body.String(), `\u0026`) {
			t.Errorf("%s: %s is not for people to read", target, w.Body)
		}
		if !strings.Contains(p.Detail, "the query does not decode") || !strings.Contains(p.Detail, want) {
			t.Errorf("%s: %s", target, p.Detail)
		}
	}
	for target, want := range map[string]string{"/write?db=%": `{"error":"the query does not decode`,
		"/write?p=a;b":             `{"error":"the query does not decode`,
		"/api/v2/write?bucket=%zz": `{"code":"invalid","message":"the query does not decode`} {
		if w := r.do("POST", target, []byte("cpu value=1 1")); w.Code != 400 ||
			!strings.HasPrefix(w.Body.String(), want) {
			t.Errorf("%s: %d %s", target, w.Code, w.Body)
		}
	}
	if len(r.ingest.writes) > 0 || r.query.asked != nil {
		t.Errorf("%d writes, asked %v", len(r.ingest.writes), r.query.asked)
	}
}

// A parameter that is there and empty is mostly a variable that nobody set, and does not mean the default; one given
// twice means nobody knows what.
func TestParametersThatAreEmptyOrRepeated(t *testing.T) {
	r := newRig(t, httpapi.Config{})
	r.query.source = []query.SourceInfo{{Source: "roof", Metrics: []telemetry.Metric{"hum", "temp"}}}
	for target, name := range map[string]string{
		"DELETE /v1/readings?source=roof&metric=&from=1&to=5":                "query.metric",
		"DELETE /v1/readings?source=roof&metric&from=1&to=5":                 "query.metric",
		"DELETE /v1/readings?source=&from=1&to=5":                            "query.source",
		"DELETE /v1/readings?source=roof&metric=hum&metric=temp&from=1&to=5": "query.metric",
		"DELETE /v1/readings?source=roof&metric=hum&metric=&from=1&to=5":     "query.metric",
		"DELETE /v1/readings?source=roof&metric=hum&from=1&to=5&precision=":  "query.precision",
		"GET /v1/readings?source=roof&metric=temp&from=":                     "query.from",
		"GET /v1/latest?source=":                                             "query.source",
		"GET /v1/latest?source=a&source=b":                                   "query.source",
		"GET /v1/latest?label=":                                              "query.label",
		"GET /v1/latest?label=&label=site%3Dnorth":                           "query.label",
		"GET /v1/latest?label=site%3Dnorth&label=":                           "query.label",
		"GET /v1/series?cursor=":                                             "query.cursor",
		"GET /v1/sources?label=":                                             "query.label",
		"GET /v1/aggregates?step=1h&metric=":                                 "query.metric",
		"POST /v1/readings?atomic":                                           "query.atomic",
		"POST /v1/readings?source=":                                          "query.source",
		"POST /write?precision=s&precision=ms":                               "query.precision",
		"POST /v1/readings Tidemark-Require":                                 "header.Tidemark-Require",
	} {
		method, path, _ := strings.Cut(target, " ")
		headers := []string{"Content-Type", "application/json"}
		if p, header, ok := strings.Cut(path, " "); ok {
			path, headers = p, append(headers, header, "one", header, "both")
		}
		w := r.do(method, path, []byte(twoReadings), headers...)
		status(t, w, 422)
		if !strings.Contains(w.Body.String(), name+": ") {
			t.Errorf("%s: %s", target, w.Body)
		}
	}
	if len(r.ingest.writes) > 0 || r.query.asked != nil {
		t.Errorf("%d writes, asked %v", len(r.ingest.writes), r.query.asked)
	}
	// the label is empty, the parameter is not
	status(t, r.do("GET", "/v1/latest?label=site%3D", nil), 200)
	status(t, r.do("POST", "/write?db=&rp=&precision=", []byte("cpu value=1 0")), 204) // as Influx's clients send it
}

func TestTokens(t *testing.T) {
	tenant, err := auth.Tokens(strings.NewReader("# tokens\n\nalpha,acme\n beta , other \ngamma,acme\n"))
	if err != nil {
		t.Fatal(err)
	}
	for authorization, want := range map[string]telemetry.Tenant{"Bearer alpha": "acme", "bearer beta": "other",
		"Token gamma": "acme", "Token  alpha ": "acme", "": "", "Bearer": "", "Bearer ": "",
		"Bearer alphax": "", "Bearer ALPHA": "", "alpha": "", "Basic alpha": "", "Bearer # tokens": "",
		"Bearer acme": ""} {
		q, _ := http.NewRequest("GET", "/v1/readings", nil)
		q.Header.Set("Authorization", authorization)
		q.Header.Set("X-Tenant", "acme")
		got, err := tenant(q)
		if got != want || (want == "") != fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%q: %q, %v", authorization, got, err)
		}
	}
	for _, file := range []string{"", "# nothing\n", "alpha\n", ",acme\n", "alpha,\n", "a,b\na,c\n", "a,b\x01c\n"} {
		if _, err := auth.Tokens(strings.NewReader(file)); err == nil || strings.Contains(err.Error(), "alpha") {
			t.Errorf("%q: %v", file, err)
		}
	}
}

func TestTenantsComeFromCredentials(t *testing.T) {
	tenant, err := auth.Tokens(strings.NewReader("alpha,acme\nbeta,other\n"))
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, httpapi.Config{}, func(d *httpapi.Deps) { d.Tenant = tenant })
	for token, want := range map[string]telemetry.Tenant{"alpha": "acme", "beta": "other"} {
		status(t, r.do("GET", "/v1/latest", nil, "Authorization", "Bearer "+token, "Tidemark-Tenant", "evil"), 200)
		if r.query.asked[0] != want {
			t.Errorf("asked for %v", r.query.asked[0])
		}
	}
	r.query.asked = nil
	for path, item := range served(t, r).Paths {
		path = strings.NewReplacer("{source}", "roof", "{id}", "t1").Replace(path)
		for method, op := range item {
			if w := r.do(strings.ToUpper(method), path, nil); (len(op.Security) > 0) != (w.Code == 401) {
				t.Errorf("%s %s without a token: %d", method, path, w.Code)
			}
		}
	}
	if r.query.asked != nil || len(r.ingest.writes) > 0 {
		t.Error("a use case was asked without a tenant")
	}
}

func TestTenantsAreHeldToTheirRate(t *testing.T) {
	who := telemetry.Tenant("acme")
	r := newRig(t, httpapi.Config{TenantRate: 2, TenantBurst: 3}, func(d *httpapi.Deps) {
		d.Tenant = func(*http.Request) (telemetry.Tenant, error) { return who, nil }
	})
	for range 3 {
		status(t, r.do("GET", "/v1/latest", nil), 200)
	}
	w := r.do("GET", "/v1/latest", nil)
	problem(t, w, 429, "throttled")
	if w.Header().Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q", w.Header().Get("Retry-After"))
	}
	status(t, r.do("GET", "/health/ready", nil), 200)
	who = "other"
	status(t, r.do("GET", "/v1/latest", nil), 200)
	who = "acme"
	r.now = r.now.Add(500 * time.Millisecond)
	status(t, r.do("GET", "/v1/latest", nil), 200)
	problem(t, r.do("GET", "/v1/latest", nil), 429, "throttled")
}

func TestObservations(t *testing.T) {
	r := newRig(t, httpapi.Config{})
	r.query.source = []query.SourceInfo{{Source: "roof"}}
	r.do("GET", "/v1/sources/roof", nil)
	r.do("POST", "/write?p=secret", []byte("cpu value=1 0"))
	r.do("GET", "/nowhere/secret", nil)
	want := []httpapi.Observation{{Method: "GET", Route: "/v1/sources/{source}", Status: 200, BytesOut: 43},
		{Method: "POST", Route: "/write", Status: 204, BytesIn: 13},
		{Method: "GET", Route: "unmatched", Status: 404, BytesOut: r.seen[2].BytesOut}}
	if diff := cmp.Diff(want, r.seen); diff != "" {
		t.Errorf("seen (-want +got):\n%s", diff)
	}
	if strings.Contains(r.log.String(), "secret") {
		t.Errorf("the log holds what was sent: %s", r.log.String())
	}
}

func TestDocsAreSelfContained(t *testing.T) {
	r := newRig(t, httpapi.Config{})
	w := r.do("GET", "/docs", nil)
	status(t, w, 200)
	page := w.Body.String()
	if regexp.MustCompile(`(?i)<script|<link|<img|<iframe|src=|https?://|javascript:|@import| on[a-z]+=`).
		MatchString(page) {
		t.Error("the page brings something from elsewhere, or a script")
	}
	style := regexp.MustCompile(`(?s)<style>(.*)</style>`).FindStringSubmatch(page)
	sum := sha256.Sum256([]byte(style[1]))
	policy := w.Header().Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") ||
		!strings.Contains(policy, base64.StdEncoding.EncodeToString(sum[:])) {
		t.Errorf("the policy %q does not allow the style and nothing else", policy)
	}
	for path, item := range served(t, r).Paths {
		for _, op := range item {
			if !strings.Contains(page, path) || !strings.Contains(page, `id="`+op.OperationID+`"`) {
				t.Errorf("%s is not on the page", path)
			}
		}
	}
	for name := range served(t, r).Components.Schemas {
		if !strings.Contains(page, `id="schema-`+name+`"`) {
			t.Errorf("schema %s is not on the page", name)
		}
	}
}

func TestHeadersOfEveryAnswer(t *testing.T) {
	r := newRig(t, httpapi.Config{})
	for _, path := range []string{"/v1/latest", "/nowhere", "/docs", "/health/live", "/ping"} {
		h := r.do("GET", path, nil).Header()
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("X-Request-Id") == "" || h.Get("Cache-Control") == "" {
			t.Errorf("%s: %v", path, h)
		}
	}
}
