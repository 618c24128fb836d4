// Package chunks is the contract of the geo-redundant account's rows: chunks and their rollups, the catalogue of
// sources, the state of shards, tasks. All change by compare-and-swap only.
//
// A row is a key and bytes; what the bytes mean is telemetry's and analytics' codecs. Rows of one partition change
// together or not at all. The proof of every sentence is chunkstest. Expired years refuse writes with fault.NotFound,
// Conflict or Invalid.
package chunks

import (
	"context"
	"fmt"
	"iter"
	"strconv"
	"time"

	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/sourcerow"
)

// Table says what kind of rows a key belongs to. The numbers are stored.
type Table uint8

// The tables. Chunks exists once for each year window.
const (
	Chunks    Table = 1 // partition: source, metric; rows: chunks and rollups
	Catalogue Table = 2 // partition: none; a row a source, and before all of these the parts of those that were split
	State     Table = 3 // partition: none; shard floors, retention horizon, service keys
	Tasks     Table = 4 // partition: none; a row a task
)

// Partition is the unit of atomic change and of order. Year is the index of the year window for Chunks, else 0. Of is
// the series for Chunks, else zero.
type Partition struct {
	Table  Table
	Year   int32
	Tenant telemetry.Tenant
	Of     telemetry.Series
}

// Key is a row's key. Any partition and any non-empty row string has exactly one, and no two share one. Rows of a
// partition are ordered bytewise by Row, as far as a service's keys are long enough to tell them apart.
type Key struct {
	Partition
	Row string
}

// ChunkKey is the key of the chunk of a series in a window.
func ChunkKey(t telemetry.Tenant, s telemetry.Series, w telemetry.Window) Key {
	return Key{Partition: PartitionOf(t, s, w), Row: windowRow('c', w)}
}

// RollupKey is the key of the rollup that is written with that chunk.
func RollupKey(t telemetry.Tenant, s telemetry.Series, w telemetry.Window) Key {
	return Key{Partition: PartitionOf(t, s, w), Row: windowRow('r', w)}
}

// PartitionOf is the partition of a series in the year of a window.
func PartitionOf(t telemetry.Tenant, s telemetry.Series, w telemetry.Window) Partition {
	return Partition{Table: Chunks, Year: telemetry.YearOf(w.Start()), Tenant: t, Of: s}
}

// SourceKey is the key of a source's catalogue row.
func SourceKey(t telemetry.Tenant, s telemetry.Source) Key {
	return Key{Partition: Partition{Table: Catalogue, Tenant: t}, Row: string(s)}
}

// SourcePartKey is the key of the part of a split source that begins at a place. The names of sources, metrics and
// writers have no control characters, so no two places share a row and none is that of a source.
func SourcePartKey(t telemetry.Tenant, s telemetry.Source, from sourcerow.Place) Key {
	row := "\x00" + string(s) + "\x00" + string(from.Metric)
	if from.Within() {
		d, o := from.Deletion, from.Deletion.Origin
		row += fmt.Sprintf("\x00%016x %s %016x", uint64(o.Stamp), o.Writer, uint64(o.Number))
		row += fmt.Sprintf(" %016x %016x", uint64(d.From), uint64(d.To))
	}
	return Key{Partition: Partition{Table: Catalogue, Tenant: t}, Row: row}
}

// Sources is the range of a tenant's rows of sources from a name on, without the parts of those that were split.
func Sources(t telemetry.Tenant, from telemetry.Source) Range {
	return Range{Partition: Partition{Table: Catalogue, Tenant: t}, From: max("\x01", string(from))}
}

// ShardKey is the key of a shard's state row (its floor).
func ShardKey(s telemetry.Shard) Key {
	return Key{Partition: Partition{Table: State, Tenant: s.Tenant}, Row: fmt.Sprintf("shard %05d", s.Index)}
}

// HorizonKey is the key of a tenant's retention horizon.
func HorizonKey(t telemetry.Tenant) Key {
	return Key{Partition: Partition{Table: State, Tenant: t}, Row: "horizon"}
}

// DeletionsKey is the key of the row that says whether deletions of a tenant stand.
func DeletionsKey(t telemetry.Tenant) Key {
	return Key{Partition: Partition{Table: State, Tenant: t}, Row: "deletions"}
}

