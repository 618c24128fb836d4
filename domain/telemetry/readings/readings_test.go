package readings_test

import (
	"testing"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/readings"
)

func TestParsePrecision(t *testing.T) {
	for text, want := range map[string]int64{"": 1, "n": 1, "ns": 1, "u": 1e3, "us": 1e3, "µ": 1e3, "µs": 1e3,
		"ms": 1e6, "s": 1e9, "m": 60e9, "h": 3600e9} {
		if p, err := readings.ParsePrecision(text); err != nil || p.Nanos() != want {
			t.Errorf("%q: %v of %d ns, %v", text, p, p.Nanos(), err)
		}
	}
	for _, text := range []string{"S", "d", "sec", "1"} {
		if _, err := readings.ParsePrecision(text); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%q: %v", text, err)
		}
	}
	for p := readings.Nanosecond; p <= readings.Unsaid; p++ {
		if again, err := readings.ParsePrecision(p.String()); err != nil || again != p {
			t.Errorf("%v reads back as %v, %v", p, again, err)
		}
	}
}

func TestLimit(t *testing.T) {
	var o readings.Options
	if o.Limit() != telemetry.MaxReadings {
		t.Errorf("unsaid: %d", o.Limit())
	}
	if o.MaxReadings = 3; o.Limit() != 3 {
		t.Errorf("said: %d", o.Limit())
	}
}
