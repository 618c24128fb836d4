package decode

import (
	"fmt"
	"time"

	"tidemark/domain/telemetry"
)

// CheckSource says what is wrong with the name of a source.
func CheckSource(s string) error { return telemetry.CheckName("source", s) }

// CheckMetric says what is wrong with the name of a metric.
func CheckMetric(s string) error { return telemetry.CheckName("metric", s) }

// CheckUnit says what is wrong with a unit. The empty one is fine: it is unsaid.
func CheckUnit(s []byte) error {
	if len(s) == 0 {
		return nil
	}
	return telemetry.CheckUnit(string(s))
}

// TimeInRange reports whether a reading may have this time.
func TimeInRange(ns int64) bool { return telemetry.MinTime <= ns && ns < telemetry.MaxTime }

// Expired reports whether a time is before the oldest that is kept (0: there is no such bound), and the reason to
// give for it.
func Expired(ns, oldest int64) (string, bool) {
	if oldest == 0 || ns >= oldest {
		return "", false
	}
	return "the time lies before " + time.Unix(0, oldest).UTC().Format(time.RFC3339) +
		": readings older than the retention are not kept", true
}

// OutsideTime is the reason for a time that is not in range.
func OutsideTime() string {
	return fmt.Sprintf("the time lies outside of %s to %s; check its precision",
		time.Unix(0, telemetry.MinTime).UTC().Format(time.DateOnly),
		time.Unix(0, telemetry.MaxTime).UTC().Format(time.DateOnly))
}
