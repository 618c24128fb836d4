package schema

// LatestBody is last readings.
type LatestBody struct {
	Latest []LatestItem `json:"latest" nullable:"false" doc:"By source and metric. A series without readings is absent."`
	Next   string       `json:"next,omitempty" doc:"The cursor of the next page; absent on the last."`
}

// LatestItem is the last reading of a series.
type LatestItem struct {
	Source     string   `json:"source" doc:"The source."`
	Metric     string   `json:"metric" doc:"The metric."`
	Unit       string   `json:"unit,omitempty" doc:"The unit, the first that was said of the series; absent when nobody said one."`
	OtherUnits []string `json:"other_units,omitempty" doc:"Other units that were said of it later. Its values were stored as they came: some of them may be in these units. Absent when there are none."`
	Time       string   `json:"time" format:"date-time" doc:"The time of the reading."`
	Value      float64  `json:"value" doc:"Its value."`
}

// SeriesBody is series.
type SeriesBody struct {
	Series []SeriesDescription `json:"series" nullable:"false" doc:"By source and metric."`
	Next   string              `json:"next,omitempty" doc:"The cursor of the next page; absent on the last."`
}

// SeriesDescription describes a series over all its time.
type SeriesDescription struct {
	Source     string   `json:"source" doc:"The source."`
	Metric     string   `json:"metric" doc:"The metric."`
	Unit       string   `json:"unit,omitempty" doc:"The unit, the first that was said of the series; absent when nobody said one."`
	OtherUnits []string `json:"other_units,omitempty" doc:"Other units that were said of it later. Its values were stored as they came: some of them may be in these units. Absent when there are none."`
	First      string   `json:"first,omitempty" format:"date-time" doc:"The time of the first reading; absent when there is none left."`
	Last       string   `json:"last,omitempty" format:"date-time" doc:"The time of the last reading; absent when there is none left."`
	Count      int64    `json:"count" minimum:"0" doc:"How many readings there are."`
}

// SourcesBody is sources.
type SourcesBody struct {
	Sources []SourceBody `json:"sources" nullable:"false" doc:"By name."`
	Next    string       `json:"next,omitempty" doc:"The cursor of the next page; absent on the last."`
}

// SourceBody describes a source.
type SourceBody struct {
	Source  string            `json:"source" doc:"The name."`
	Labels  map[string]string `json:"labels" doc:"Its labels."`
	Metrics []string          `json:"metrics" nullable:"false" doc:"What it measures, by name: the first 1,000 of them."`
	More    bool              `json:"more_metrics,omitempty" doc:"It has others: GET /v1/series lists all."`
}
