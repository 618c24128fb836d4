package problem_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
	"tidemark/adapters/httpapi/schema"
	"tidemark/domain/fault"
	"tidemark/domain/query"
	"tidemark/domain/readpath"
	"tidemark/domain/work"
)

// Every kind of error has its status wherever it comes from, and its cause stays here.
func TestKindsOfErrors(t *testing.T) {
	operations := []struct{ method, target, body string }{
		{"POST", "/v1/readings", apitest.TwoReadings}, {"GET", "/v1/readings?source=roof&metric=temp", ""},
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
		r := apitest.New(t, httpapi.Config{})
		r.Query.AllSources, r.Tasks.AllTasks = []query.SourceInfo{{Source: "roof"}}, []work.Task{apitest.Task("t1")}
		var err error = &fault.Error{Kind: kind, Op: "journal.append", Message: "do this",
			Cause: errors.New("secret cause")}
		if kind == 0 {
			err, kind = errors.New("secret cause"), fault.Internal
		}
		r.Ingest.Err, r.Query.Err, r.Tasks.Err, r.Status.Err = err, err, err, err
		for _, o := range operations {
			w := r.Do(o.method, o.target, []byte(o.body), "Content-Type", "application/json")
			p := apitest.WantProblem(t, w, want, kind.String())
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
		if logged := strings.Count(r.Log.String(), "secret cause"); (want >= 500) != (logged == len(operations)) {
			t.Errorf("%s: the cause is logged %d times", kind, logged)
		}
	}
}

// An error that brings no text for the client still says what is out of reach and what to do, and never why.
func TestErrorsWithoutATextSayWhatToDo(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
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
		r.Query.Err = fault.Wrap(c.kind, c.op, errors.New("secret cause"))
		r.Ingest.Err = r.Query.Err
		for _, q := range [][2]string{{"GET", "/v1/latest"}, {"POST", "/v1/readings"}} {
			w := r.Do(q[0], q[1], []byte(apitest.TwoReadings), "Content-Type", "application/json")
			p := apitest.Decoded[schema.Problem](t, w)
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
	r.Query.Err = context.DeadlineExceeded // nobody classified it
	if p := apitest.WantProblem(t, r.Do("GET", "/v1/latest", nil), 503, "canceled"); !strings.Contains(p.Detail,
		"in time") {
		t.Errorf("%+v", p)
	}
	r.Ingest.Err = fault.Wrap(fault.Unavailable, "journal.append", errors.New("secret cause"))
	if w := r.Do("POST", "/write", []byte("cpu value=1 0")); !strings.HasPrefix(w.Body.String(),
		`{"error":"the journal is out of reach`) {
		t.Errorf("%s", w.Body)
	}
}

// TestWhatIsNotThereHasAClaim: an answer that there is nothing says as of when, as one with readings does.
func TestWhatIsNotThereHasAClaim(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	r.Query.Err = fmt.Errorf("wrapped: %w", &readpath.Missing{Cause: fault.New(fault.NotFound, "query.series",
		"there is none"),
		Claim: readpath.Claim{AsOf: apitest.Now, Mode: "exposed", Region: "west"}})
	w := r.Do("GET", "/v1/readings?source=roof&metric=temp", nil)
	apitest.WantProblem(t, w, 404, "not-found")
	for name, want := range map[string]string{"Tidemark-As-Of": apitest.Now.UTC().Format(time.RFC3339Nano),
		"Tidemark-As-Of-One": "", "Tidemark-Mode": "exposed", "Tidemark-Region": "west"} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
