package e2e

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// weatherZones are UTC and two that change their clocks, on different days and far apart.
var weatherZones = []string{"UTC", "America/Los_Angeles", "Europe/Berlin"}

// checkAggregates compares all functions of all series by hour, day and month in some zones with the reference. Hours
// are the same in all of them, so the whole span is asked in the first only.
func (w *weather) checkAggregates(zones ...string) {
	w.t.Helper()
	cut := func(month time.Month, day, hour int) time.Time {
		return time.Date(2010, month, day, hour, 30, 0, 0, time.UTC)
	}
	for i, name := range zones {
		for _, step := range plainSteps(zoneOf(w.t, name)) {
			for _, f := range w.files() {
				if from, to := f.span(); i == 0 || step.name != "1h" {
					w.compare(f, step, name, from, to)
				}
			}
			if step.name == "1h" {
				w.compare(w.hours, step, name, cut(3, 1, 4), cut(4, 2, 4)) // around both changes; from and to cut hours
			} else {
				w.compare(w.hours, step, name, cut(2, 10, 5), cut(11, 7, 17)) // from and to cut days and months
			}
		}
	}
	w.checkDaysOfTheChange()
}

// compare asks for a file's aggregates and compares them with the reference, bucket by bucket.
func (w *weather) compare(f *weatherFile, step plainStep, zone string, from, to time.Time) {
	w.t.Helper()
	got := w.aggregates(append(spanOf(from, to), "source", f.source, "step", step.name, "tz", zone, "fn",
		everyFunction)...)
	what := fmt.Sprintf("%s by %s in %s from %s to %s", f.source, step.name, zone, from.Format(time.RFC3339),
		to.Format(time.RFC3339))
	if len(got.Groups) != len(f.order) {
		w.t.Errorf("%s: %d groups, should be %d", what, len(got.Groups), len(f.order))
		return
	}
	for i, metric := range slices.Sorted(slices.Values(f.order)) {
		g := got.Groups[i]
		if g.Key["source"] != f.source || g.Key["metric"] != metric || len(g.Key) != 2 {
			w.t.Errorf("%s: group %d is %v, should be %s", what, i, g.Key, metric)
			continue
		}
		w.sameBuckets(what+": "+metric, plainBuckets(f.series[metric], step.floor, from, to), g)
	}
}

// sameBuckets compares a group of an answer with buckets of the reference. It names the first mistake.
func (w *weather) sameBuckets(what string, want []plainBucket, g aggregateGroup) {
	w.t.Helper()
	if len(want) == 0 || len(g.Starts) != len(want) {
		w.t.Errorf("%s: %d buckets, should be %d", what, len(g.Starts), len(want))
		return
	}
	for fn, column := range g.Values {
		if len(column) != len(want) {
			w.t.Errorf("%s: %d values of %s, should be %d", what, len(column), fn, len(want))
			return
		}
		for i, b := range want {
			said := "is absent"
			if column[i] != nil {
				said = agrees(fn, b.of(fn), *column[i])
			}
			if said != "" || !g.Starts[i].Equal(b.start) {
				w.t.Errorf("%s: bucket %s (should be %s): %s of %d readings: %s", what, g.Starts[i], b.start, fn,
					len(b.values), said)
				return
			}
		}
	}
	if got := len(g.Values); got != len(strings.Split(everyFunction, ",")) {
		w.t.Errorf("%s: %d functions", what, got)
	}
}

// checkDaysOfTheChange wants days of 23 and of 25 hours, by times that a calendar on the wall tells: no code of dates
// stands between.
func (w *weather) checkDaysOfTheChange() {
	w.t.Helper()
	for _, c := range []struct {
		zone, start, end string
		hours            float64
	}{
		{"America/Los_Angeles", "2010-03-13T08:00:00Z", "2010-03-14T08:00:00Z", 24},
		{"America/Los_Angeles", "2010-03-14T08:00:00Z", "2010-03-15T07:00:00Z", 23},
		{"America/Los_Angeles", "2010-03-15T07:00:00Z", "2010-03-16T07:00:00Z", 24},
		{"America/Los_Angeles", "2010-11-07T07:00:00Z", "2010-11-08T08:00:00Z", 25},
		{"Europe/Berlin", "2010-03-27T23:00:00Z", "2010-03-28T22:00:00Z", 23},
		{"Europe/Berlin", "2010-10-30T22:00:00Z", "2010-10-31T23:00:00Z", 25},
	} {
		from, to := momentOf(w, c.start).Add(-72*time.Hour), momentOf(w, c.end).Add(72*time.Hour)
		got := w.aggregates(append(spanOf(from, to), "source", w.hours.source, "metric", "temperature", "step", "1d",
			"tz", c.zone, "fn", "count,sum,p50")...)
		if len(got.Groups) != 1 {
			w.t.Fatalf("%s: %d groups", c.zone, len(got.Groups))
		}
		g := got.Groups[0]
		i := slices.IndexFunc(g.Starts, momentOf(w, c.start).Equal)
		if i < 0 || i+1 >= len(g.Starts) || !g.Starts[i+1].Equal(momentOf(w, c.end)) ||
			*g.Values["count"][i] != c.hours {
			w.t.Errorf("%s: the day from %s to %s with %v hours is not among %v with %v", c.zone, c.start, c.end,
				c.hours, g.Starts, numbers(g.Values["count"]))
		}
	}
}

func momentOf(w *weather, text string) time.Time {
	w.t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		w.t.Fatal(err)
	}
	return at
}

// numbers shows values that may be absent.
func numbers(column []*float64) []string {
	list := make([]string, len(column))
	for i, v := range column {
		list[i] = "null"
		if v != nil {
			list[i] = fmt.Sprint(*v)
		}
	}
	return list
}
