package e2e

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"
)

// dataset is readings of a few series around a change of the clocks in Berlin, and questions about them.
type dataset struct {
	from, to time.Time
	sources  []string
	metrics  []string
	writes   [][]byte // documents, in order
}

// newDataset makes walks of six series: every ten minutes for nine days, sent in pieces that overlap, with
// corrections.
func newDataset(rng *rand.Rand) *dataset {
	d := &dataset{from: time.Date(2026, 3, 25, 0, 0, 0, 0, time.UTC),
		sources: []string{"roof", "cellar/1", "O'Brien, straße"},
		metrics: []string{"temp", "hum"}}
	d.to = d.from.AddDate(0, 0, 9)
	const step = 10 * time.Minute
	for at := d.from; at.Before(d.to); at = at.Add(7 * time.Hour) {
		var doc []series
		for _, source := range d.sources {
			for _, metric := range d.metrics {
				s := series{Source: source, Metric: metric, Unit: metric[:1]}
				v := float64(rng.IntN(40)) - 10
				for p := at; p.Before(at.Add(8*time.Hour)) && p.Before(d.to); p = p.Add(step) { // an hour is sent twice
					v += float64(rng.IntN(21)-10) / 10
					s.add(p, v)
				}
				doc = append(doc, s)
			}
		}
		d.writes = append(d.writes, document(doc...))
	}
	return d
}

// load sends everything, labels first and a deletion last.
func (d *dataset) load(n *node) {
	n.t.Helper()
	for i, s := range d.sources {
		labels := fmt.Appendf(nil, `{"labels":{"site":%q,"floor":"%d"}}`, []string{"north", "south"}[i%2], i)
		n.ask(http.MethodPut, "/v1/sources/"+escape(s), asJSON, labels)
	}
	for _, doc := range d.writes {
		n.write(doc)
	}
	gone := append(spanOf(d.from.Add(30*time.Hour), d.from.Add(33*time.Hour)), "source", d.sources[0], "metric",
		d.metrics[0])
	n.ask(http.MethodDelete, query("/v1/readings", gone...), nil, nil)
}

// question is a request whose answer must not depend on what was compacted.
type question struct {
	path   string
	accept string
}

// questions are what people ask: readings, latest, series, sources, and aggregates by hour, day and month in a time
// zone.
func (d *dataset) questions() []question {
	var out []question
	both := func(path string, params ...string) {
		p := query(path, params...)
		out = append(out, question{p, "application/json"}, question{p, "text/csv"})
	}
	all := spanOf(d.from, d.to)
	for _, s := range d.sources {
		for _, m := range d.metrics {
			both("/v1/readings", append(all, "source", s, "metric", m, "limit", "100000")...)
			both("/v1/readings", append(spanOf(d.from.Add(29*time.Hour), d.from.Add(50*time.Hour)), "source", s,
				"metric", m, "limit", "37")...)
		}
		out = append(out, question{"/v1/sources/" + escape(s), ""})
	}
	both("/v1/aggregates", append(all, "step", "1h", "fn", "mean,min,max,count,p95", "source", d.sources[0])...)
	both("/v1/aggregates", append(all, "step", "1d", "tz", "Europe/Berlin", "fn",
		"mean,min,max,sum,count,first,last,stddev,rate,p50,p99.9")...)
	both("/v1/aggregates", append(all, "step", "1mo", "tz", "Europe/Berlin", "fn", "sum,count,p50", "group_by",
		"site")...)
	both("/v1/aggregates", append(all, "step", "1d", "fill", "linear", "label", "site=north", "group_by", "metric")...)
	both("/v1/aggregates", append(spanOf(d.from.AddDate(0, 0, -1), d.to), "step", "45m", "fill", "previous", "metric",
		d.metrics[1])...)
	for _, path := range []string{"/v1/latest", "/v1/series", "/v1/sources",
		query("/v1/latest", "label", "site!=north"), query("/v1/series", "metric", "hum")} {
		out = append(out, question{path, "application/json"}, question{path, ""})
	}
	return out
}

// fixed reports whether the question is about the dataset's own series only.
func (q question) fixed() bool {
	return strings.HasPrefix(q.path, "/v1/readings") || strings.HasPrefix(q.path, "/v1/sources/") ||
		strings.Contains(q.path, "source=") ||
		strings.Contains(q.path, "site%3Dnorth")
}

func (q question) send(n *node) (reply, error) {
	header := map[string]string{}
	if q.accept != "" {
		header["Accept"] = q.accept
	}
	return send(http.MethodGet, n.url+q.path, header, nil)
}

// ask asks one question and wants an answer.
func (q question) ask(n *node) string {
	n.t.Helper()
	r, err := q.send(n)
	if err != nil {
		n.t.Fatalf("%s: %v\n%s", q.path, err, n.tail())
	}
	if r.status != http.StatusOK {
		n.t.Fatalf("%s (%s): %d %s\n%s", q.path, q.accept, r.status, r.body, n.tail())
	}
	return string(r.body)
}

// answers are the bodies, in the order of the questions.
func answers(n *node, list []question) []string {
	n.t.Helper()
	out := make([]string, len(list))
	for i, q := range list {
		out[i] = q.ask(n)
	}
	return out
}

// same wants the same bodies, byte for byte.
func same(t *testing.T, when string, list []question, want, got []string) {
	t.Helper()
	for i, q := range list {
		if want[i] != got[i] {
			t.Errorf("%s: %s (%s) changed:\n%s", when, q.path, q.accept, difference(want[i], got[i]))
		}
	}
}

// difference shows where two texts part.
func difference(a, b string) string {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	around := func(s string) string { return s[max(0, i-80):min(len(s), i+160)] }
	return fmt.Sprintf("at byte %d of %d and %d\n  before: %s\n  now:    %s", i, len(a), len(b), around(a), around(b))
}
