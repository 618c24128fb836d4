package questions_test

import (
	"bytes"
	"encoding/json"
	"math"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
	"tidemark/domain/query"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/csvreadings"
)

func TestReadings(t *testing.T) {
	r := apitest.WithReadings(apitest.New(t, httpapi.Config{}), 2)
	w := r.Do("GET", "/v1/readings?source=roof&metric=temp&from=2026-11-23T00:00:00Z&to=2026-11-23T12:00:00Z", nil)
	apitest.WantStatus(t, w, 200)
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
	w = r.Do("GET", "/v1/readings?source=roof&metric=temp", nil, "Accept", "text/csv")
	apitest.WantStatus(t, w, 200)
	if want := "time,source,metric,value,unit\n2026-11-23T02:00:00Z,roof,temp,0.25,C\n2026-11-23T03:00:00Z,roof," +
		"temp,1.25,C\n"; w.Body.String() != want {
		t.Errorf("CSV %s", w.Body)
	}
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
		r := apitest.Shared(t)
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
		r.Query.Points = p
		target := "/v1/readings?metric=m&from=1700-01-01T00:00:00Z&to=2200-01-01T00:00:00Z&source=" +
			url.QueryEscape(source)
		w := r.Do("GET", target, nil)
		apitest.WantStatus(t, w, 200)
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
		readBack(rt, r.Do("GET", target, nil, "Accept", "text/csv"), source, p)
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
