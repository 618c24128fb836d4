package csvreadings_test

import (
	"testing"
	"time"

	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/csvreadings"
	"tidemark/domain/telemetry/readings"
)

// TestAnHourThatOccursTwiceMayOverwrite: what a local time is, is sometimes told by records behind it. The times of a
// rose as they were read; then the order of b says that the newest record comes first, and a has one time twice.
func TestAnHourThatOccursTwiceMayOverwrite(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	const file = "source,time,m\na,2026-10-25 02:10,1\na,2026-10-25 02:40,1\na,2026-10-25T01:10:00Z,2\n" +
		"b,2026-10-25 02:50,1\nb,2026-10-25 02:40,1\nb,2026-10-25 02:30,1\nb,2026-10-25 02:20,1\n"
	d := csvreadings.Decoder{Options: readings.Options{Location: berlin}}
	var b telemetry.Batch
	r, err := d.Decode([]byte(file), &b)
	if err != nil {
		t.Fatal(err)
	}
	if b.Times[0] != b.Times[2] {
		t.Fatalf("a is of %s and %s", time.Unix(0, b.Times[0]), time.Unix(0, b.Times[2]))
	}
	if r.OverwrittenTotal != 1 || r.Overwritten[0].Earlier.Line != 2 || r.Overwritten[0].Later.Line != 4 {
		t.Errorf("overwritten %+v", r.Overwritten)
	}
}
