package schema

// ReadingsBody is the readings of a series.
type ReadingsBody struct {
	Source     string    `json:"source" doc:"The source."`
	Metric     string    `json:"metric" doc:"The metric."`
	Unit       string    `json:"unit,omitempty" doc:"The unit, the first that was said of the series; absent when nobody said one."`
	OtherUnits []string  `json:"other_units,omitempty" doc:"Other units that were said of it later. Its values were stored as they came: some of them may be in these units. Absent when there are none."`
	Readings   []Reading `json:"readings" nullable:"false" doc:"By time, rising."`
	Next       string    `json:"next,omitempty" doc:"The cursor of the next page; absent on the last."`
}

// Reading is one measured value.
type Reading struct {
	Time  string  `json:"time" format:"date-time" doc:"RFC 3339 in UTC, to the nanosecond."`
	Value float64 `json:"value" doc:"The value."`
}

// AggregatesBody is the aggregates of groups of series.
type AggregatesBody struct {
	Step      string           `json:"step" doc:"The width of the buckets."`
	Functions []string         `json:"functions" nullable:"false" doc:"The functions."`
	Groups    []AggregateGroup `json:"groups" nullable:"false" doc:"By key. A group without a reading in the span is absent."`
	Warnings  []string         `json:"warnings,omitempty" doc:"What may not be what was meant: a label of group_by that none of the series has. Absent when there is nothing, and in CSV."`
}

// AggregateGroup is one group: starts and each list of values run parallel.
type AggregateGroup struct {
	Key        map[string]string     `json:"key" doc:"What the group has in common: the labels of group_by, or source and metric."`
	Unit       string                `json:"unit,omitempty" doc:"The unit, when all series of the group have the same."`
	OtherUnits []string              `json:"other_units,omitempty" doc:"Other units that were said of it later. Its values were stored as they came: some of them may be in these units. Absent when there are none."`
	Starts     []string              `json:"starts" nullable:"false" doc:"The first moments of the buckets; without a fill only of those that hold a reading."`
	Values     map[string][]*float64 `json:"values" doc:"By function. null where there is no value, or none that a float64 holds."`
}
