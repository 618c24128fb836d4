package telemetry

// SourceRow is a row of the catalogue: a source's labels, its metrics with their units, the years that hold chunks,
// and the deletions that still stand. Merging blocks into it is commutative and idempotent, so a block is included
// when merging it changes nothing.
//
// A source with few metrics is one row, the whole. One that does not fit is split: its row then only says so and
// names where parts begin, and each part is a row of its own, from a place to a place; SplitSource makes parts of the
// whole, or of a part that has grown.
type SourceRow struct {
	Tenant   Tenant
	Source   Source
	Form     SourceForm
	From, To Place // of a part: it holds what stands at or after From and before To; a zero To is no bound
	// of a split row: where parts begin, rising, as far as is known; not the first, at the zero Place
	Parts    []Place
	Replaced Origin    // of the last Description with Replace; labels earlier than it are gone
	Labels   []LabelAt // sorted by name; they stand at the zero Place
	Metrics  []MetricRow
}

// SourceForm says what of a source a row holds. The numbers are stored.
type SourceForm uint8

// The forms. Once split a source is never whole again.
const (
	SourceWhole SourceForm = 0
	SourcePart  SourceForm = 1
	SourceSplit SourceForm = 2
)

// LabelAt is a label and where it came from.
type LabelAt struct {
	Label
	Origin Origin
}

// MaxOtherUnits is how many units a row keeps beside the first of a series.
const MaxOtherUnits = 3

// UnitAt is a unit and where it was said first.
type UnitAt struct {
	Unit   string
	Origin Origin
}

// MetricRow is one series of the source. Unit is the first that anybody said, by origin: readings of a series do not
// change what they mean because a later one comes with another unit. Units that contradict it are kept beside it, the
// first MaxOtherUnits by origin. Years are the indexes of the year windows that hold a chunk of it, rising.
// Deletions are sorted by origin; those at or below Purged are no longer listed, because every chunk was made without
// what they cover. Unit and years stand at the metric's place; of a metric whose deletions fill several parts the
// later ones hold deletions only.
type MetricRow struct {
	Metric    Metric
	Unit      string
	UnitFrom  Origin
	Others    []UnitAt
	Years     []int32
	Deletions []DeletionAt
	Purged    Stamp
}

// DeletionAt is a deletion of a known series and the origin that orders it.
type DeletionAt struct {
	From, To int64
	Origin   Origin
}

// Piece is the readings that one block holds of a series: times rise strictly.
type Piece struct {
	Origin Origin
	Times  []int64
	Values []float64
}

// ShardState is the state row of a shard in the account.
type ShardState struct {
	Shard Shard
	Floor Stamp // everything stamped at or below it is final
}

// Horizon is a tenant's retention as it was carried out: readings before it are gone for good. It only moves up.
type Horizon struct {
	Tenant Tenant
	Before int64 // Unix nanoseconds
}
