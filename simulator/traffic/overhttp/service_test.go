package overhttp_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tidemark/simulator/history"
	"tidemark/simulator/traffic"
	"tidemark/simulator/traffic/overhttp"
)

// answer is what a server says, and asked what it was asked.
type answer struct {
	status int
	header http.Header
	body   string
	asked  string
}

// serve is a server that gives these answers in turn; a status of 0 cuts the connection.
func serve(t *testing.T, answers ...*answer) overhttp.Service {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := answers[0]
		answers = answers[1:]
		body, _ := io.ReadAll(r.Body)
		a.asked = strings.Join(strings.Fields(fmt.Sprint(r.Method, " ", r.URL, " ", r.Header.Get("Accept"), " ",
			r.Header.Get("Content-Type"), " ", r.Header.Get("Tidemark-After"), " ", string(body))), " ")
		if a.status == 0 {
			panic(http.ErrAbortHandler)
		}
		for name, values := range a.header {
			w.Header()[name] = values
		}
		w.WriteHeader(a.status)
		_, _ = io.WriteString(w, a.body)
	}))
	t.Cleanup(server.Close)
	return overhttp.Service{URL: server.URL, Client: server.Client(), Unit: "u"}
}

var claims = http.Header{"Tidemark-Mode": {"normal"}, "Tidemark-Region": {"east"},
	"Tidemark-As-Of": {"2026-01-01T00:00:01.5Z"}, "Tidemark-As-Of-One": {"2026-01-01T00:00:02Z"}}

var claimed = history.Claim{Complete: true, Mode: "normal", From: "east",
	AsOf: time.Date(2026, 1, 1, 0, 0, 1, 5e8, time.UTC), AsOfOne: time.Date(2026, 1, 1, 0, 0, 2, 0, time.UTC)}

const minute = int64(time.Minute)

var call = history.Call{Source: "s", Metric: "m", From: 0, To: minute, After: 0x1f}

// TestCalls: what is asked for each call, and what an answer says.
func TestCalls(t *testing.T) {
	columns := []history.Column{{Source: "s", Metric: "m", Times: []int64{0, minute}, Values: []float64{1, 2.5}}}
	one := []history.Column{{Source: "s", Metric: "m", Times: []int64{0}, Values: []float64{1}}}
	stored := `{"accepted":1,"rejected":[{"index":1,"reason":"no"}],"durability":"one","regions":["east"],` +
		`"stamp":"00000000000000ff","blocks":[{"stream":"t/0/2026-01-01/w1","number":7}]}`
	acknowledged := history.Answer{Durability: history.One, Regions: []string{"east"}, Blocks: []string{"w1/7"},
		Rejected: []int{1}, Origin: history.Origin{Stamp: 0xff, Writer: "w1", Number: 7}}
	deleted := acknowledged
	deleted.Rejected = nil
	where := "from=1970-01-01T00%3A00%3A00Z&"
	what := "metric=m&source=s&"
	to := "to=1970-01-01T00%3A01%3A00Z"
	for name, c := range map[string]struct {
		kind  history.Kind
		csv   bool
		more  func(*history.Call)
		body  string
		asked string
		want  history.Answer
	}{
		"write": {kind: history.Write, body: stored, want: acknowledged,
			more: func(c *history.Call) { c.Readings = columns },
			asked: `POST /v1/readings application/json 000000000000001f {"series":[{"source":"s","metric":"m",` +
				`"unit":"u",` +
				`"times":["1970-01-01T00:00:00Z","1970-01-01T00:01:00Z"],"values":[1,2.5]}]}`},
		"write CSV": {kind: history.Write, csv: true, body: stored, want: acknowledged,
			more: func(c *history.Call) { c.Readings = columns },
			asked: "POST /v1/readings text/csv 000000000000001f time,source,metric,value 1970-01-01T00:00:00Z,s,m,1 " +
				"1970-01-01T00:01:00Z,s,m,2.5"},
		"delete": {kind: history.Delete, want: deleted,
			body:  strings.NewReplacer(`"accepted":1,"rejected":[{"index":1,"reason":"no"}],`, "").Replace(stored),
			asked: "DELETE /v1/readings?" + where + what + to + " 000000000000001f"},
		"latest": {kind: history.Latest, asked: "GET /v1/latest?metric=m&source=s",
			body: `{"latest":[{"source":"s","metric":"m","time":"1970-01-01T00:00:00Z","value":1}]}`,
			want: history.Answer{Claim: claimed, Readings: one}},
		"count": {kind: history.Count, want: history.Answer{Claim: claimed, Count: 5},
			asked: "GET /v1/aggregates?fn=count&" + where + what + "step=1y&" + to,
			body: `{"groups":[{"starts":["1970-01-01T00:00:00Z","1971-01-01T00:00:00Z","1972-01-01T00:00:00Z"],` +
				`"values":{"count":[2,null,3]}}]}`},
		"fold": {kind: history.Fold, more: func(c *history.Call) { c.Step = minute },
			asked: "GET /v1/aggregates?fn=count%2Csum%2Cmin%2Cmax%2Cfirst%2Clast&" + where + what + "step=1m0s&" + to,
			body: `{"groups":[{"starts":["1970-01-01T00:00:00Z","1970-01-01T00:01:00Z"],"values":{"count":[2,0],` +
				`"sum":[3,null],"min":[1,null],"max":[2,null],"first":[2,null],"last":[1,null]}}]}`,
			want: history.Answer{Claim: claimed, Buckets: []history.Bucket{{Count: 2, Sum: 3, Min: 1, Max: 2, First: 2,
				Last: 1}}}},
		"ask": {kind: history.Ask, more: func(c *history.Call) { c.Question = "text/csv /v1/series?x=1" },
			asked: "GET /v1/series?x=1 text/csv", body: "anything",
			want: history.Answer{Claim: claimed, Text: "anything"}},
	} {
		a := &answer{status: 200, header: claims, body: c.body}
		s := serve(t, a)
		s.CSV = c.csv
		asks := call
		asks.Kind = c.kind
		if c.more != nil {
			c.more(&asks)
		}
		got, err := do(t.Context(), s, asks)
		if d := cmp.Diff(c.want, got); err != nil || d != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, d)
		}
		if a.asked != c.asked {
			t.Errorf("%s asks\n%s\nwant\n%s", name, a.asked, c.asked)
		}
	}
}