// TaskKey is the key of a task's state row.
func TaskKey(t telemetry.Tenant, id string) Key {
	return Key{Partition: Partition{Table: Tasks, Tenant: t}, Row: id}
}

// windowRow is the kind, the size as a hexadecimal digit and the index, with its sign turned so that it sorts as it
// counts: by kind, size, then time. An index takes 8 digits down to windows of five minutes and 16 below.
func windowRow(kind byte, w telemetry.Window) string {
	if w.Size <= telemetry.WindowMinutes {
		return fmt.Sprintf("%c%x%08x", kind, w.Size, uint32(w.Index)^0x8000_0000)
	}
	return fmt.Sprintf("%c%x%016x", kind, w.Size, uint64(w.Index)^1<<63)
}

// WindowOfRow reads the window back from the row string of a chunk or rollup; false for every other string.
func WindowOfRow(row string) (telemetry.Window, bool) {
	if len(row) != 10 && len(row) != 18 {
		return telemetry.Window{}, false
	}
	size, err := strconv.ParseUint(row[1:2], 16, 8)
	index, err2 := strconv.ParseUint(row[2:], 16, 64)
	w := telemetry.Window{Size: telemetry.WindowSize(size), Index: int64(index ^ 1<<63)}
	if len(row) == 10 {
		w.Index = int64(int32(uint32(index) ^ 0x8000_0000))
	}
	if err != nil || err2 != nil || !w.Size.Known() || (row[0] != 'c' && row[0] != 'r') || windowRow(row[0], w) != row {
		return telemetry.Window{}, false
	}
	return w, true
}

// Version is opaque; "" is the version of a row that does not exist.
type Version string

// Row is a stored row. Value belongs to the receiver. Committed is when this version was committed, by the storage's
// own clock.
type Row struct {
	Key       Key
	Value     []byte
	Version   Version
	Committed time.Time
}

// Change sets a row to Value, or deletes it with Delete, if its version is still If ("" means that it must not
// exist).
type Change struct {
	Key    Key
	If     Version
	Value  []byte
	Delete bool
}

// Bounds of one Apply; over them it is fault.TooLarge and nothing changes.
const (
	MaxChanges    = 100
	MaxValueBytes = 960 << 10
	MaxApplyBytes = 2800 << 10 // all values together: 4 MiB in base64 with room for keys
)

// Range is the rows of a partition with From <= Row < To; To "" is no upper bound.
type Range struct {
	Partition Partition
	From, To  string
}

// Reader reads rows at one endpoint of the account. It is safe for concurrent use.
//
// What the primary endpoint gives is said at Store. The secondary gives what has arrived there: of each partition the
// rows as they were at the primary at some moment, which moves on; changes that were made together arrive together, and
// what was committed before a tidemark that the account has told is there. Partitions overtake one another. A row has
// the version and the commit time there that it has at the primary.
type Reader interface {
	// Get reads a row; fault.NotFound if it does not exist (or its table does not).
	Get(ctx context.Context, k Key) (Row, error)
	// Scan yields the rows of a range, rising by Row. Each row is as of some moment during the call; a row that
	// existed during the whole call is not left out. A table that does not exist has no rows. After an error nothing
	// more is yielded.
	Scan(ctx context.Context, r Range) iter.Seq2[Row, error]
	// Expired gives the year before which all were expired, by whichever process; math.MinInt32 if none was. It only
	// moves up.
	Expired(ctx context.Context) (before int32, err error)
}

// Store keeps rows, and reads them at the primary endpoint. It is safe for concurrent use. What a successful Apply
// stored, every call that begins afterwards sees, from whichever process.
type Store interface {
	Reader
	// Apply makes all changes, each a different row of one partition, or none. fault.Conflict when a version is not
	// what the change says, fault.Invalid for several partitions, a row named twice, or no change at all;
	// fault.NotFound where the tables were not prepared (an adapter may make them itself); fault.Unavailable or
	// fault.Indeterminate as usual: read again. It does not keep values.
	Apply(ctx context.Context, changes ...Change) error
	// Prepare makes the tables; with a year, those of its chunks. Idempotent. An expired year is fault.Conflict: it
	// is never made again.
	Prepare(ctx context.Context, years ...int32) error
	// Expire drops the chunk tables of all years before one, for good. Idempotent.
	Expire(ctx context.Context, before int32) error
}
