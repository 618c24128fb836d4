package apitest

import (
	"time"

	"tidemark/domain/telemetry"
)

// Now is the time at which a rig begins.
var Now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// Stamp is of what a rig acknowledges.
var Stamp = telemetry.StampAt(Now)

// Hour is an hour in nanoseconds.
const Hour = int64(time.Hour)

// At is the time of a reading of WithReadings.
func At(i int) int64 { return Now.UnixNano() - 10*Hour + int64(i)*Hour }
