package e2e

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// weather is a node that has the weather, the files, and what the node has answered so far.
type weather struct {
	t       testing.TB
	n       *node
	days    *weatherFile
	hours   *weatherFile
	asked   []request
	answers []string
}

func weatherOf(t testing.TB, n *node, days, hours string) *weather {
	t.Helper()
	return &weather{t: t, n: n, days: readWeather(t, "seattle-weather.csv", days, time.UTC),
		hours: readWeather(t, "seattle-weather-hourly-normals.csv", hours, time.UTC)}
}

// request is one for a document, and the form of it.
type request struct{ path, accept string }

func (w *weather) files() []*weatherFile { return []*weatherFile{w.days, w.hours} }

// ask asks for a path and remembers the answer.
func (w *weather) ask(path, accept string) (body string, header http.Header) {
	w.t.Helper()
	r := w.n.ask(http.MethodGet, path, map[string]string{"Accept": accept}, nil)
	if got := r.header.Get("Content-Type"); !strings.HasPrefix(got, accept) {
		w.t.Fatalf("%s as %s comes as %s", path, accept, got)
	}
	w.asked, w.answers = append(w.asked, request{path, accept}), append(w.answers, string(r.body))
	return string(r.body), r.header
}

// again asks everything once more and wants the same bytes.
func (w *weather) again(n *node, when string) {
	w.t.Helper()
	if len(w.asked) == 0 {
		w.t.Fatal("nothing was asked yet")
	}
	wrong := 0
	for i, q := range w.asked {
		got := string(n.ask(http.MethodGet, q.path, map[string]string{"Accept": q.accept}, nil).body)
		if got != w.answers[i] && wrong < 5 {
			wrong++
			w.t.Errorf("%s: %s (%s) changed:\n%s", when, q.path, q.accept, difference(w.answers[i], got))
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

// checkReadings reads every series page by page, in both forms, and compares every time and value to the bit.
func (w *weather) checkReadings() {
	w.t.Helper()
	total := 0
	for i, f := range w.files() {
		from, to := f.span()
		for k, metric := range f.order {
			limits := []string{"1000", "777", "4096", "8759"}
			params := append(spanOf(from, to), "source", f.source, "metric", metric, "limit", limits[(i+k)%len(limits)])
			for _, accept := range []string{"application/json", "text/csv"} {
				got := w.pages(query("/v1/readings", params...), accept)
				w.equal(fmt.Sprintf("%s of %s as %s", metric, f.source, accept), f.series[metric], got)
				total += len(got)
			}
		}
	}
	if want := 2 * (5844 + 26277); total != want {
		w.t.Errorf("%d readings came back, should be %d", total, want)
	}
}

// nextPage is the address of the next page in a Link header.
var nextPage = regexp.MustCompile(`^<([^>]+)>; rel="next"$`)

// pages reads one page after the other, by the Link header; the body of JSON names the same cursor.
func (w *weather) pages(path, accept string) (all []point) {
	w.t.Helper()
	for path != "" {
		body, header := w.ask(path, accept)
		var page struct {
			Readings []point
			Next     string
		}
		if accept == "text/csv" {
			page.Readings = w.readingsOfCSV(body)
		} else {
			w.n.decode([]byte(body), &page)
		}
		path = ""
		if m := nextPage.FindStringSubmatch(header.Get("Link")); m != nil {
			path = m[1]
		}
		if accept != "text/csv" && (page.Next == "") != (path == "") || !strings.Contains(path, page.Next) {
			w.t.Fatalf("next is %q, the link is %q", page.Next, header.Get("Link"))
		}
		all = append(all, page.Readings...)
	}
	return all
}

func (w *weather) readingsOfCSV(body string) (list []point) {
	w.t.Helper()
	rows := w.table(body)
	if strings.Join(rows[0], ",") != "time,source,metric,value,unit" {
		w.t.Fatalf("the columns are %v", rows[0])
	}
	for _, row := range rows[1:] {
		at, err := time.Parse(time.RFC3339Nano, row[0])
		if err != nil {
			w.t.Fatal(err)
		}
		list = append(list, point{at, w.number(row[3])})
	}
	return list
}

// table reads CSV. Every row has as many cells as the first.
func (w *weather) table(body string) [][]string {
	w.t.Helper()
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil || len(rows) == 0 {
		w.t.Fatalf("a table of %d rows: %v", len(rows), err)
	}
	return rows
}

func (w *weather) number(cell string) float64 {
	w.t.Helper()
	v, err := strconv.ParseFloat(cell, 64)
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

// equal compares readings to the bit.
func (w *weather) equal(what string, want, got []point) {
	w.t.Helper()
	if len(got) != len(want) {
		w.t.Errorf("%s: %d readings, should be %d", what, len(got), len(want))
		return
	}
	for i := range want {
		if !got[i].Time.Equal(want[i].Time) || math.Float64bits(got[i].Value) != math.Float64bits(want[i].Value) {
			w.t.Errorf("%s: reading %d is %s, should be %s", what, i, got[i], want[i])
			return
		}
	}
}

// checkCatalogue wants the series with their counts and ends, their latest values, and the sources.
func (w *weather) checkCatalogue() {
	w.t.Helper()
	for _, f := range w.files() {
		var series struct {
			Series []struct {
				Source, Metric string
				First, Last    time.Time
				Count          int
			}
		}
		body, _ := w.ask(query("/v1/series", "source", f.source), "application/json")
		w.n.decode([]byte(body), &series)
		var latest struct {
			Latest []struct {
				Source, Metric string
				Time           time.Time
				Value          float64
			}
		}
		body, _ = w.ask(query("/v1/latest", "source", f.source), "application/json")
		w.n.decode([]byte(body), &latest)
		if len(series.Series) != len(f.order) || len(latest.Latest) != len(f.order) {
			w.t.Fatalf("%s has %d series and %d latest readings, should be %d", f.source, len(series.Series),
				len(latest.Latest), len(f.order))
		}
		for i, metric := range slices.Sorted(slices.Values(f.order)) {
			points := f.series[metric]
			first, last := points[0], points[len(points)-1]
			if s := series.Series[i]; s.Source != f.source || s.Metric != metric || s.Count != len(points) ||
				!s.First.Equal(first.Time) || !s.Last.Equal(last.Time) {
				w.t.Errorf("series %+v, should be %s: %d from %s to %s", s, metric, len(points), first, last)
			}
			if l := latest.Latest[i]; l.Source != f.source || l.Metric != metric {
				w.t.Errorf("latest %+v, should be %s", l, metric)
			} else {
				w.equal("latest "+metric, []point{last}, []point{{l.Time, l.Value}})
			}
		}
	}
}

// aggregatesBody is the answer of /v1/aggregates.
type aggregatesBody struct {
	Step      string
	Functions []string
	Groups    []aggregateGroup
}

type aggregateGroup struct {
	Key    map[string]string
	Starts []time.Time
	Values map[string][]*float64
}

// aggregates asks in both forms and wants the same values in them.
func (w *weather) aggregates(params ...string) (body aggregatesBody) {
	w.t.Helper()
	path := query("/v1/aggregates", params...)
	text, _ := w.ask(path, "application/json")
	if err := json.Unmarshal([]byte(text), &body); err != nil {
		w.t.Fatalf("%s: %v", path, err)
	}
	sheet, _ := w.ask(path, "text/csv")
	if want, got := body.rows(), w.table(sheet); len(body.Groups) > 0 && !slices.EqualFunc(want, got, slices.Equal) {
		w.t.Errorf("%s: CSV has %d rows, JSON %d, or other values", path, len(got), len(want))
	}
	return body
}

// rows are the cells that CSV should have: the parts of the key in their order, the start, the functions.
func (a aggregatesBody) rows() [][]string {
	var rows [][]string
	for _, g := range a.Groups {
		names := g.names()
		if rows == nil {
			rows = append(rows, append(append(names, "start"), a.Functions...))
		}
		for i, start := range g.Starts {
			var row []string
			for _, name := range names {
				row = append(row, g.Key[name])
			}
			row = append(row, start.Format(time.RFC3339Nano))
			for _, fn := range a.Functions {
				cell := ""
				if v := g.Values[fn][i]; v != nil {
					cell = strconv.FormatFloat(*v, 'f', -1, 64)
				}
				row = append(row, cell)
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// names are the parts of a group's key: source before metric, metric last.
func (g aggregateGroup) names() []string {
	var names []string
	for name := range g.Key {
		if name != "metric" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	if _, ok := g.Key["metric"]; ok {
		names = append(names, "metric")
	}
	return names
}
