package readings_test

import (
	"strings"
	"testing"

	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/csvreadings"
	"tidemark/domain/telemetry/jsonreadings"
	"tidemark/domain/telemetry/readings"
)

// TestTwoUnitsInARequest holds for every form with units: the first that is said of a series stands, an unsaid one
// contradicts nothing, and a reading with another is rejected with both names. The next request begins anew.
func TestTwoUnitsInARequest(t *testing.T) {
	reading := func(unit string) string {
		return `{"source":"s","metric":"m","time":1,"value":1,"unit":"` + unit + `"}`
	}
	var js jsonreadings.Decoder
	csv := csvreadings.Decoder{Options: readings.Options{DefaultSource: "s"}}
	for name, c := range map[string]struct {
		in       string
		decode   func([]byte, *telemetry.Batch) (readings.Result, error)
		rejected int
	}{
		"JSON": {"[" + reading("") + "," + reading("C") + "," + reading("F") + "," + reading("C") + "]", js.Decode, 1},
		"columnar JSON": {`{"series":[{"source":"s","metric":"m","unit":"C","times":[1,2,3],"values":[1,2,3]},` +
			`{"source":"s","metric":"m","unit":"F","times":[4,5],"values":[1,2]}]}`, js.Decode, 2},
		"NDJSON":   {reading("C") + "\n" + reading("F") + "\n" + reading("") + "\n" + reading(""), js.DecodeLines, 1},
		"long CSV": {"time,metric,value,unit\n1,m,1,\n2,m,1,C\n3,m,1,F\n4,m,1,C\n", csv.Decode, 1},
	} {
		for range 2 {
			var b telemetry.Batch
			r, err := c.decode([]byte(c.in), &b)
			if err != nil || r.Accepted != 3 || r.RejectedTotal != c.rejected || len(b.Units) != 1 ||
				b.Units[0] != "C" {
				t.Fatalf("%s: %v, accepted %d, rejected %+v, units %q", name, err, r.Accepted, r.Rejected, b.Units)
			}
			const want = `unit "F" contradicts "C", which the request said of metric "m" before`
			if x := r.Rejected[0]; !strings.Contains(x.Reason, want) {
				t.Errorf("%s: %+v", name, x)
			}
		}
	}
}

// TestUnitsOfSeriesOfTheirOwn: the same metric of another source may have another unit.
func TestUnitsOfSeriesOfTheirOwn(t *testing.T) {
	var d csvreadings.Decoder
	var b telemetry.Batch
	r, err := d.Decode([]byte("time,source,metric,value,unit\n1,a,m,1,C\n1,b,m,1,F\n1,a,n,1,F\n"), &b)
	if err != nil || r.Accepted != 3 || r.RejectedTotal != 0 {
		t.Fatalf("%v, %+v", err, r)
	}
}
