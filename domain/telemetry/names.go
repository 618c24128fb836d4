// Package telemetry holds the values of tidemark: what a reading is, how readings are bundled into blocks and chunks,
// which of two values of one reading is the later, and the limits of all of it. The bytes of what is stored are in the
// packages below: blockcodec, chunkcodec, sourcerow.
//
// It is pure: no clock, no I/O, no randomness, only the standard library and the other values.
package telemetry

import (
	"cmp"
	"fmt"
	"time"
)

// Tenant owns readings. It comes from the caller's credentials, never from a request.
type Tenant string

// Source is what measures: a meter, a sensor, a store, a road segment. It carries labels.
type Source string

// Metric is what is measured.
type Metric string

// Series is one metric of one source, within a tenant.
type Series struct {
	Source Source
	Metric Metric
}

// Compare orders series by source, then metric, bytewise.
func (s Series) Compare(o Series) int {
	if s.Source != o.Source {
		if s.Source < o.Source {
			return -1
		}
		return 1
	}
	switch {
	case s.Metric < o.Metric:
		return -1
	case s.Metric > o.Metric:
		return 1
	}
	return 0
}

// Shard is one of a tenant's parts: hash(source) modulo the tenant's number of shards.
type Shard struct {
	Tenant Tenant
	Index  uint16
}

// Compare orders shards: tenant, index.
func (s Shard) Compare(o Shard) int {
	return cmp.Or(cmp.Compare(s.Tenant, o.Tenant), cmp.Compare(s.Index, o.Index))
}

// Day counts UTC days since 1970-01-01.
type Day int32

// DayOf is the UTC day of t.
func DayOf(t time.Time) Day { return Day(floorDiv(t.Unix(), 86400)) }

// Start is the day's first moment.
func (d Day) Start() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// String is the day as 2006-01-02.
func (d Day) String() string { return d.Start().Format("2006-01-02") }

// Writer is one process start: random and sortable by start time, 26 characters of Crockford's base 32 (a ULID).
type Writer string

// Stream is an append-only numbered sequence of blocks with exactly one writer.
type Stream struct {
	Shard  Shard
	Day    Day
	Writer Writer
}

// String names the stream in logs and answers.
func (s Stream) String() string {
	return fmt.Sprintf("%s/%d/%s/%s", s.Shard.Tenant, s.Shard.Index, s.Day, s.Writer)
}

// Compare orders streams: tenant, shard, day, writer.
func (s Stream) Compare(o Stream) int {
	return cmp.Or(s.Shard.Compare(o.Shard), cmp.Compare(s.Day, o.Day), cmp.Compare(s.Writer, o.Writer))
}

// Number is a block's place in its stream; the first is 1, 0 is none.
type Number uint64

// Position is where a block stands.
type Position struct {
	Stream Stream
	Number Number
}

// String is the stream's name and the number.
func (p Position) String() string { return fmt.Sprintf("%s/%d", p.Stream, p.Number) }

// Durability is what an acknowledgement reached.
type Durability uint8

// The durabilities. Both are stored in blocks; the numbers are frozen.
const (
	DurableNone Durability = 0 // nothing acknowledged yet
	DurableOne  Durability = 1 // the journal of one region
	DurableBoth Durability = 2 // the journals of both regions
)

// String is "none", "one" or "both".
func (d Durability) String() string {
	switch d {
	case DurableOne:
		return "one"
	case DurableBoth:
		return "both"
	}
	return "none"
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}