func do(ctx context.Context, s traffic.Service, c history.Call) (history.Answer, error) {
	return map[history.Kind]func(context.Context, history.Call) (history.Answer, error){history.Write: s.Write,
		history.Delete: s.Delete, history.Read: s.Read, history.Latest: s.Latest, history.Count: s.Ask,
		history.Fold: s.Ask, history.Ask: s.Ask}[c.Kind](ctx, c)
}

// TestPages: a read follows its pages, to its end or to the limit, and claims what the first page does.
func TestPages(t *testing.T) {
	page := func(at, next string, header http.Header) *answer {
		return &answer{status: 200, header: header, body: `{"readings":[{"time":"1970-01-01T00:00:0` + at +
			`Z","value":` + at + `}],"next":"` + next + `"}`}
	}
	for _, limit := range []int{0, 2} {
		third := page("3", "", nil)
		s := serve(t, page("1", "x", claims), page("2", "y", nil), third)
		c := call
		c.Kind, c.Limit = history.Read, limit
		a, err := s.Read(t.Context(), c)
		if err != nil || a.Claim != claimed || len(a.Readings) != 1 {
			t.Fatalf("limit %d: %+v, %v", limit, a, err)
		}
		if n := len(a.Readings[0].Times); n != 3-limit/2 || a.More != (limit > 0) {
			t.Errorf("limit %d: %d readings, more: %v", limit, n, a.More)
		}
		if limit == 0 && !strings.Contains(third.asked, "cursor=y") {
			t.Errorf("the third page is asked for as %s", third.asked)
		}
	}
}

// TestOutcomes: what is refused was certainly not done; of what fails nobody knows; what is not there is empty.
func TestOutcomes(t *testing.T) {
	for status, c := range map[int]struct{ refused, done bool }{200: {done: true}, 400: {refused: true},
		404: {refused: true}, 422: {refused: true}, 429: {refused: true}, 500: {}, 503: {}, 0: {}, 202: {}, 204: {},
		304: {}, 408: {}} {
		write := call
		write.Kind = history.Write
		a, err := serve(t, &answer{status: status, body: `{"stamp":"1"}`}).Write(t.Context(), write)
		var refused *traffic.Refused
		if errors.As(err, &refused) != c.refused || (err == nil) != c.done {
			t.Errorf("a write answered %d: %+v, %v", status, a, err)
		}
	}
	read := call
	read.Kind = history.Read
	a, err := serve(t, &answer{status: 404, body: "{}"}).Read(t.Context(), read)
	if err != nil || len(a.Readings) > 0 || !a.Claim.Complete {
		t.Errorf("a read of nothing: %+v, %v", a, err)
	}
	if a, err := serve(t, &answer{status: 200, body: `{"readings":[]}`}).Read(t.Context(), read); err != nil ||
		a.Claim.Complete {
		t.Errorf("an answer without a mode is complete: %+v, %v", a, err)
	}
	if _, err := serve(t, &answer{status: 200, body: "half"}).Read(t.Context(), read); err == nil {
		t.Error("an answer that is no document is good")
	}
	many := call
	many.Kind, many.Readings = history.Write, []history.Column{{Source: "s", Metric: "m", Times: []int64{1, 2},
		Values: []float64{1, 2}}}
	if _, err := serve(t, &answer{status: 200, body: `{"stamp":"1","accepted":1}`}).
		Write(t.Context(), many); err == nil {
		t.Error("a write of two readings of which one was accepted and none rejected is good")
	}
}
