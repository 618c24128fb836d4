package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/auth"
	"tidemark/adapters/httpapi/schema"
	"tidemark/domain/analytics"
	"tidemark/domain/fault"
	"tidemark/domain/query"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/csvreadings"
)

const hour = int64(time.Hour)

func at(i int) int64 { return now.UnixNano() - 10*hour + int64(i)*hour }

func withReadings(r *rig, n int) *rig {
	r.query.points.Unit = "C"
	for i := range n {
		r.query.points.Times = append(r.query.points.Times, at(i))
		r.query.points.Values = append(r.query.points.Values, float64(i)+0.25)
	}
	return r
}

func TestReadings(t *testing.T) {
	r := withReadings(newRig(t, httpapi.Config{}), 2)
	w := r.do("GET", "/v1/readings?source=roof&metric=temp&from=2026-11-23T00:00:00Z&to=2026-11-23T12:00:00Z", nil)
	status(t, w, 200)
	want := `{"source":"roof","metric":"temp","unit":"C","readings":[{"time":"2026-11-23T02:00:00Z","value":0.25},` +
		`{"time":"2026-11-23T03:00:00Z","value":1.25}]}` + "\n"
	if w.Body.String() != want {
		t.Errorf("body %s", w.Body)
	}
	for name, value := range map[string]string{"Tidemark-As-Of": "2026-11-23T11:59:59Z",
		"Tidemark-As-Of-One": "2026-11-23T12:00:00Z", "Tidemark-Mode": "normal",
		"Tidemark-Region": "east", "Content-Type": "application/json", "Cache-Control": "private, no-cache",
		"Link": ""} {
		if got := w.Header().Get(name); got != value {
			t.Errorf("%s: %q, want %q", name, got, value)
		}
	}
	w = r.do("GET", "/v1/readings?source=roof&metric=temp", nil, "Accept", "text/csv")
	status(t, w, 200)
	if want := "time,source,metric,value,unit\n2026-11-23T02:00:00Z,roof,temp,0.25,C\n2026-11-23T03:00:00Z,roof," +
		"temp,1.25,C\n"; w.Body.String() != want {
		t.Errorf("CSV %s", w.Body)
	}
}

func TestSpansOfReadings(t *testing.T) {
	r := newRig(t, httpapi.Config{})
	day := 24 * hour
	for params, want := range map[string][2]int64{
		"": {now.UnixNano() - day, now.UnixNano()},
		"&to=2026-11-20T00:00:00%2B01:00": {time.Date(2026, 11, 18, 23, 0, 0, 0, time.UTC).UnixNano(),
			time.Date(2026, 11, 19, 23, 0, 0, 0, time.UTC).UnixNano()},
		"&from=5&to=7&precision=ns":            {5, 7},
		"&from=-5&to=7&precision=s":            {-5e9, 7e9},
		"&from=1.5&to=7.000000001&precision=s": {15e8, 7000000001},
		"&from=1700-01-01T00:00:00Z&to=0":      {telemetry.MinTime, 0},
		"&from=0&to=2200-01-01T00:00:00Z":      {0, telemetry.MaxTime},
		"&from=2026-11-23T00:00:00.000000001Z": {time.Date(2026, 11, 23, 0, 0, 0, 1, time.UTC).UnixNano(),
			now.UnixNano()},
		"&from=1790000000000&precision=ms&to=2e": nil2,
		"&from=2026-01-01&to=2026-03-01": {time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano(),
			time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).UnixNano()},
		"&from=2026-11-23t00:00:00z": {time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC).UnixNano(), now.UnixNano()},
	} {
		w := r.do("GET", "/v1/readings?source=roof&metric=temp"+params, nil)
		if want == nil2 {
			problem(t, w, 422, "invalid")
			continue
		}
		status(t, w, 200)
		q := r.query.asked[1].(query.ReadingsQuery)
		if q.From != want[0] || q.To != want[1] {
			t.Errorf("%s: %d to %d, want %d to %d", params, q.From, q.To, want[0], want[1])
		}
	}
	for _, params := range []string{"from=7&to=7&precision=s", "from=8&to=7&precision=s", "from=yesterday",
		"from=1699-12-31T00:00:00Z", "to=2200-01-01T00:00:00.1Z", "to=9999999999999999999999",
		"from=0x10", "from=1/2", "from=2026-11-23T00:00:00+01:00", "precision=days", "from=0001-01-01T00:00:00Z",
		"from=--5"} {
		p := problem(t, r.do("GET", "/v1/readings?source=roof&metric=temp&"+params, nil), 422, "invalid")
		if len(p.Errors) != 1 || !strings.HasPrefix(p.Errors[0].Location, "query.") {
			t.Errorf("%s: %+v", params, p.Errors)
		}
	}
}

