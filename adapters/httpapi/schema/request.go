package schema

import "github.com/danielgtaylor/huma/v2"

// WriteDocument describes the JSON form of a write; package jsonreadings reads it.
type WriteDocument struct {
	Readings []ReadingItem `json:"readings,omitempty" nullable:"false" doc:"Readings one by one."`
	Series   []SeriesItem  `json:"series,omitempty" nullable:"false" doc:"Readings by series, as columns."`
	Sources  []SourceItem  `json:"sources,omitempty" nullable:"false" doc:"Labels of sources, added to those they have."`
}

// ReadingItem is one reading.
type ReadingItem struct {
	Source string  `json:"source" minLength:"1" maxLength:"512" example:"roof" doc:"What measures."`
	Metric string  `json:"metric" minLength:"1" maxLength:"512" example:"temp" doc:"What is measured."`
	Time   moment  `json:"time"`
	Value  measure `json:"value"`
	Unit   string  `json:"unit,omitempty" maxLength:"64" example:"C" doc:"The unit of the series. The first that is said of a series stands: a reading that contradicts one of the same request is rejected, and other_units of answers names those that contradict an earlier request."`
}

// SeriesItem is readings of one series.
type SeriesItem struct {
	Source string    `json:"source" minLength:"1" maxLength:"512" doc:"What measures."`
	Metric string    `json:"metric" minLength:"1" maxLength:"512" doc:"What is measured."`
	Unit   string    `json:"unit,omitempty" maxLength:"64" doc:"The unit of the series. The first that is said of a series stands: a reading that contradicts one of the same request is rejected, and other_units of answers names those that contradict an earlier request."`
	Times  []moment  `json:"times" nullable:"false" doc:"One for each reading."`
	Values []measure `json:"values" nullable:"false" doc:"One for each reading."`
}

// moment and measure describe what a time and a value may be.
type (
	moment  struct{}
	measure struct{}
)

// Schema describes a time.
func (moment) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Description: "RFC 3339 (no leap seconds, and no finer than a nanosecond), or a Unix number in units of " +
			"precision. Without precision a number that would lie before 1971 in nanoseconds is rejected.",
		Examples: []any{"2026-11-23T06:00:00Z"},
		OneOf:    []*huma.Schema{{Type: huma.TypeString, Format: "date-time"}, {Type: huma.TypeNumber}}}
}

// Schema describes a value.
func (measure) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Description: "A finite number; an integer that a float64 does not hold exactly is refused. true and false " +
			"are 1 and 0.",
		Examples: []any{21.5}, OneOf: []*huma.Schema{{Type: huma.TypeNumber}, {Type: huma.TypeBoolean}}}
}

// SourceItem is what a request says of a source.
type SourceItem struct {
	Source string            `json:"source" minLength:"1" maxLength:"512" doc:"What measures."`
	Labels map[string]string `json:"labels" doc:"At most 32 labels."`
}

// SourceLabels is the body of a replacement of labels.
type SourceLabels struct {
	Labels map[string]string `json:"labels" maxProperties:"32" doc:"All labels that the source is to have; those it has and that are not named go."`
}
