package e2e

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"tidemark/simulator/history"
)

// dataset is readings of a few series around a change of the clocks in Berlin, and questions about them.
type dataset struct {
	from, to time.Time
	sources  []string
	metrics  []string
	writes   []history.Call // in order
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
		c := history.Call{Kind: history.Write}
		for _, s := range d.spans() {
			col := history.Column{Source: s.Source, Metric: s.Metric}
			v := float64(rng.IntN(40)) - 10
			for p := at; p.Before(at.Add(8*time.Hour)) && p.Before(d.to); p = p.Add(step) { // an hour is sent twice
				v += float64(rng.IntN(21)-10) / 10
				col.Times, col.Values = append(col.Times, p.UnixNano()), append(col.Values, v)
			}
			c.Readings = append(c.Readings, col)
		}
		d.writes = append(d.writes, c)
	}
	return d
}

// load sends everything, labels first and a deletion last.
func (d *dataset) load(sc *scenario, n *node) {
	n.t.Helper()
	for i, s := range d.sources {
		labels := fmt.Appendf(nil, `{"labels":{"site":%q,"floor":"%d"}}`, []string{"north", "south"}[i%2], i)
		n.ask(http.MethodPut, "/v1/sources/"+escape(s), asJSON, labels)
	}
	for _, c := range d.writes {
		sc.do(n, c)
	}
	gone := span{Series: seriesOf(d.sources[0], d.metrics[0]), from: d.from.Add(30 * time.Hour),
		to: d.from.Add(33 * time.Hour)}
	sc.do(n, gone.of(history.Delete))
}

// questions are what people ask: readings, latest, series, sources, and aggregates by hour, day and month in a time
// zone.
func (d *dataset) questions() (out []history.Call) {
	both := func(source, path string, params ...string) {
		p := query(path, params...)
		out = append(out, question(source, "application/json", p), question(source, "text/csv", p))
	}
	all := spanOf(d.from, d.to)
	for _, s := range d.sources {
		for _, m := range d.metrics {
			both(s, "/v1/readings", append(all, "source", s, "metric", m, "limit", "100000")...)
			both(s, "/v1/readings", append(spanOf(d.from.Add(29*time.Hour), d.from.Add(50*time.Hour)), "source", s,
				"metric", m, "limit", "37")...)
		}
		out = append(out, question(s, "", "/v1/sources/"+escape(s)))
	}
	both(d.sources[0], "/v1/aggregates", append(all, "step", "1h", "fn", "mean,min,max,count,p95", "source",
		d.sources[0])...)
	both("", "/v1/aggregates", append(all, "step", "1d", "tz", "Europe/Berlin", "fn",
		"mean,min,max,sum,count,first,last,stddev,rate,p50,p99.9")...)
	both("", "/v1/aggregates", append(all, "step", "1mo", "tz", "Europe/Berlin", "fn", "sum,count,p50", "group_by",
		"site")...)
	// It is about both sources in the north, and the history takes it for one about the first: nobody writes the other
	// alone.
	both(d.sources[0], "/v1/aggregates", append(all, "step", "1d", "fill", "linear", "label", "site=north", "group_by",
		"metric")...)
	both("", "/v1/aggregates", append(spanOf(d.from.AddDate(0, 0, -1), d.to), "step", "45m", "fill", "previous",
		"metric",
		d.metrics[1])...)
	for _, path := range []string{"/v1/latest", "/v1/series", "/v1/sources",
		query("/v1/latest", "label", "site!=north"), query("/v1/series", "metric", "hum")} {
		out = append(out, question("", "application/json", path), question("", "", path))
	}
	return out
}

// fixed are the questions about the dataset's own series only.
func fixed(list []history.Call) (out []history.Call) {
	for _, c := range list {
		if c.Source != "" {
			out = append(out, c)
		}
	}
	return out
}

// spans are all series, whole.
func (d *dataset) spans() (all []span) {
	for _, source := range d.sources {
		for _, metric := range d.metrics {
			all = append(all, span{Series: seriesOf(source, metric), from: d.from, to: d.to, step: time.Hour})
		}
	}
	return all
}
