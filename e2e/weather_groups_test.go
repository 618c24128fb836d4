package e2e

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"
)

// label gives the sources their labels.
func (w *weather) label() {
	w.t.Helper()
	for f, every := range map[*weatherFile]string{w.days: "day", w.hours: "hour"} {
		body := fmt.Appendf(nil, `{"labels":{"city":"Seattle","every":%q}}`, every)
		w.n.ask(http.MethodPut, "/v1/sources/"+escape(f.source), asJSON, body)
	}
}

// The decade holds every reading of both files in one bucket.
var decadeFrom, decadeTo = time.Date(2009, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2017, 1, 1, 0, 0, 0, 0, time.UTC)

func (w *weather) decade(params ...string) aggregatesBody {
	w.t.Helper()
	return w.aggregates(append(append(spanOf(decadeFrom, decadeTo), "step", "10y", "fn", everyFunction), params...)...)
}

// sameDecade compares a group with the readings of one or more series.
func (w *weather) sameDecade(what string, g aggregateGroup, series ...[]point) {
	w.t.Helper()
	w.sameBuckets(what, plainBuckets(merged(series...), plainDecade, decadeFrom, decadeTo), g)
}

// checkGroups compares what selectors pick and what group_by joins with the reference.
func (w *weather) checkGroups() {
	w.t.Helper()
	w.label()
	every := map[string]*weatherFile{"day": w.days, "hour": w.hours, w.days.source: w.days, w.hours.source: w.hours}
	for _, c := range []struct {
		key    string // that tells the file
		params []string
		series int
	}{
		{"source", []string{"label", "every=hour"}, 3},
		{"source", []string{"label", "every!=hour", "label", "city=Seattle"}, 4},
		{"source", []string{"label", "city=Seattle"}, 7},
		{"source", []string{"label", "city=Seattle", "label", "every=week"}, 0},
		{"source", []string{"label", "city=Seattle", "metric", "wind"}, 2},
		{"every", []string{"label", "city=Seattle", "group_by", "every"}, 7},
		{"source", []string{"label", "city=Seattle", "group_by", "source"}, 7},
	} {
		groups := w.decade(c.params...).Groups
		if len(groups) != c.series {
			w.t.Errorf("%v: %d groups, should be %d", c.params, len(groups), c.series)
		}
		known := map[string]bool{}
		for _, g := range groups {
			f, name := every[g.Key[c.key]], fmt.Sprint(c.params, g.Key)
			if f == nil || known[name] || len(g.Key) != 2 || slices.Contains(c.params, "every=hour") && f != w.hours ||
				slices.Contains(c.params, "every!=hour") && f != w.days {
				w.t.Errorf("%s: this group should not be there", name)
				continue
			}
			known[name] = true
			w.sameDecade(name, g, f.series[g.Key["metric"]])
		}
	}
	w.checkJoined("city", "Seattle", w.decade("label", "city=Seattle", "group_by", "city").Groups)
	w.checkFill()
}

// checkJoined wants a group for each metric; both sources measure wind.
func (w *weather) checkJoined(label, value string, groups []aggregateGroup) {
	w.t.Helper()
	var metrics []string
	for _, g := range groups {
		metric := g.Key["metric"]
		metrics = append(metrics, metric)
		if g.Key[label] != value {
			w.t.Errorf("group %v has not the %s %s", g.Key, label, value)
		}
		var series [][]point
		for _, f := range w.files() {
			series = append(series, f.series[metric])
		}
		w.sameDecade(fmt.Sprint("joined ", g.Key), g, series...)
	}
	if got := strings.Join(metrics, " "); got != "precipitation pressure temp_max temp_min temperature wind" {
		w.t.Errorf("joined by %s there are the metrics %s", label, got)
	}
}

// checkFill asks for buckets of six hours of a file of days, at its beginning and at its end: three of four are a
// gap.
func (w *weather) checkFill() {
	w.t.Helper()
	first, last := w.days.span()
	last = last.Truncate(24 * time.Hour)
	for _, span := range [][2]time.Time{
		{first.AddDate(0, 0, -1), first.AddDate(0, 0, 3).Add(6 * time.Hour)}, // ends with a reading
		{last.AddDate(0, 0, -3), last.AddDate(0, 0, 2)},
	} {
		for _, fill := range []string{"none", "previous", "linear", "zero"} {
			w.compareFill(fill, span[0], span[1])
		}
	}
}

func (w *weather) compareFill(fill string, from, to time.Time) {
	w.t.Helper()
	const step = 6 * time.Hour
	got := w.aggregates(append(spanOf(from, to), "source", w.days.source, "metric", "temp_max", "step", "6h", "fn",
		"max,count", "fill", fill)...)
	if len(got.Groups) != 1 {
		w.t.Fatalf("fill %s: %d groups", fill, len(got.Groups))
	}
	g := got.Groups[0]
	var starts []time.Time
	var values, counts []float64 // NaN where there is none
	for at := from; at.Before(to); at = at.Add(step) {
		starts, values, counts = append(starts, at), append(values, math.NaN()), append(counts, math.NaN())
		for _, p := range w.days.series["temp_max"] {
			if p.Time.Equal(at) {
				values[len(values)-1], counts[len(counts)-1] = p.Value, 1
			}
		}
	}
	if fill == "none" {
		empty := func(v float64) bool { return math.IsNaN(v) }
		starts = slices.DeleteFunc(starts, func(at time.Time) bool { return empty(values[int(at.Sub(from)/step)]) })
		values, counts = slices.DeleteFunc(values, empty), slices.DeleteFunc(counts, empty)
	}
	plainFill(fill, values)
	plainFill("zero", counts) // how many readings an empty bucket has is known
	if !slices.EqualFunc(starts, g.Starts, time.Time.Equal) || !near(values, g.Values["max"]) ||
		!near(counts, g.Values["count"]) {
		w.t.Errorf("fill %s from %s to %s: starts %v, should be %v; max %v, should be %v; count %v, should be %v", fill,
			from, to, g.Starts, starts,
			numbers(g.Values["max"]), values, numbers(g.Values["count"]), counts)
	}
}

// plainFill fills gaps (NaN) of a column of equal steps.
func plainFill(fill string, column []float64) {
	before := -1
	for i := range column {
		if !math.IsNaN(column[i]) {
			for k := before + 1; before >= 0 && fill == "linear" && k < i; k++ {
				column[k] = column[before] + (column[i]-column[before])*float64(k-before)/float64(i-before)
			}
			before = i
			continue
		}
		switch {
		case fill == "zero":
			column[i] = 0
		case fill == "previous" && before >= 0:
			column[i] = column[before]
		}
	}
}

// near compares a column with one in which NaN is null.
func near(want []float64, got []*float64) bool {
	return slices.EqualFunc(want, got, func(x float64, p *float64) bool {
		if math.IsNaN(x) || p == nil {
			return math.IsNaN(x) && p == nil
		}
		return math.Abs(*p-x) <= 1e-12*max(math.Abs(x), 1)
	})
}