// Both ends are named when both are wrong, and what to write.
func TestSpansThatAreWrong(t *testing.T) {
	r := newRig(t, httpapi.Config{})
	p := problem(t, r.do("GET", "/v1/readings?source=roof&metric=temp&from=yesterday&to=2026-02-30", nil), 422,
		"invalid")
	if len(p.Errors) != 2 || p.Errors[0].Location != "query.from" || p.Errors[1].Location != "query.to" ||
		!strings.Contains(p.Errors[1].Message, "a date, as in 2026-11-23") ||
		!strings.Contains(p.Detail, "query.from: ") || !strings.Contains(p.Detail, "query.to: ") {
		t.Errorf("%+v", p)
	}
	p = problem(t, r.do("DELETE", "/v1/readings?source=roof&metric=temp&from=2016-12-31T23:59:60Z&to=2026-02-30", nil),
		422, "invalid")
	if len(p.Errors) != 2 || !strings.Contains(p.Errors[0].Message, "leap seconds are not supported") {
		t.Errorf("%+v", p)
	}
}

// A date is its first moment in UTC, or in the zone of the aggregate.
func TestDatesOfAggregates(t *testing.T) {
	r := newRig(t, httpapi.Config{})
	for params, want := range map[string]string{"": "2018-11-04T00:00:00Z", "&tz=Europe/Berlin": "2018-11-03T23:00:00Z",
		"&tz=America/Sao_Paulo": "2018-11-04T03:00:00Z", "&tz=America/Havana": "2018-11-04T04:00:00Z"} {
		status(t, r.do("GET", "/v1/aggregates?step=1d&from=2018-11-04&to=2018-11-06"+params, nil), 200)
		if got := time.Unix(0, r.query.asked[1].(query.AggregatesQuery).From).UTC().Format(time.RFC3339); got != want {
			t.Errorf("%s: %s, want %s", params, got, want)
		}
	}
}

var nil2 [2]int64

