// Package sourcerow has the rows of the catalogue: what is known of a source, how blocks are merged into it, how it is
// split when it has grown, and its bytes. Golden bytes in testdata keep every version readable.
package sourcerow

import "tidemark/domain/telemetry"

// Row is a row of the catalogue: a source's labels, its metrics with their units, the years that hold chunks,
// and the deletions that still stand. Merging blocks into it is commutative and idempotent, so a block is included
// when merging it changes nothing.
//
// A source with few metrics is one row, the whole. One that does not fit is split: its row then only says so and
// names where parts begin, and each part is a row of its own, from a place to a place; Cut makes parts of the
// whole, or of a part that has grown.
type Row struct {
	Tenant   telemetry.Tenant
	Source   telemetry.Source
	Form     Form
	From, To Place // of a part: it holds what stands at or after From and before To; a zero To is no bound
	// of a split row: where parts begin, rising, as far as is known; not the first, at the zero Place
	Parts    []Place
	Replaced telemetry.Origin // of the last Description with Replace; labels earlier than it are gone
	Labels   []LabelAt        // sorted by name; they stand at the zero Place
	Metrics  []MetricRow
}

// SourceForm says what of a source a row holds. The numbers are stored.
type Form uint8

// The forms. Once split a source is never whole again.
const (
	Whole Form = 0
	Part  Form = 1
	Split Form = 2
)

// LabelAt is a label and where it came from.
type LabelAt struct {
	telemetry.Label
	Origin telemetry.Origin
}

// MaxOtherUnits is how many units a row keeps beside the first of a series.
const MaxOtherUnits = 3

// UnitAt is a unit and where it was said first.
type UnitAt struct {
	Unit   string
	Origin telemetry.Origin
}

// MetricRow is one series of the source. Unit is the first that anybody said, by origin: readings of a series do not
// change what they mean because a later one comes with another unit. Units that contradict it are kept beside it, the
// first MaxOtherUnits by origin. Years are the indexes of the year windows that hold a chunk of it, rising.
// Deletions are sorted by origin; those at or below Purged are no longer listed, because every chunk was made without
// what they cover. Unit and years stand at the metric's place; of a metric whose deletions fill several parts the
// later ones hold deletions only.
type MetricRow struct {
	Metric    telemetry.Metric
	Unit      string
	UnitFrom  telemetry.Origin
	Others    []UnitAt
	Years     []int32
	Deletions []telemetry.DeletionAt
	Purged    telemetry.Stamp
}

// Holds reports whether a place lies in the row's range.
func (r *Row) Holds(p Place) bool {
	return p.Compare(r.From) >= 0 && (r.To == (Place{}) || p.Compare(r.To) < 0)
}
