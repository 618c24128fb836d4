package readpath

import (
	"tidemark/domain/analytics"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/sourcerow"
)

// Series is a series as a question knows it. Only a Source gives one: what the catalogue says of a series, and above
// all which deletions stand against it, is read before its chunks (T7).
type Series struct {
	telemetry.Series
	Row sourcerow.MetricRow // merged with what the journal's blocks say
	q   *Question
}

// Span is what to visit of a series: From <= time < To, in Unix nanoseconds.
type Span struct {
	From, To  int64
	Backwards bool // the latest leaf first; within a leaf times rise all the same
	// Rollups says of which windows a rollup serves in place of the readings; nil: of none.
	Rollups func(w telemetry.Window) bool
}

// Leaf is what one window holds of a series within a span, expired readings left out: merged readings, their times
// rising strictly, or, where a rollup serves and may stand for the readings, the rollup beside them. It may be empty.
type Leaf struct {
	Window telemetry.Window
	Times  []int64 // Unix ns
	Values []float64
	Rollup *analytics.Rollup // of the whole window; nil: Times and Values are all there is
}
