package readings_test

import (
	"strings"
	"testing"

	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/csvreadings"
	"tidemark/domain/telemetry/jsonreadings"
	"tidemark/domain/telemetry/lineprotocol"
	"tidemark/domain/telemetry/readings"
)

// TestReadingsBeforeTheRetentionAreRefusedByName holds for every form: what is older than Oldest is rejected with the
// reason, the others are taken.
func TestReadingsBeforeTheRetentionAreRefusedByName(t *testing.T) {
	o := readings.Options{Oldest: 1_000_000_000, DefaultPrecision: readings.Second}
	forms := map[string]func(*telemetry.Batch) (readings.Result, error){
		"line protocol": func(b *telemetry.Batch) (readings.Result, error) {
			d := lineprotocol.Decoder{Options: o}
			return d.Decode([]byte("m,source=s value=1 0\nm,source=s value=2 1\n"), b)
		},
		"json": func(b *telemetry.Batch) (readings.Result, error) {
			d := jsonreadings.Decoder{Options: o}
			return d.Decode([]byte(`[{"source":"s","metric":"m","time":0,"value":1},{"source":"s","metric":"m",`+
				`"time":1,"value":2}]`), b)
		},
		"csv": func(b *telemetry.Batch) (readings.Result, error) {
			d := csvreadings.Decoder{Options: o}
			return d.Decode([]byte("source,metric,time,value\ns,m,1970-01-01 00:00:00,1\ns,m,1,2\n"), b)
		},
	}
	for name, decode := range forms {
		var b telemetry.Batch
		r, err := decode(&b)
		if err != nil || b.Len() != 1 || b.Values[0] != 2 || r.RejectedTotal != 1 ||
			!strings.Contains(r.Rejected[0].Reason, "retention") {
			t.Errorf("%s: %d readings, %+v, %v", name, b.Len(), r, err)
		}
	}
}
