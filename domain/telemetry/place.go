package telemetry

import "cmp"

// Place is a place in the order in which a source's catalogue stands: the labels first, at the zero Place, then the
// metrics by name, and behind each metric its deletions. A zero Deletion is the place of the metric itself.
type Place struct {
	Metric   Metric
	Deletion DeletionAt
}

// PlaceOf is where a metric stands.
func PlaceOf(m Metric) Place { return Place{Metric: m} }

// After is the least place behind a metric and all of its deletions.
func (m Metric) After() Place { return Place{Metric: m + "\x00"} }

// Compare orders places.
func (p Place) Compare(o Place) int {
	if p.Metric != o.Metric {
		return cmp.Compare(p.Metric, o.Metric)
	}
	return compareDeletions(p.Deletion, o.Deletion)
}

// Within reports whether the place lies among the deletions of its metric, so that a range which ends there cuts the
// metric.
func (p Place) Within() bool { return p.Deletion != (DeletionAt{}) }

// Holds reports whether a place lies in the row's range.
func (r *SourceRow) Holds(p Place) bool {
	return p.Compare(r.From) >= 0 && (r.To == (Place{}) || p.Compare(r.To) < 0)
}

// between is a place behind a and not behind b, for metrics a < b, with as short a name as there is: the places where
// parts begin are listed in a row and stand in keys.
func between(a, b Metric) Place {
	n := 0
	for n < len(a) && a[n] == b[n] {
		n++
	}
	return PlaceOf(b[:n+1])
}
