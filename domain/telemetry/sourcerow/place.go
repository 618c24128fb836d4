package sourcerow

import (
	"cmp"

	"tidemark/domain/telemetry"
)

// Place is a place in the order in which a source's catalogue stands: the labels first, at the zero Place, then the
// metrics by name, and behind each metric its deletions. A zero Deletion is the place of the metric itself.
type Place struct {
	Metric   telemetry.Metric
	Deletion telemetry.DeletionAt
}

// PlaceOf is where a metric stands.
func PlaceOf(m telemetry.Metric) Place { return Place{Metric: m} }

// After is the least place behind a metric and all of its deletions.
func After(m telemetry.Metric) Place { return Place{Metric: m + "\x00"} }

// Compare orders places.
func (p Place) Compare(o Place) int {
	if p.Metric != o.Metric {
		return cmp.Compare(p.Metric, o.Metric)
	}
	return p.Deletion.Compare(o.Deletion)
}

// Within reports whether the place lies among the deletions of its metric, so that a range which ends there cuts the
// metric.
func (p Place) Within() bool { return p.Deletion != (telemetry.DeletionAt{}) }
