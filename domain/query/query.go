// Package query answers questions: readings, latest values, series, sources and aggregates.
//
// What it answers from is given by readpath, which says what may be relied on: how fresh it is, and that data before
// and after compaction are the same. Here it is selected, cut into pages, and aggregated.
package query

import (
	"tidemark/domain/analytics"
	"tidemark/domain/readpath"
	"tidemark/domain/telemetry"
)

// Points are the readings of one series: times (Unix ns) rise strictly. Unit is the first that was said of the
// series, here and below, and Others are those that contradict it.
type Points struct {
	Series telemetry.Series
	Unit   string
	Others []string
	Times  []int64
	Values []float64
}

// ReadingsQuery asks for the readings of a series with From <= time < To, at most Limit. After, if not nil, continues
// behind that time.
type ReadingsQuery struct {
	Series   telemetry.Series
	From, To int64
	Limit    int
	After    *int64
}

// ReadingsPage is a page of readings. Next is the time to continue after, nil on the last page.
type ReadingsPage struct {
	Points
	Next  *int64
	Claim readpath.Claim
}

// Match is a condition on a label: its value equals Value, or with Not does not (a missing label counts as "").
type Match struct {
	Name, Value string
	Not         bool
}

// Selector picks series. Empty fields match everything.
type Selector struct {
	Source telemetry.Source
	Metric telemetry.Metric
	Labels []Match
}

// Latest is the last reading of a series.
type Latest struct {
	Series telemetry.Series
	Unit   string
	Others []string
	Time   int64
	Value  float64
}

// SeriesInfo describes a series over all its time.
type SeriesInfo struct {
	Series      telemetry.Series
	Unit        string
	Others      []string
	First, Last int64 // Unix ns
	Count       int64
}

// SourceInfo describes a source.
type SourceInfo struct {
	Source  telemetry.Source
	Labels  []telemetry.Label
	Metrics []telemetry.Metric // at most MaxListed
	More    bool               // there are others
}

// AggregatesQuery asks for aggregates of the selected series in buckets of Step over [From, To). GroupBy names
// labels, or "source" or "metric"; without it every series is a group of its own.
type AggregatesQuery struct {
	Selector Selector
	From, To int64
	Step     analytics.Step
	Funcs    []analytics.Func
	Fill     analytics.Fill
	GroupBy  []string
}

// Group is one line of aggregates: Starts are the buckets' first moments (Unix ns), Columns run parallel to the
// query's Funcs and each column to Starts; a value that does not exist is NaN with Valid false.
type Group struct {
	Key     []telemetry.Label // the group's labels; source and metric of a single series
	Unit    string
	Others  []string // of any of its series
	Starts  []int64
	Columns [][]analytics.Value
}