// pages follows next until the end.
func pages(t *testing.T, r *rig, target string) (bodies []string) {
	t.Helper()
	for range 100 {
		w := r.do("GET", target, nil)
		status(t, w, 200)
		bodies = append(bodies, w.Body.String())
		var next struct {
			Next string `json:"next"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &next); err != nil {
			t.Fatal(err)
		}
		link := w.Header().Get("Link")
		if next.Next == "" {
			if link != "" {
				t.Errorf("the last page has the link %s", link)
			}
			return bodies
		}
		u, rel, ok := strings.Cut(strings.TrimPrefix(link, "<"), ">")
		if !ok || rel != `; rel="next"` || !strings.Contains(u, "cursor="+next.Next) {
			t.Fatalf("link %q", link)
		}
		target = u
	}
	t.Fatal("no end")
	return nil
}

func TestPagesOfReadings(t *testing.T) {
	r := withReadings(newRig(t, httpapi.Config{}), 7)
	got := pages(t, r, "/v1/readings?source=ro%26of&metric=temp&limit=3")
	if len(got) != 3 || strings.Count(strings.Join(got, ""), `"time"`) != 7 {
		t.Errorf("pages %v", got)
	}
	// "now" stays what it was on the first page, and limit may change.
	w := r.do("GET", "/v1/readings?source=roof&metric=temp&limit=1", nil)
	first := r.query.asked[1].(query.ReadingsQuery)
	b := decoded[schema.ReadingsBody](t, w)
	r.now = now.Add(time.Hour)
	status(t, r.do("GET", "/v1/readings?source=roof&metric=temp&limit=5&cursor="+b.Next, nil), 200)
	second := r.query.asked[1].(query.ReadingsQuery)
	if first.From != second.From || first.To != second.To || second.After == nil || *second.After != at(0) ||
		second.Limit != 5 {
		t.Errorf("first %+v, second %+v", first, second)
	}
}

func TestPagesOfLists(t *testing.T) {
	r := newRig(t, httpapi.Config{})
	for i := range 5 {
		s := telemetry.Series{Source: telemetry.Source(fmt.Sprintf("s%d/", i) + strings.Repeat("€", 509)),
			Metric: telemetry.Metric(strings.Repeat("€", 512))}
		r.query.latest = append(r.query.latest, query.Latest{Series: s, Time: at(i), Value: float64(i)})
		r.query.series = append(r.query.series, query.SeriesInfo{Series: s, Unit: "C", First: at(0), Last: at(i),
			Count: int64(i)})
		r.query.source = append(r.query.source, query.SourceInfo{Source: s.Source,
			Labels: []telemetry.Label{{Name: "site", Value: "north"}}, Metrics: []telemetry.Metric{"m"}})
		r.tasks.tasks = append(r.tasks.tasks, task(fmt.Sprintf("t%d", i)))
	}
	for target, word := range map[string]string{"/v1/latest?label=site%3Dnorth&limit=2": `"value"`,
		"/v1/series?limit=2": `"count"`, "/v1/sources?limit=2": `"labels"`, "/v1/tasks?limit=2": `"state"`} {
		got := pages(t, r, target)
		if all := strings.Join(got, ""); len(got) != 3 || strings.Count(all, word) != 5 {
			t.Errorf("%s: %d pages %s", target, len(got), all)
		}
	}
}

func TestCursorsThatDoNotBelong(t *testing.T) {
	r := withReadings(newRig(t, httpapi.Config{}), 7)
	base := "/v1/readings?source=roof&metric=temp"
	cursor := decoded[schema.ReadingsBody](t, r.do("GET", base+"&limit=1", nil)).Next
	other := newRig(t, httpapi.Config{}, func(d *httpapi.Deps) { d.Tenant = auth.Fixed("other") })
	otherKey := newRig(t, httpapi.Config{}, func(d *httpapi.Deps) { d.CursorKey = bytes.Repeat([]byte{8}, 32) })
	status(t, r.do("GET", base+"&cursor="+cursor, nil), 200)
	for name, c := range map[string]struct {
		rig    *rig
		target string
		want   string
	}{
		"another query":  {r, "/v1/readings?source=cellar&metric=temp&cursor=" + cursor, "another query"},
		"another span":   {r, base + "&from=0&cursor=" + cursor, "another query"},
		"another tenant": {other, base + "&cursor=" + cursor, "none that this operation gave"},
		"another key":    {otherKey, base + "&cursor=" + cursor, "none that this operation gave"},
		"another operation": {r, "/v1/latest?source=roof&metric=temp&cursor=" + cursor,
			"none that this operation gave"},
		"nonsense":     {r, base + "&cursor=abc", "none that this operation gave"},
		"no base64url": {r, base + "&cursor=a%2Bb", "none that this operation gave"},
		"cut":          {r, base + "&cursor=" + cursor[:len(cursor)-4], "none that this operation gave"},
	} {
		if p := problem(t, c.rig.do("GET", c.target, nil), 400, "invalid"); !strings.Contains(p.Detail, c.want) ||
			!strings.Contains(p.Detail, "begin again") {
			t.Errorf("%s: %s", name, p.Detail)
		}
	}
	for i := range cursor { // one changed character anywhere
		flipped := []byte(cursor)
		flipped[i] = map[bool]byte{true: 'A', false: 'B'}[flipped[i] != 'A']
		if w := r.do("GET", base+"&cursor="+string(flipped), nil); w.Code != 400 {
			t.Errorf("with character %d changed: %d", i, w.Code)
		}
	}
}

func TestConditionalReads(t *testing.T) {
	r := withReadings(newRig(t, httpapi.Config{}), 2)
	r.query.source = []query.SourceInfo{{Source: "roof"}}
	for _, target := range []string{"/v1/readings?source=roof&metric=temp", "/v1/latest", "/v1/series", "/v1/sources",
		"/v1/sources/roof", "/v1/aggregates?step=1h"} {
		w := r.do("GET", target, nil)
		status(t, w, 200)
		tag := w.Header().Get("ETag")
		if len(tag) < 20 || tag[0] != '"' {
			t.Errorf("%s: ETag %q", target, tag)
		}
		for _, header := range []string{tag, "W/" + tag, `"x", ` + tag, "*"} {
			w = r.do("GET", target, nil, "If-None-Match", header)
			status(t, w, 304)
			if w.Body.Len() != 0 || w.Header().Get("ETag") != tag || w.Header().Get("Tidemark-As-Of") == "" {
				t.Errorf("%s: %q, %v", target, w.Body, w.Header())
			}
		}
		status(t, r.do("GET", target, nil, "If-None-Match", `"other"`), 200)
	}
	before := r.do("GET", "/v1/readings?source=roof&metric=temp", nil).Header().Get("ETag")
	r.query.points.Values[0]++
	if after := r.do("GET", "/v1/readings?source=roof&metric=temp", nil).Header().Get("ETag"); before == after {
		t.Error("other data have the same ETag")
	}
}

func TestFormsOfAnswers(t *testing.T) {
	r := withReadings(newRig(t, httpapi.Config{}), 1)
	base := "/v1/readings?source=roof&metric=temp"
	for accept, want := range map[string]string{"": "application/json", "*/*": "application/json",
		"text/csv": "text/csv; charset=utf-8", "text/*": "text/csv; charset=utf-8",
		"application/json;q=0.5, text/csv": "text/csv; charset=utf-8", "text/csv;q=0.1, */*;q=0.2": "application/json",
		"application/*, text/csv;q=0": "application/json",
		"application/xml, */*;q=0.1":  "application/json"} {
		w := r.do("GET", base, nil, "Accept", accept)
		if accept == "" {
			w = r.do("GET", base, nil)
		}
		status(t, w, 200)
		if got := w.Header().Get("Content-Type"); got != want {
			t.Errorf("Accept %q: %s", accept, got)
		}
	}
	for _, accept := range []string{"application/xml", "text/html", "*/*;q=0", "text/csv;q=0, application/json;q=0",
		"application/json;q=x"} {
		p := problem(t, r.do("GET", base, nil, "Accept", accept), 406, "not-acceptable")
		if !strings.Contains(p.Detail, "application/json and text/csv") {
			t.Errorf("%s: %s", accept, p.Detail)
		}
	}
	problem(t, r.do("GET", "/v1/series", nil, "Accept", "text/csv"), 406, "not-acceptable")
}

// reference is ReadingsBody with values in the form they have to have.
type reference struct {
	Source   string             `json:"source"`
	Metric   string             `json:"metric"`
	Unit     string             `json:"unit,omitempty"`
	Readings []referenceReading `json:"readings"`
}

type referenceReading struct {
	Time  time.Time       `json:"time"`
	Value json.RawMessage `json:"value"`
}

// number is the slow way: as encoding/json, but with an exponent where a float64 no longer holds every integer.
func number(t *rapid.T, v float64) json.RawMessage {
	if math.Abs(v) >= 1<<53 {
		return json.RawMessage(strconv.FormatFloat(v, 'e', -1, 64))
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The hand-written encoding is that of encoding/json, and reads back as what it was.
func TestEncodingOfReadings(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := newRigFast(t)
		n := rapid.IntRange(0, 20).Draw(rt, "n")
		times := rapid.SliceOfNDistinct(rapid.Int64Range(telemetry.MinTime, telemetry.MaxTime-1), n, n,
			rapid.ID[int64]).Draw(rt, "times")
		p := query.Points{Unit: rapid.StringMatching(`[a-zA-Z%"\\<>°]{0,5}`).Draw(rt, "unit")}
		for _, at := range times {
			p.Times = append(p.Times, at)
			v := rapid.Float64().Draw(rt, "v")
			if math.IsInf(v, 0) || math.IsNaN(v) {
				v = math.MaxFloat64
			}
			p.Values = append(p.Values, v)
		}
		source := rapid.StringMatching(`[a-z"\\ ,;é\x{1F600}<>&]{0,8}x`).Draw(rt, "source")
		source = strings.TrimSpace(source) // CSV does not keep spaces around a cell
		r.query.points = p
		target := "/v1/readings?metric=m&from=1700-01-01T00:00:00Z&to=2200-01-01T00:00:00Z&source=" +
			url.QueryEscape(source)
		w := r.do("GET", target, nil)
		status(t, w, 200)
		want := reference{Source: source, Metric: "m", Unit: p.Unit, Readings: []referenceReading{}}
		for i := range p.Times {
			want.Readings = append(want.Readings, referenceReading{Time: time.Unix(0, p.Times[i]).UTC(),
				Value: number(rt, p.Values[i])})
		}
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(want); err != nil {
			rt.Fatal(err)
		}
		if !bytes.Equal(b.Bytes(), w.Body.Bytes()) {
			rt.Fatalf("got %s, want %s", w.Body, b.Bytes())
		}
		readBack(rt, r.do("GET", target, nil, "Accept", "text/csv"), source, p)
	})
}

// readBack reads CSV with the decoder of POST /v1/readings.
func readBack(t *rapid.T, w *httptest.ResponseRecorder, source string, p query.Points) {
	var d csvreadings.Decoder
	var b telemetry.Batch
	got, err := d.Decode(w.Body.Bytes(), &b)
	if err != nil || got.RejectedTotal > 0 || b.Len() != len(p.Times) {
		t.Fatalf("%v, %+v of %s", err, got, w.Body)
	}
	for i := range p.Times {
		if b.Times[i] != p.Times[i] || math.Float64bits(b.Values[i]) != math.Float64bits(p.Values[i]) ||
			b.Series[b.Of[i]].Source != telemetry.Source(source) {
			t.Fatalf("reading %d: %+v", i, b)
		}
	}
}

func TestAggregates(t *testing.T) {
	r := newRig(t, httpapi.Config{})
	some, none := analytics.Value{V: 1.5, Valid: true}, analytics.Value{V: math.NaN()}
	r.query.groups = []query.Group{
		{Key: []telemetry.Label{{Name: "site", Value: "no,rth"}}, Unit: "C", Starts: []int64{at(0), at(1)},
			Columns: [][]analytics.Value{{some, none}, {some, {V: math.Inf(1), Valid: true}}}},
		{Key: []telemetry.Label{{Name: "site", Value: ""}}, Starts: []int64{at(0), at(1)},
			Columns: [][]analytics.Value{{some, some}, {none, none}}},
	}
	target := "/v1/aggregates?metric=temp&label=site!%3Dsouth&label=kind%3Da%3Db&from=2026-11-23T02:00:00Z&to=2026-11-23T04:00:00Z&step=1h&tz=Europe/Berlin&fn=mean,sum&fill=linear&group_by=site"
	w := r.do("GET", target, nil)
	status(t, w, 200)
	want := `{"step":"1h","functions":["mean","sum"],"groups":[{"key":{"site":"no,rth"},"unit":"C",` +
		`"starts":["2026-11-23T02:00:00Z","2026-11-23T03:00:00Z"],"values":{"mean":[1.5,null],"sum":[1.5,null]}},` +
		`{"key":{"site":""},"starts":["2026-11-23T02:00:00Z","2026-11-23T03:00:00Z"],"values":{"mean":[1.5,1.5],` +
		`"sum":[null,null]}}]}` + "\n"
	if w.Body.String() != want {
		t.Errorf("got %s, want %s", w.Body, want)
	}
	decoded[schema.AggregatesBody](t, w)
	q := r.query.asked[1].(query.AggregatesQuery)
	if diff := cmp.Diff(query.Selector{Metric: "temp",
		Labels: []query.Match{{Name: "site", Value: "south", Not: true}, {Name: "kind", Value: "a=b"}}},
		q.Selector); diff != "" {
		t.Errorf("selector (-want +got):\n%s", diff)
	}
	if q.From != at(0) || q.To != at(2) || q.Step.String() != "1h" || len(q.Funcs) != 2 ||
		q.Fill != analytics.FillLinear || len(q.GroupBy) != 1 || q.GroupBy[0] != "site" {
		t.Errorf("question %+v", q)
	}
	w = r.do("GET", target, nil, "Accept", "text/csv")
	if want := "site,start,mean,sum\n\"no,rth\",2026-11-23T02:00:00Z,1.5,1.5\n\"no,rth\",2026-11-23T03:00:00Z,,\n," +
		"2026-11-23T02:00:00Z,1.5,\n,2026-11-23T03:00:00Z,1.5,\n"; w.Body.String() != want {
		t.Errorf("CSV %s", w.Body)
	}
	for _, params := range []string{"", "step=1x", "step=1h&fn=best", "step=1h&fn=mean,mean", "step=1h&fill=some",
		"step=1h&tz=Mars/Olympus", "step=1h&tz=Local", "step=1h&tz=../etc/passwd",
		"step=1h&label=site", "step=1h&label=%3Dx", "step=1h&group_by=a,a", "step=1h&group_by=a,", "step=-1h"} {
		problem(t, r.do("GET", "/v1/aggregates?"+params, nil), 422, "invalid")
	}
}

// A label that no series has makes one group of all, as a misspelt one does: the answer says so.
func TestALabelThatNoSeriesHas(t *testing.T) {
	r := newRig(t, httpapi.Config{})
	r.query.groups = []query.Group{{Key: []telemetry.Label{{Name: "hots", Value: ""}}, Starts: []int64{at(0)},
		Columns: [][]analytics.Value{{{V: 1, Valid: true}}}}}
	ask := func() []string {
		w := r.do("GET", "/v1/aggregates?step=1h&group_by=hots,rak", nil)
		status(t, w, 200)
		return decoded[schema.AggregatesBody](t, w).Warnings
	}
	if got := ask(); got != nil {
		t.Errorf("warnings %q", got)
	}
	r.query.unknown = []string{"hots", `r"k`}
	if got := ask(); len(got) != 2 || !strings.Contains(got[0], `none of the series has the label "hots"`) ||
		!strings.Contains(got[1], `"r\"k"`) {
		t.Errorf("warnings %q", got)
	}
}

// A table has no two columns of one name; JSON keeps keys and values apart.
func TestColumnsOfAggregatesAreDistinct(t *testing.T) {
	r := newRig(t, httpapi.Config{})
	for params, clash := range map[string]string{"group_by=start,mean&fn=mean": `"start"`,
		"group_by=site,mean&fn=max,mean": `"mean"`, "group_by=p95&fn=p95": `"p95"`} {
		p := problem(t, r.do("GET", "/v1/aggregates?step=1h&"+params, nil, "Accept", "text/csv"), 422, "invalid")
		if !strings.Contains(p.Detail, "query.group_by: ") || !strings.Contains(p.Detail, clash) ||
			!strings.Contains(p.Detail, "application/json") {
			t.Errorf("%s: %s", params, p.Detail)
		}
		status(t, r.do("GET", "/v1/aggregates?step=1h&"+params, nil), 200)
	}
	status(t, r.do("GET", "/v1/aggregates?step=1h&group_by=site,mean&fn=max", nil, "Accept", "text/csv"), 200)
}

func TestSources(t *testing.T) {
	r := newRig(t, httpapi.Config{})
	for _, name := range []telemetry.Source{"roof", "a/b", "..", "a//b", "ä %2F", "?x=1#y"} {
		r.query.source = []query.SourceInfo{{Source: name, Labels: []telemetry.Label{{Name: "site", Value: "north"}},
			Metrics: []telemetry.Metric{"temp"}, More: name == "roof"}}
		path := "/v1/sources/" + url.PathEscape(string(name))
		if name == ".." {
			path = "/v1/sources/%2E%2E"
		}
		w := r.do("GET", path, nil)
		status(t, w, 200)
		want := schema.SourceBody{Source: string(name), Labels: map[string]string{"site": "north"},
			Metrics: []string{"temp"}, More: name == "roof"}
		if diff := cmp.Diff(want, decoded[schema.SourceBody](t, w)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		status(t, r.do("PUT", path, []byte(`{"labels":{"site":"south","a":"<b>"}}`), "Content-Type", "application/json",
			"Tidemark-After", stamp.String()), 200)
		got := r.ingest.writes[len(r.ingest.writes)-1]
		if diff := cmp.Diff([]telemetry.Description{{Source: name,
			Labels: []telemetry.Label{{Name: "a", Value: "<b>"}, {Name: "site", Value: "south"}}, Replace: true}},
			got.Sources); diff != "" || got.Len() != 0 {
			t.Errorf("stored (-want +got):\n%s", diff)
		}
	}
	problem(t, r.do("GET", "/v1/sources/nobody", nil), 404, "not-found")
}

func TestLabelsThatAreRefused(t *testing.T) {
	r := newRig(t, httpapi.Config{})
	many := map[string]string{}
	for i := range 33 {
		many[fmt.Sprint(i)] = "v"
	}
	manyJSON, _ := json.Marshal(map[string]any{"labels": many})
	for in, want := range map[string]int{`{"labels":{"":"x"}}`: 422, `{"labels":{"a":1}}`: 422,
		`{"labels":{},"tenant":"other"}`: 422, `{}`: 422, `{`: 400, ``: 400, `[]`: 422, `{"labels":{}} {}`: 400,
		`{"labels":{}}x`: 400, `null`: 422,
		`{"labels":{"a":"\u0000"}}`: 422, string(manyJSON): 422, `{"labels":` + strings.Repeat("[", 10_000) +
			strings.Repeat("]", 10_000) + `}`: 400} {
		w := r.do("PUT", "/v1/sources/roof", []byte(in), "Content-Type", "application/json")
		if p := problem(t, w, want, "invalid"); p.Detail == "" || strings.Contains(p.Detail, "[[[") {
			t.Errorf("%.40s: %s", in, p.Detail)
		}
	}
	for in, want := range map[string]string{
		`{"labels":{"b":"x","a":5}}`:   `body.labels: label "a" is a number: send a string`,
		`{"labels":{"a":null}}`:        `label "a" is null`,
		`{"labels":{"a":{"b":["c"]}}}`: `label "a" is an object`, `{"labels":{"a":["c"]}}`: `label "a" is an array`,
		`{"labels":{"a":true}}`:               `label "a" is a boolean`,
		`{"labels":{"a":"x","b":"","a":"y"}}`: `label "a" is given twice`,
		`{"labels":{},"labels":{"a":"x"}}`:    "body.labels: it is given twice",
		`{"labels":["a"]}`:                    "body.labels: it is an array: send an object",
		`{"labels":5}`:                        "body.labels: it is a number",
		`{"labels":null}`:                     "body.labels: it is missing", `{}`: "body.labels: it is missing"} {
		p := problem(t, r.do("PUT", "/v1/sources/roof", []byte(in), "Content-Type", "application/json"), 422, "invalid")
		if !strings.Contains(p.Detail, want) || len(p.Errors) != 1 || p.Errors[0].Location != "body.labels" {
			t.Errorf("%s: %+v", in, p)
		}
	}
	problem(t, r.do("PUT", "/v1/sources/roof", []byte("{\"labels\":{\"a\":\"\xff\"}}"), "Content-Type",
		"application/json"), 400, "invalid")
	zipped := compress(t, "gzip", []byte(`{"labels":{"a":"`+strings.Repeat("x", 100_000)+`"}}`))
	problem(t, r.do("PUT", "/v1/sources/roof", zipped, "Content-Type", "application/json", "Content-Encoding", "gzip"),
		413, "too-large")
	problem(t, r.do("PUT", "/v1/sources/roof", []byte(`labels: {}`), "Content-Type", "application/yaml"), 415,
		"unsupported-media-type")
	problem(t, r.do("PUT", "/v1/sources/a%00b", []byte(`{"labels":{}}`), "Content-Type", "application/json"), 422,
		"invalid")
	if len(r.ingest.writes) != 0 {
		t.Errorf("%d writes", len(r.ingest.writes))
	}
}

// TestDeletionOfVeryManyMetrics has a source with more metrics than are deleted of at once: all are, the answer
// counts them and lists the first, and one that fails in the middle says so.
func TestDeletionOfVeryManyMetrics(t *testing.T) {
	r := newRig(t, httpapi.Config{})
	const n = 12_345
	s := query.SourceInfo{Source: "roof"}
	for i := range n {
		s.Metrics = append(s.Metrics, telemetry.Metric(fmt.Sprintf("m%06d", i)))
	}
	r.query.source = []query.SourceInfo{s}
	w := r.do("DELETE", "/v1/readings?source=roof&from=1&to=5&precision=s", nil)
	status(t, w, 200)
	got := decoded[schema.Deleted](t, w)
	if got.MetricTotal != n || len(got.Metrics) != 1000 || got.Metrics[999] != "m000999" || len(got.Blocks) != 3 {
		t.Errorf("of %d metrics, %d listed, in %d blocks", got.MetricTotal, len(got.Metrics), len(got.Blocks))
	}
	deleted := 0
	for _, b := range r.ingest.writes {
		for _, d := range b.Deletions {
			if d.Series.Metric != s.Metrics[deleted] {
				t.Fatalf("deletion %d is of %q", deleted, d.Series.Metric)
			}
			deleted++
		}
	}
	if deleted != n || len(r.ingest.writes) != 3 {
		t.Errorf("%d deletions in %d writes", deleted, len(r.ingest.writes))
	}
	r.ingest.fail = func(write int) error {
		if write == 5 {
			return fault.New(fault.Throttled, "fake", "too much")
		}
		return nil
	}
	p := problem(t, r.do("DELETE", "/v1/readings?source=roof&from=1&to=5&precision=s", nil), 503, "indeterminate")
	if !p.PerhapsStored || !strings.Contains(p.Detail, "send it again") {
		t.Errorf("%+v", p)
	}
}

func TestDeletions(t *testing.T) {
	r := newRig(t, httpapi.Config{})
	r.query.source = []query.SourceInfo{{Source: "roof", Metrics: []telemetry.Metric{"hum", "temp"}}}
	for target, metrics := range map[string][]string{"&metric=temp": {"temp"}, "&metric=hum": {"hum"},
		"": {"hum", "temp"}} {
		w := r.do("DELETE", "/v1/readings?source=roof&from=1&to=5&precision=s"+target, nil)
		status(t, w, 200)
		got := decoded[schema.Deleted](t, w)
		if diff := cmp.Diff(metrics, got.Metrics); diff != "" || got.From != "1970-01-01T00:00:01Z" ||
			got.To != "1970-01-01T00:00:05Z" || got.Stamp == "" {
			t.Errorf("%s: %+v", target, got)
		}
		b := r.ingest.writes[len(r.ingest.writes)-1]
		if len(b.Deletions) != len(metrics) || b.Len() != 0 {
			t.Fatalf("stored %+v", b)
		}
		for i, d := range b.Deletions {
			if d != (telemetry.Deletion{Series: telemetry.Series{Source: "roof", Metric: telemetry.Metric(metrics[i])},
				From: 1e9, To: 5e9}) {
				t.Errorf("stored %+v", d)
			}
		}
	}
	// A name that nobody wrote is refused: a deletion would put it into the catalogue for ever.
	for params, want := range map[string]string{"source=nobody": `source \"nobody\"`,
		"source=nobody&metric=temp": `source \"nobody\"`, "source=roof&metric=tmep": `metric \"tmep\"`} {
		w := r.do("DELETE", "/v1/readings?from=2001-01-01&to=2002-01-01&"+params, nil)
		problem(t, w, 404, "not-found")
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %s", params, w.Body)
		}
	}
	for _, params := range []string{"source=roof", "source=roof&from=1", "source=roof&to=1", "from=1&to=5",
		"source=roof&from=5&to=1", "source=a%00&from=1&to=5", "source=roof&metric=a%00&from=1&to=5"} {
		problem(t, r.do("DELETE", "/v1/readings?precision=ns&"+params, nil), 422, "invalid")
	}
	if len(r.ingest.writes) != 3 {
		t.Errorf("%d writes", len(r.ingest.writes))
	}
}

// TestNowIsTheJournals asks without an end, and writes a line without a time, on a node whose own clock is ahead.
func TestNowIsTheJournals(t *testing.T) {
	r := newRig(t, httpapi.Config{}, func(d *httpapi.Deps) { d.Clock = func(context.Context) time.Time { return now } })
	r.now = now.Add(time.Hour)
	for _, target := range []string{"/v1/readings?source=roof&metric=temp", "/v1/aggregates?step=1h"} {
		status(t, r.do("GET", target, nil), 200)
		from, to := now.Add(-24*time.Hour).UnixNano(), now.UnixNano()
		switch q := r.query.asked[1].(type) {
		case query.ReadingsQuery:
			from, to = q.From-from, q.To-to
		case query.AggregatesQuery:
			from, to = q.From-from, q.To-to
		}
		if from != 0 || to != 0 {
			t.Errorf("%s: %v", target, r.query.asked)
		}
	}
	status(t, r.do("POST", "/write", []byte("cpu value=1")), 204)
	if at := r.ingest.writes[0].Times[0]; at != now.UnixNano() {
		t.Errorf("a line without a time is of %v", time.Unix(0, at).UTC())
	}
}
