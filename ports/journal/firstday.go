package journal

import (
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
)

// yesterday is the last day that a shard's first day may be, by the storage's clock: a stream of today or tomorrow
// may be born at any time.
func yesterday(now time.Time) telemetry.Day { return telemetry.DayOf(now) - 1 }

// NewFirst is the first day of a shard that is registered for a day when the storage's clock is now. It is the day
// before, because another writer's clock may stand there still, and never later than yesterday, whatever the caller's
// clock says.
func NewFirst(day telemetry.Day, now time.Time) telemetry.Day { return min(day-1, yesterday(now)) }

// RegisteredFirst is the first day of a shard that is registered already, once it is registered for a day. It is
// fault.Conflict for a day that has passed. A first day later than yesterday comes from a writer whose clock was
// ahead, of a version that believed it: it falls.
func RegisteredFirst(op string, first, day telemetry.Day, now time.Time) (telemetry.Day, error) {
	switch {
	case first <= day && first <= yesterday(now):
		return first, nil
	case first <= yesterday(now):
		return first, fault.New(fault.Conflict, op, "the journal is past day %s: is the writer's clock right?", day)
	}
	return NewFirst(day, now), nil
}

// Lowered is the first day of a shard once it is lowered to a day; known is false of one that was not registered. It
// never rises, and is never later than yesterday.
func Lowered(first telemetry.Day, known bool, day telemetry.Day, now time.Time) telemetry.Day {
	if !known {
		first = day
	}
	return min(first, day, yesterday(now))
}

// Advanced is the first day of a shard that is moved up to a day: never down, and never past yesterday.
func Advanced(first, to telemetry.Day, now time.Time) telemetry.Day {
	return max(first, min(to, yesterday(now)))
}
