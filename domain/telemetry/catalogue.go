package telemetry

// SourceRow is the catalogue's row of one source: its labels, its metrics with their units, the years that hold chunks, and the
// deletions that still stand. Merging blocks into it is commutative and idempotent, so a block is included when merging it changes
// nothing.
type SourceRow struct {
	Tenant   Tenant
	Source   Source
	Replaced Origin    // of the last Description with Replace; labels earlier than it are gone
	Labels   []LabelAt // sorted by name
	Metrics  []MetricRow
}

// LabelAt is a label and where it came from.
type LabelAt struct {
	Label
	Origin Origin
}

// MetricRow is one series of the source. Years are the indexes of the year windows that hold a chunk of it, rising. Deletions are sorted
// by origin; those at or below Purged are no longer listed, because every chunk was made without what they cover.
type MetricRow struct {
	Metric    Metric
	Unit      string
	UnitFrom  Origin
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
