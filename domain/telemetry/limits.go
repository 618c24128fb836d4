package telemetry

import "time"

// The bounds of what is accepted. docs/limits.md is the table for people; a test holds the two together.
const (
	MaxBlockBytes      = 1920 << 10 // two rows of 960 KiB
	TargetBlockBytes   = 1 << 20    // a block closes at about this size
	MaxBodyBytes       = 32 << 20   // a request's body as sent
	MaxDecodedBytes    = 64 << 20   // and after decompression
	MaxReadings        = 1_000_000  // readings of one request
	MaxNameUnits       = 512        // UTF-16 units of a tenant, source or metric
	MaxUnitUnits       = 64         // of a unit
	MaxLabels          = 32         // labels of a source
	MaxLabelNameUnits  = 128        //
	MaxLabelValueUnits = 512        //
	MaxDepth           = 32         // nesting of JSON
	MaxLineBytes       = 64 << 10   // a line of a text format
)

// MinTime and MaxTime bound the times of readings: MinTime <= t < MaxTime, Unix nanoseconds.
var (
	MinTime = time.Date(1700, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()
	MaxTime = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()
)
